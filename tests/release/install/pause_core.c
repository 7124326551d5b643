/* Like examples/pause.c, with the functions of anchor.h. */
#include <anchor.h>
#include <stdio.h>

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
