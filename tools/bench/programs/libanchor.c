/* libanchor: one client that all threads share. It connects ahead if BENCH_CONNECT is set. */
#include "anchor.h"
#include "bench.h"

static anchor_client *client;

void prepare(const char *url) {
    anchor_options *options;
    check(anchor_options_new(&options));
    check(anchor_options_set_base_url(options, url));
    check(anchor_client_new("sk-benchmark", options, &client, NULL));
    anchor_free(options);
    if (getenv("BENCH_CONNECT") != NULL) {
        check(anchor_connect(client, NULL, NULL));
    }
}

void *new_caller(const char *url) {
    (void)url;
    return NULL;
}

int call(void *caller) {
    (void)caller;
    return anchor_pause_recording(client, "session-id", NULL, NULL);
}
