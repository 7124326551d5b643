/*
 * Pauses the recording of a session. Usage: pause SESSION_ID
 *
 * The environment variable ANCHORBROWSER_API_KEY contains the API key. ANCHORBROWSER_BASE_URL may
 * contain another base URL of the API.
 */
#include <stdio.h>

#include "anchor_easy.h"

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: pause SESSION_ID\n", stderr);
        return 2;
    }
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, argv[1]);
    }
    if (result.status == ANCHOR_OK) {
        printf("paused %s\n", argv[1]);
    } else {
        fprintf(stderr, "%s\n", result.message);
    }
    anchor_easy_close(&client);
    return result.status == ANCHOR_OK ? 0 : 1;
}
