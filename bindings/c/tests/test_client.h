/** @file
 * Clients for the tests of the C wrapper.
 */

#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include "anchor_easy.h"
#include "test_support.h"

/** Opens a client, or ends the test. */
static inline anchor_client *open_client(anchor_easy_config config) {
    anchor_client *client = NULL;
    const anchor_easy_result opened = anchor_easy_open(&client, &config);
    if (!CHECK_ROW(opened.message, opened.status == ANCHOR_OK && client != NULL)) {
        exit(1);
    }
    CHECK(opened.message[0] == '\0' && opened.http_status == 0 && opened.attempts == 0);
    return client;
}

/** Opens a client that sends each request once. */
static inline anchor_client *open_client_without_retries(void) {
    const anchor_easy_config config = {.max_retries = ANCHOR_EASY_NO_RETRIES};
    return open_client(config);
}

#endif
