/* A host that loads and unloads the library 1,200 times, as a plugin.
 *
 * The library promises that dlclose keeps it in memory, so that nothing it left behind can crash.
 * Threads call it and end before dlclose or after it. If each dlopen really loaded it again, it
 * would take one of the process's 1,024 keys for thread-local values each time, and run out of
 * them. The program is not linked to the library: ANCHOR_LIBRARY is its path.
 */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

enum { ROUNDS = 1200, ROUNDS_WITH_SURVIVORS = 100, THREADS = 3 };

static struct {
    int32_t (*client_new)(const char *, const anchor_options *, anchor_client **, char **);
    int32_t (*pause)(anchor_client *, const char *, anchor_call *, char **);
    int32_t (*free)(void *);
} library;
static sem_t called, unloaded;

static void *find(void *handle, const char *name) {
    void *function = dlsym(handle, name);
    CHECK(function != NULL);
    return function;
}

static void *load(void) {
    void *handle = dlopen(getenv("ANCHOR_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    CHECK(handle != NULL);
    *(void **)&library.client_new = find(handle, "anchor_client_new");
    *(void **)&library.pause = find(handle, "anchor_pause_recording");
    *(void **)&library.free = find(handle, "anchor_free");
    return handle;
}

/* Calls the library. If the thread is to survive dlclose, it then waits for it. */
static void *calling_thread(void *survives) {
    anchor_client *client;
    CHECK(library.client_new(NULL, NULL, &client, NULL) == ANCHOR_OK);
    CHECK(library.pause(client, "abc", NULL, NULL) == ANCHOR_OK);
    CHECK(library.free(client) == ANCHOR_OK);
    CHECK(sem_post(&called) == 0 && (survives == NULL || sem_wait(&unloaded) == 0));
    return NULL;
}

static void join_all(const pthread_t *threads) {
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void load_and_unload(int threads_survive) {
    pthread_t threads[THREADS];
    void *handle = load();
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, calling_thread, threads_survive ? &unloaded : NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(sem_wait(&called) == 0);
    }
    if (!threads_survive) {
        join_all(threads);
    }
    CHECK(dlclose(handle) == 0);
    if (threads_survive) {
        for (int i = 0; i < THREADS; i++) {
            CHECK(sem_post(&unloaded) == 0);
        }
        join_all(threads);
    }
}

int main(void) {
    alarm(60);
    CHECK(sem_init(&called, 0, 0) == 0 && sem_init(&unloaded, 0, 0) == 0);
    /* These rounds are last, because the C library itself never unloads a library that the
     * destructors of a living thread still need. */
    for (int round = 0; round < ROUNDS; round++) {
        load_and_unload(round >= ROUNDS - ROUNDS_WITH_SURVIVORS);
    }
    printf("loaded and closed %d times, called by %d threads that ended before or after dlclose\n", ROUNDS,
           THREADS);
    return 0;
}
