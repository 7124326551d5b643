/* A host that forks while other threads set up TLS connections.
 *
 * The cryptography takes locks of the C library. If a thread held one during the fork, it would
 * stay locked in the child. The library promises that a child can make calls all the same, and that
 * a fork waits at most 0.1 s. The program interposes the function that unlocks, so that the
 * library's threads hold each lock a hundred times longer.
 */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, FORKS = 100 };

static anchor_client *client;
static atomic_int is_over;
static atomic_long unlocks;
static __thread int is_slow;

/* The library calls this function of the host instead of the C library's. */
int pthread_rwlock_unlock(pthread_rwlock_t *lock) {
    static int (*original)(pthread_rwlock_t *);
    if (original == NULL) {
        *(void **)&original = dlsym(RTLD_NEXT, "pthread_rwlock_unlock");
    }
    if (is_slow) {
        const struct timespec duration = {0, 100 * 1000};
        unlocks++;
        nanosleep(&duration, NULL);
    }
    return original(lock);
}

/* Each call is given up, so that the next one needs another connection. */
static void *connecting_thread(void *unused) {
    anchor_call *call;
    is_slow = 1;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_timeout_ms(call, 30) == ANCHOR_OK);
    while (!is_over) {
        CHECK(anchor_pause_recording(client, "stall", call, NULL) == ANCHOR_TIMEOUT);
    }
    CHECK(anchor_free(call) == ANCHOR_OK);
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    double longest = 0;
    alarm(120);
    client = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, connecting_thread, NULL) == 0);
    }
    for (int i = 0; i < FORKS; i++) {
        sleep_ms(i % 7);
        double start = monotonic_seconds();
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            CHECK(pause_recording(client, "abc") == ANCHOR_OK);
            _exit(0);
        }
        double elapsed = monotonic_seconds() - start;
        longest = elapsed > longest ? elapsed : longest;
        check_exit_code(child, 0);
    }
    is_over = 1;
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(unlocks > 0 && longest < 0.3);
    printf("%d forks during %ld locks, the slowest took %.0f ms, every child made its call\n", FORKS,
           (long)unlocks, longest * 1000);
    return 0;
}
