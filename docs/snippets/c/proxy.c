#include <stdio.h>

#include "anchor_easy.h"

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: proxy CA_FILE PROXY\n", stderr);
        return 2;
    }
    /* [begin settings] */
    anchor_easy_config config = {0};
    config.ca_file = argv[1]; /* for example "/etc/ssl/corporate-ca.pem" */
    config.proxy = argv[2];   /* for example "http://user:password@proxy.example.com:3128" */
    anchor_client *client;
    anchor_easy_result result = anchor_easy_open(&client, &config);
    /* [end settings] */
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, "session-id");
    }
    if (result.status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", result.message);
    }
    anchor_easy_close(&client);
    return result.status != ANCHOR_OK;
}
