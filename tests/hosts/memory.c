/* A long-lived host that makes many calls, clients and threads: memory CALLS CLIENTS THREADS
 *
 * The library promises that none of them leaves memory or descriptors behind. After the first tenth
 * of each kind, the resident memory may grow by less than 256 KB, and the number of descriptors
 * must not change.
 */
#define _GNU_SOURCE
#include "host.h"
#include <malloc.h>
#include <pthread.h>

enum { WARM_UP_SHARE = 10, MAX_GROWTH_KILOBYTES = 256 };

static anchor_client *client;

/* The resident memory, after the C library has returned what it only caches. */
static long resident_kilobytes(void) {
    long size, resident;
    malloc_trim(0);
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2 && fclose(file) == 0);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void make_call(void) {
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

/* Its call fails, because the message of a failure takes memory too. */
static void make_client(void) {
    anchor_client *made = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pause_recording(made, "..") == ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_free(made) == ANCHOR_OK);
}

static void *calling_thread(void *unused) {
    make_call();
    return unused;
}

static void make_thread(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, calling_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

/* Runs the job `count` times, and returns by how much memory grew after the warm-up. */
static long measure_growth(void (*job)(void), int count) {
    long before = 0;
    int descriptors = 0;
    for (int i = 0; i < count; i++) {
        if (i == count / WARM_UP_SHARE) {
            before = resident_kilobytes();
            descriptors = count_descriptors();
        }
        job();
    }
    CHECK(count_descriptors() == descriptors);
    return resident_kilobytes() - before;
}

int main(int argc, char **argv) {
    alarm(280);
    CHECK(argc == 4);
    client = new_client("SANDBOX_URL", 10000);
    long by_calls = measure_growth(make_call, atoi(argv[1]));
    long by_clients = measure_growth(make_client, atoi(argv[2]));
    long by_threads = measure_growth(make_thread, atoi(argv[3]));
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("memory grew by %ld KB in %s calls, by %ld KB with %s clients, by %ld KB with %s threads\n",
           by_calls, argv[1], by_clients, argv[2], by_threads, argv[3]);
    return by_calls < MAX_GROWTH_KILOBYTES && by_clients < MAX_GROWTH_KILOBYTES &&
                   by_threads < MAX_GROWTH_KILOBYTES
               ? 0
               : 1;
}
