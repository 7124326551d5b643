/* Pauses the recordings of several sessions on one thread, which also has other work to do. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "anchor.h"

/* [begin begin] */
/* Begins a call that completes through the queue. Its tag is the session's number. */
static int32_t begin_pause(anchor_client *client, anchor_queue *queue, const char *session, uint64_t tag,
                           char **error) {
    anchor_call *call;
    int32_t status = anchor_call_new(&call);
    if (status != ANCHOR_OK) {
        return status;
    }
    anchor_call_set_queue(call, queue, tag);
    status = anchor_pause_recording(client, session, call, error);
    anchor_free(call); /* nothing is read from it later, so free it now */
    return status;
}
/* [end begin] */

/* [begin take] */
/* Takes all completions without waiting, and returns their number. */
static int take_completions(anchor_queue *queue, char **sessions) {
    int taken = 0;
    uint64_t tag;
    int32_t status;
    char *error;
    while (anchor_queue_next(queue, 0, &tag, &status, &error) == ANCHOR_OK) {
        printf("%s: %s\n", sessions[tag], status == ANCHOR_OK ? "paused" : error);
        anchor_free(error);
        taken++;
    }
    return taken;
}
/* [end take] */

/* [begin loop] */
static void run_loop(anchor_queue *queue, char **sessions, int in_flight) {
    int32_t descriptor;
    if (anchor_queue_fd(queue, &descriptor) != ANCHOR_OK) {
        return;
    }
    struct pollfd watched[] = {
        {.fd = descriptor, .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN}, /* the other descriptors of your loop */
    };
    while (in_flight > 0) {
        if (poll(watched, 2, -1) < 0) {
            continue; /* interrupted by a signal */
        }
        if (watched[0].revents & POLLIN) {
            in_flight -= take_completions(queue, sessions);
        }
        if (watched[1].revents != 0) {
            watched[1].fd = -1; /* read your input here */
        }
    }
}
/* [end loop] */

int main(int argc, char **argv) {
    anchor_client *client = NULL;
    anchor_queue *queue = NULL;
    char *error = NULL;
    int32_t status = anchor_client_new(NULL, NULL, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_queue_new(0, &queue);
    }
    int in_flight = 0;
    for (int session = 1; session < argc && status == ANCHOR_OK; session++) {
        status = begin_pause(client, queue, argv[session], (uint64_t)session, &error);
        in_flight += status == ANCHOR_OK;
    }
    run_loop(queue, argv, in_flight);
    if (status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", error ? error : anchor_status_name(status));
    }
    anchor_free(error);
    anchor_free(queue);
    anchor_free(client);
    return status != ANCHOR_OK;
}
