/* A host that ends its process while other threads are inside calls.
 *
 * The library promises that a call delays the end of its process by nothing and changes nothing
 * about it. The program starts children that end by a return from main, by exit, by quick_exit and
 * by an exit on another thread. Each must end with the code that it chose, and without delay, also
 * if threads make their first call after the destructors of libraries have run.
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

/* Each thread makes its first call over TLS: then the cryptography prepares itself for the thread. */
static void *first_call(void *client) {
    pause_recording(client, "abc");
    return NULL;
}

static void *thread_that_starts_others(void *url_variable) {
    anchor_client *client = new_client(url_variable, 60000);
    for (pthread_t thread; pthread_create(&thread, NULL, first_call, client) == 0; sleep_ms(1)) {
        pthread_detach(thread);
    }
    return NULL;
}

/* Streams are flushed after all destructors: the process is ending, and its threads still run. */
static ssize_t write_slowly(void *unused, const char *bytes, size_t length) {
    (void)unused, (void)bytes;
    sleep_ms(30);
    return (ssize_t)length;
}

static void flush_slowly_at_exit(void) {
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_slowly});
    CHECK(stream != NULL && fputs("x", stream) >= 0);
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

/* Ends the child while threads are inside calls. For BY_RETURN it returns the exit code. */
static int exit_inside_calls(int way) {
    alarm(20);
    for (int i = 0; i < 2; i++) {
        start_thread(calling_thread, "SANDBOX_URL");
        start_thread(calling_thread, "SANDBOX_TLS_URL");
        start_thread(stalled_thread, "SANDBOX_URL");
        start_thread(thread_that_starts_others, "SANDBOX_TLS_URL");
    }
    flush_slowly_at_exit();
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
