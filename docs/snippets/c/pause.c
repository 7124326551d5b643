#include <stdio.h>

#include "anchor_easy.h"

int main(void) {
    /* [begin pause] */
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, "session-id");
    }
    /* [end pause] */
    /* [begin failure] */
    if (result.status != ANCHOR_OK) {
        fprintf(stderr, "do not type the secret: %s\n", result.message);
    }
    /* [end failure] */
    anchor_easy_close(&client);
    return result.status != ANCHOR_OK;
}
