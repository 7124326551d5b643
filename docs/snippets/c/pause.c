#include <stdio.h>

#include "anchor_easy.h"

int main(void) {
    /* --8<-- [start:pause] */
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, "session-id");
    }
    /* --8<-- [end:pause] */
    /* --8<-- [start:failure] */
    if (result.status == ANCHOR_OK) {
        puts("paused");
    } else {
        fprintf(stderr, "do not type the secret: %s\n", result.message);
    }
    /* --8<-- [end:failure] */
    anchor_easy_close(&client);
    return result.status != ANCHOR_OK;
}
