/* A host with a proxy in its environment.
 *
 * The library promises that it reads the environment's proxy when the first client is made, that it
 * never uses that proxy for this machine's loopback, and that an option overrides or disables it.
 * The program makes six clients, and the status of each call shows which way the call took.
 */
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
    /* The sandbox serves as the proxy. The host of the base URL does not exist. */
    setenv("HTTP_PROXY", sandbox, 1);
    setenv("http_proxy", sandbox, 1);
    CHECK(pause_at("http://api.invalid", NULL) == ANCHOR_OK);
    /* Nothing listens on this port, so a call that uses it fails to connect. */
    const char *unreachable = "http://127.0.0.1:1";
    CHECK(pause_at(sandbox, unreachable) == ANCHOR_CONNECT_FAILED);
    CHECK(pause_at(unreachable, NULL) == ANCHOR_CONNECT_FAILED);
    CHECK(pause_at(sandbox, NULL) == ANCHOR_OK);
    CHECK(pause_at("http://api.invalid", "") == ANCHOR_CONNECT_FAILED);
    /* A later change of the environment has no effect. */
    setenv("HTTP_PROXY", unreachable, 1);
    setenv("http_proxy", unreachable, 1);
    CHECK(pause_at("http://api.invalid", NULL) == ANCHOR_OK);
    puts("6 combinations of base URL and proxy, each call took the right way");
    return 0;
}
