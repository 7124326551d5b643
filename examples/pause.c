/*
 * Pauses the recording of a session. Usage: pause SESSION_ID
 *
 * The environment variable ANCHORBROWSER_API_KEY contains the API key. ANCHORBROWSER_BASE_URL may
 * contain another base URL of the API.
 */
#include <stdio.h>

#include "anchor.h"

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: pause SESSION_ID\n", stderr);
        return 2;
    }

    anchor_client *client = NULL;
    char *error = NULL;
    int32_t status = anchor_client_new(NULL, NULL, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, argv[1], NULL, &error);
    }

    if (status == ANCHOR_OK) {
        printf("paused %s\n", argv[1]);
    } else {
        fprintf(stderr, "%s\n", error);
    }
    anchor_free(error);
    anchor_free(client);
    return status == ANCHOR_OK ? 0 : 1;
}
