/* A host that changes its environment while clients are made: with the key and the base URL given, the environment is
   read for the first client alone. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static volatile int done;

static void *changing(void *unused) {
    char name[32];
    (void)unused;
    /* New names make the C library move the whole environment again and again. */
    for (int round = 0; !done; round++) {
        snprintf(name, sizeof name, "CHANGED_%d", round % 5000);
        setenv(name, "a value that takes some room", 1);
    }
    return NULL;
}

int main(void) {
    pthread_t thread;
    anchor_options *options;
    anchor_client *client;
    alarm(60);
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, "http://example.invalid");
    CHECK(anchor_client_new("key", options, &client, NULL) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    CHECK(pthread_create(&thread, NULL, changing, NULL) == 0);
    for (int made = 0; made < 10000; made++) {
        CHECK(anchor_client_new("key", options, &client, NULL) == ANCHOR_OK);
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    done = 1;
    pthread_join(thread, NULL);
    CHECK(anchor_free(options) == ANCHOR_OK);
    puts("10000 clients made beside setenv");
    return 0;
}
