/* A host whose threads get a storm of signals with a handler that was installed without SA_RESTART.
 *
 * The library promises that interrupted system calls are continued: no call fails, and deadlines
 * hold. For two seconds the program sends a signal to each of four threads every 100 microseconds.
 * Three of them make calls that must succeed. The fourth makes calls that must time out on time.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <signal.h>

enum { THREADS = 4, MILLISECONDS = 2000 };

static volatile int stop, calls, interrupts;

static void count_interrupt(int unused) {
    (void)unused;
    __atomic_add_fetch(&interrupts, 1, __ATOMIC_RELAXED);
}

/* Makes a new client every ten calls, so that loading the trust store, looking up the name and
 * connecting are interrupted too. */
static void *calling_thread(void *url_variable) {
    while (!stop) {
        anchor_client *client = new_client(url_variable, 20000);
        for (int i = 0; i < 10 && !stop; i++) {
            CHECK(pause_recording(client, "abc") == ANCHOR_OK);
            __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    return NULL;
}

/* An interrupted wait does not start its timeout again. */
static void *waiting_thread(void *url_variable) {
    anchor_client *client = new_client(url_variable, 500);
    while (!stop) {
        double start = monotonic_seconds();
        CHECK(pause_recording(client, "stall") == ANCHOR_TIMEOUT);
        double elapsed = monotonic_seconds() - start;
        CHECK(elapsed >= 0.5 && elapsed < 1.5);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

int main(void) {
    const struct sigaction action = {.sa_handler = count_interrupt};
    char *urls[THREADS] = {"SANDBOX_URL", "SANDBOX_TLS_URL", "NAMED_URL", "SANDBOX_URL"};
    pthread_t threads[THREADS];
    alarm(60);
    set_named_url();
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *(*body)(void *) = i == THREADS - 1 ? waiting_thread : calling_thread;
        CHECK(pthread_create(&threads[i], NULL, body, urls[i]) == 0);
    }
    for (double end = monotonic_seconds() + MILLISECONDS / 1e3; monotonic_seconds() < end;) {
        for (int i = 0; i < THREADS; i++) {
            CHECK(pthread_kill(threads[i], SIGUSR1) == 0);
        }
        usleep(100);
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(calls > 100 && interrupts > 1000);
    printf("%d calls under %d interrupts, 0 failed\n", calls, interrupts);
    return 0;
}
