/* The environment's proxy is never asked about this machine's loopback, and is read when the first client is
 * made. */
#define _GNU_SOURCE
#include "host.h"

static int32_t pause_at(const char *base_url, const char *proxy) {
    anchor_options *options;
    anchor_client *client;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, base_url);
    anchor_options_set_proxy(options, proxy);
    anchor_options_set_max_retries(options, 0);
    CHECK(anchor_client_new(NULL, options, &client, NULL) == ANCHOR_OK);
    int32_t status = pause_recording(client, "abc");
    anchor_free(client);
    anchor_free(options);
    return status;
}

int main(void) {
    const char *sandbox = getenv("SANDBOX_URL");
    alarm(60);
    /* The sandbox serves as the proxy; the name behind it does not exist. */
    setenv("HTTP_PROXY", sandbox, 1);
    setenv("http_proxy", sandbox, 1);
    CHECK(pause_at("http://api.invalid", NULL) == ANCHOR_OK);
    /* Nobody listens here: only what does not go through a proxy comes back. */
    const char *dead = "http://127.0.0.1:1";
    CHECK(pause_at(sandbox, dead) == ANCHOR_CONNECT_FAILED);
    CHECK(pause_at(dead, NULL) == ANCHOR_CONNECT_FAILED);
    CHECK(pause_at(sandbox, NULL) == ANCHOR_OK);
    CHECK(pause_at("http://api.invalid", "") == ANCHOR_CONNECT_FAILED);
    /* A later change is not seen. */
    setenv("HTTP_PROXY", dead, 1);
    setenv("http_proxy", dead, 1);
    CHECK(pause_at("http://api.invalid", NULL) == ANCHOR_OK);
    puts("6 ways, each as it should be");
    return 0;
}
