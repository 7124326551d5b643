/* A process that ends while its other threads are inside calls ends at once, with the code that it chose. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

enum { ROUNDS = 8, CODE = 7 };

static void *calling(void *url_variable) {
    anchor_client *client = new_client(url_variable, 60000);
    for (;;) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
}

static void *stalled(void *url_variable) {
    pause_recording(new_client(url_variable, 60000), "stall");
    return NULL;
}

static void *end_process(void *unused) {
    (void)unused;
    exit(CODE);
}

static void start(void *(*work)(void *), char *url_variable) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, url_variable) == 0);
}

enum { BY_RETURN, BY_EXIT, BY_QUICK_EXIT, BY_ANOTHER_THREAD, WAYS };

/* Returns if main is to return. */
static int busy_child(int way) {
    alarm(20);
    for (int thread = 0; thread < 2; thread++) {
        start(calling, "SANDBOX_URL");
        start(calling, "SANDBOX_TLS_URL");
        start(stalled, "SANDBOX_URL");
    }
    sleep_ms(50);
    switch (way) {
    case BY_EXIT:
        exit(CODE);
    case BY_QUICK_EXIT:
        quick_exit(CODE);
    case BY_ANOTHER_THREAD:
        start(end_process, NULL);
        pthread_exit(NULL);
    default:
        return CODE;
    }
}

int main(void) {
    double longest = 0;
    alarm(120);
    for (int round = 0; round < ROUNDS; round++) {
        for (int way = 0; way < WAYS; way++) {
            double begun = seconds();
            pid_t child = fork();
            if (child == 0) {
                return busy_child(way);
            }
            check_ended(child, CODE);
            longest = seconds() - begun > longest ? seconds() - begun : longest;
        }
    }
    CHECK(longest < 5);
    printf("%d ends inside calls, the longest took %.2f s of which 0.05 s are its work\n", ROUNDS * WAYS,
           longest);
    return 0;
}
