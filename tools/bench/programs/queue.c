/* libanchor: a queue that delivers the results of all calls. */
#include "anchor.h"
#include "sessions.h"

static anchor_client *client;
static anchor_queue *queue;
static anchor_call **calls;

void prepare(const char *url, int sessions) {
    anchor_options *options;
    check(anchor_options_new(&options));
    check(anchor_options_set_base_url(options, url));
    check(anchor_client_new("sk-benchmark", options, &client, NULL));
    anchor_free(options);
    check(anchor_queue_new((uint32_t)sessions, &queue));
    calls = calloc((size_t)sessions, sizeof *calls);
    for (int i = 0; i < sessions; i++) {
        check(anchor_call_new(&calls[i]));
        check(anchor_call_set_queue(calls[i], queue, (uint64_t)i));
    }
}

void pause_all(int sessions) {
    for (int i = 0; i < sessions; i++) {
        check(anchor_pause_recording(client, "session-id", calls[i], NULL));
    }
    for (int i = 0; i < sessions; i++) {
        uint64_t tag;
        int32_t status;
        char *error;
        check(anchor_queue_next(queue, 60000, &tag, &status, &error));
        if (status != ANCHOR_OK) {
            fprintf(stderr, "%s\n", error);
        }
        check(status);
    }
}
