#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "anchor.h"

/* [begin cancel] */
static void *cancel_soon(void *call) {
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    anchor_call_cancel(call);
    return NULL;
}

static int32_t pause_until_cancelled(anchor_client *client, anchor_call *call, char **error) {
    pthread_t canceller;
    if (pthread_create(&canceller, NULL, cancel_soon, call) != 0) {
        return ANCHOR_RESOURCE_EXHAUSTED;
    }
    int32_t status = anchor_pause_recording(client, "session-id", call, error); /* ANCHOR_CANCELLED */
    pthread_join(canceller, NULL);
    return status;
}
/* [end cancel] */

int main(void) {
    anchor_client *client = NULL;
    anchor_call *call = NULL;
    char *error = NULL;
    int32_t status = anchor_client_new(NULL, NULL, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_call_new(&call);
    }
    if (status == ANCHOR_OK) {
        status = pause_until_cancelled(client, call, &error);
    }
    puts(anchor_status_name(status));
    anchor_free(error);
    anchor_free(call);
    anchor_free(client);
    return 0;
}
