/* Many threads call on one client at once: many URL_VARIABLE THREADS CALLS [STACK_BYTES [DESCRIPTORS]] */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static anchor_client *client;
static int calls, failed[1000];
static pthread_barrier_t start;

static void *calling(void *unused) {
    (void)unused;
    pthread_barrier_wait(&start);
    for (int call = 0; call < calls; call++) {
        int32_t status = pause_recording(client, "abc");
        __atomic_add_fetch(&failed[status], status != ANCHOR_OK, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* How many calls failed; each status is told. */
static int count_failed(void) {
    int all = 0;
    for (int status = 0; status < 1000; status++) {
        all += failed[status];
        if (failed[status] > 0) {
            fprintf(stderr, "%d calls failed with status %d\n", failed[status], status);
        }
    }
    return all;
}

int main(int count, char **arguments) {
    alarm(240);
    CHECK(count >= 4);
    int threads = atoi(arguments[2]);
    int stack = count > 4 ? atoi(arguments[4]) : 64 * 1024;
    calls = atoi(arguments[3]);
    if (count > 5) {
        limit(RLIMIT_NOFILE, (rlim_t)atoi(arguments[5]));
    }
    client = new_client(arguments[1], 120000);
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    pthread_attr_t small;
    CHECK(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, (size_t)stack) == 0);
    CHECK(pthread_barrier_init(&start, NULL, (unsigned)threads) == 0);
    for (int thread = 0; thread < threads; thread++) {
        CHECK(pthread_create(&all[thread], &small, calling, NULL) == 0);
    }
    for (int thread = 0; thread < threads; thread++) {
        CHECK(pthread_join(all[thread], NULL) == 0);
    }
    free(all);
    CHECK(anchor_free(client) == ANCHOR_OK);
    int bad = count_failed();
    printf("%d calls of %d threads with stacks of %d KB, %d failed\n", threads * calls, threads, stack / 1024,
           bad);
    return bad == 0 ? 0 : 1;
}
