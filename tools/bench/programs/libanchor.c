/* libanchor: one client that all threads share. */
#include "anchor.h"
#include "bench.h"

static anchor_client *client;

void prepare(const char *url) {
    anchor_options *options;
    check(anchor_options_new(&options));
    check(anchor_options_set_base_url(options, url));
    check(anchor_client_new("sk-benchmark", options, &client, NULL));
    anchor_free(options);
}

void *new_caller(const char *url) {
    (void)url;
    return NULL;
}

int call(void *caller) {
    (void)caller;
    return anchor_pause_recording(client, "session-id", NULL, NULL);
}
