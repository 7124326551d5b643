/* A host that changes its environment on one thread while another thread makes clients.
 *
 * The library promises that it reads the environment for the first client only, if the key and the
 * base URL are given. The program makes 10,000 clients during calls of setenv that move the whole
 * environment. A library that read it then would crash.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static volatile int stop;

static void *setenv_thread(void *unused) {
    char name[32];
    (void)unused;
    /* Each new name makes the C library reallocate the environment. */
    for (int round = 0; !stop; round++) {
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
    CHECK(pthread_create(&thread, NULL, setenv_thread, NULL) == 0);
    for (int i = 0; i < 10000; i++) {
        CHECK(anchor_client_new("key", options, &client, NULL) == ANCHOR_OK);
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    stop = 1;
    pthread_join(thread, NULL);
    CHECK(anchor_free(options) == ANCHOR_OK);
    puts("10000 clients made while another thread called setenv");
    return 0;
}
