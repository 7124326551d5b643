/* What the small hosts share. Each is judged by how it ends, and an alarm makes a hang a failure. */
#ifndef HOST_H
#define HOST_H

#include "anchor.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                          \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

/* A client of the server whose address stands in the environment variable. */
static inline anchor_client *new_client(const char *url_variable, uint64_t timeout_ms) {
    anchor_options *options;
    anchor_client *client;
    char *error;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv(url_variable));
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_timeout_ms(options, timeout_ms);
    if (anchor_client_new(NULL, options, &client, &error) != ANCHOR_OK) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    CHECK(anchor_free(options) == ANCHOR_OK);
    return client;
}

static inline int32_t pause_recording(anchor_client *client, const char *session_id) {
    char *error;
    int32_t status = anchor_pause_recording(client, session_id, NULL, &error);
    CHECK((status == ANCHOR_OK) == (error == NULL));
    anchor_free(error);
    return status;
}

#endif
