/* A handler without SA_RESTART interrupts every system call of the library, again and again. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <signal.h>

enum { CALLERS = 4, MILLISECONDS = 2000 };

static volatile int done, calls, interrupts;

static void interrupt(int unused) {
    (void)unused;
    __atomic_add_fetch(&interrupts, 1, __ATOMIC_RELAXED);
}

/* A new client now and then has the connection, the trust store and the name interrupted as well. */
static void *calling(void *url_variable) {
    while (!done) {
        anchor_client *client = new_client(url_variable, 20000);
        for (int call = 0; call < 10 && !done; call++) {
            CHECK(pause_recording(client, "abc") == ANCHOR_OK);
            __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    return NULL;
}

/* Interrupted waits do not begin anew. */
static void *waiting(void *url_variable) {
    anchor_client *client = new_client(url_variable, 500);
    while (!done) {
        double begun = seconds();
        CHECK(pause_recording(client, "stall") == ANCHOR_TIMEOUT);
        double taken = seconds() - begun;
        CHECK(taken >= 0.5 && taken < 1.5);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

int main(void) {
    const struct sigaction interrupting = {.sa_handler = interrupt};
    char *urls[CALLERS] = {"SANDBOX_URL", "SANDBOX_TLS_URL", "NAMED_URL", "SANDBOX_URL"};
    pthread_t threads[CALLERS];
    alarm(60);
    set_named_url();
    CHECK(sigaction(SIGUSR1, &interrupting, NULL) == 0);
    for (int caller = 0; caller < CALLERS; caller++) {
        CHECK(pthread_create(&threads[caller], NULL, caller == CALLERS - 1 ? waiting : calling,
                             urls[caller]) == 0);
    }
    for (double until = seconds() + MILLISECONDS / 1e3; seconds() < until;) {
        for (int caller = 0; caller < CALLERS; caller++) {
            CHECK(pthread_kill(threads[caller], SIGUSR1) == 0);
        }
        usleep(100);
    }
    done = 1;
    for (int caller = 0; caller < CALLERS; caller++) {
        CHECK(pthread_join(threads[caller], NULL) == 0);
    }
    CHECK(calls > 100 && interrupts > 1000);
    printf("%d calls under %d interrupts, 0 failed\n", calls, interrupts);
    return 0;
}
