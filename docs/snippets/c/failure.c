#include <stdio.h>

#include "anchor_easy.h"

static int type_the_secret(void *user) {
    (void)user;
    puts("typing");
    return 0;
}

/* [begin held] */
static int log_in(anchor_client *client, const char *session) {
    anchor_easy_held held = anchor_while_paused(client, session, type_the_secret, NULL);
    if (held.paused.status != ANCHOR_OK) {
        fprintf(stderr, "the secret was not typed: %s\n", held.paused.message);
        return 1;
    }
    if (held.resumed.status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", held.resumed.message); /* says that the recording may still be paused */
        return 1;                                      /* anchor_easy_resume retries it */
    }
    return held.body;
}
/* [end held] */

int main(void) {
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    if (result.status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", result.message);
        return 2;
    }
    int code = log_in(client, "session-id");
    anchor_easy_close(&client);
    return code;
}
