/* Like examples/pause.c, with the C wrapper. */
#include <anchor_easy.h>
#include <stdio.h>

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
