/* A host whose threads all call on one client at the same time:
 *
 *     many URL_VARIABLE THREADS CALLS [STACK_BYTES [DESCRIPTORS]]
 *
 * The library promises that calls on one client run in parallel, on small stacks, and that they
 * wait for one another when descriptors are short. Each of THREADS makes CALLS calls on a stack of
 * STACK_BYTES, while the process may open DESCRIPTORS. Every call must succeed.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static anchor_client *client;
static int calls_per_thread, failures[1000];
static pthread_barrier_t start;

static void *calling_thread(void *unused) {
    (void)unused;
    pthread_barrier_wait(&start);
    for (int i = 0; i < calls_per_thread; i++) {
        int32_t status = pause_recording(client, "abc");
        __atomic_add_fetch(&failures[status], status != ANCHOR_OK, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* Returns the number of failed calls, and prints how many there were of each status. */
static int count_failures(void) {
    int total = 0;
    for (int status = 0; status < 1000; status++) {
        total += failures[status];
        if (failures[status] > 0) {
            fprintf(stderr, "%d calls failed with status %d\n", failures[status], status);
        }
    }
    return total;
}

int main(int argc, char **argv) {
    alarm(240);
    CHECK(argc >= 4);
    int count = atoi(argv[2]);
    int stack_bytes = argc > 4 ? atoi(argv[4]) : 64 * 1024;
    calls_per_thread = atoi(argv[3]);
    if (argc > 5) {
        set_soft_limit(RLIMIT_NOFILE, (rlim_t)atoi(argv[5]));
    }
    client = new_client(argv[1], 120000);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, (size_t)stack_bytes) == 0);
    CHECK(pthread_barrier_init(&start, NULL, (unsigned)count) == 0);
    for (int i = 0; i < count; i++) {
        CHECK(pthread_create(&threads[i], &attributes, calling_thread, NULL) == 0);
    }
    for (int i = 0; i < count; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    free(threads);
    CHECK(anchor_free(client) == ANCHOR_OK);
    int failed = count_failures();
    printf("%d calls by %d threads with stacks of %d KB, %d failed\n", count * calls_per_thread, count,
           stack_bytes / 1024, failed);
    return failed == 0 ? 0 : 1;
}
