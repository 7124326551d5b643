#include <stdio.h>

#include "anchor.h"

/* The excerpt ignores results that a real program checks. */
#pragma GCC diagnostic ignored "-Wunused-result"

static int32_t pause_through_queue(anchor_client *client, anchor_call *call, char **message) {
    anchor_queue *queue;
    uint64_t tag;
    int32_t status;
    char *error;
    /* [begin queue] */
    anchor_queue_new(0, &queue);                                /* room for 10,000 calls */
    anchor_call_set_queue(call, queue, 7);                      /* a tag of your choice */
    anchor_pause_recording(client, "session-id", call, &error); /* returns at once */
    anchor_queue_next(queue, 60000, &tag, &status, &error);     /* tag 7, and the result */
    /* [end queue] */
    anchor_free(queue);
    *message = error;
    return tag == 7 ? status : ANCHOR_INTERNAL;
}

int main(void) {
    anchor_client *client = NULL;
    anchor_call *call = NULL;
    char *error = NULL;
    int32_t status = anchor_client_new(NULL, NULL, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_call_new(&call);
    }
    if (status == ANCHOR_OK) {
        status = pause_through_queue(client, call, &error);
    }
    if (status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", error != NULL ? error : anchor_status_name(status));
    }
    anchor_free(error);
    anchor_free(call);
    anchor_free(client);
    return status != ANCHOR_OK;
}
