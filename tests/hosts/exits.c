/* A host that ends its process while other threads are inside calls.
 *
 * The library promises that a call delays the end of its process by nothing and changes nothing
 * about it. The program starts children that end by a return from main, by exit, by quick_exit and
 * by an exit on another thread. Each must end with the code that it chose, and without delay.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

enum { ROUNDS = 8, EXIT_CODE = 7 };

static void *calling_thread(void *url_variable) {
    anchor_client *client = new_client(url_variable, 60000);
    for (;;) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
}

static void *stalled_thread(void *url_variable) {
    pause_recording(new_client(url_variable, 60000), "stall");
    return NULL;
}

static void *exiting_thread(void *unused) {
    (void)unused;
    exit(EXIT_CODE);
}

static void start_thread(void *(*body)(void *), char *url_variable) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, url_variable) == 0);
}

enum { BY_RETURN, BY_EXIT, BY_QUICK_EXIT, BY_ANOTHER_THREAD, WAYS_TO_EXIT };

/* Ends the child while six threads are inside calls. For BY_RETURN it returns the exit code. */
static int exit_inside_calls(int way) {
    alarm(20);
    for (int i = 0; i < 2; i++) {
        start_thread(calling_thread, "SANDBOX_URL");
        start_thread(calling_thread, "SANDBOX_TLS_URL");
        start_thread(stalled_thread, "SANDBOX_URL");
    }
    sleep_ms(50);
    switch (way) {
    case BY_EXIT:
        exit(EXIT_CODE);
    case BY_QUICK_EXIT:
        quick_exit(EXIT_CODE);
    case BY_ANOTHER_THREAD:
        start_thread(exiting_thread, NULL);
        pthread_exit(NULL);
    default:
        return EXIT_CODE;
    }
}

int main(void) {
    double longest = 0;
    alarm(120);
    for (int round = 0; round < ROUNDS; round++) {
        for (int way = 0; way < WAYS_TO_EXIT; way++) {
            double start = monotonic_seconds();
            pid_t child = fork();
            if (child == 0) {
                return exit_inside_calls(way);
            }
            check_exit_code(child, EXIT_CODE);
            double elapsed = monotonic_seconds() - start;
            longest = elapsed > longest ? elapsed : longest;
        }
    }
    CHECK(longest < 5);
    printf("%d exits inside calls; the slowest child took %.2f s, 0.05 s of it before its exit\n",
           ROUNDS * WAYS_TO_EXIT, longest);
    return 0;
}
