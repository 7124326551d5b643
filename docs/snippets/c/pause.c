#include <stdio.h>

#include "anchor_easy.h"

int main(void) {
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, "session-id");
    }
    if (result.status == ANCHOR_OK) {
        puts("paused");
    } else {
        fprintf(stderr, "do not type the secret: %s\n", result.message);
    }
    anchor_easy_close(&client);
    return result.status != ANCHOR_OK;
}
