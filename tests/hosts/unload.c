/* A host that loads and unloads the library again and again, while threads that have called it live and after they have
 * ended. Each load of it anew would take one of the process's 1024 keys for thread-local values. It is not linked
 * against the library, whose path is in the environment. */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

enum { ROUNDS = 1200, OUTLIVED = 100, THREADS = 3 };

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

/* Lives on until the library was unloaded, if it is to. */
static void *calling(void *outlives) {
    anchor_client *client;
    CHECK(library.client_new(NULL, NULL, &client, NULL) == ANCHOR_OK);
    CHECK(library.pause(client, "abc", NULL, NULL) == ANCHOR_OK);
    CHECK(library.free(client) == ANCHOR_OK);
    CHECK(sem_post(&called) == 0 && (outlives == NULL || sem_wait(&unloaded) == 0));
    return NULL;
}

static void join(const pthread_t *threads) {
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0);
    }
}

static void load_and_unload(int outlived) {
    pthread_t threads[THREADS];
    void *handle = load();
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_create(&threads[thread], NULL, calling, outlived ? &unloaded : NULL) == 0);
    }
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(sem_wait(&called) == 0);
    }
    if (!outlived) {
        join(threads);
    }
    CHECK(dlclose(handle) == 0);
    if (outlived) {
        for (int thread = 0; thread < THREADS; thread++) {
            CHECK(sem_post(&unloaded) == 0);
        }
        join(threads);
    }
}

int main(void) {
    alarm(60);
    CHECK(sem_init(&called, 0, 0) == 0 && sem_init(&unloaded, 0, 0) == 0);
    /* The C library keeps what threads still need, and for good: those rounds come last. */
    for (int round = 0; round < ROUNDS; round++) {
        load_and_unload(round >= ROUNDS - OUTLIVED);
    }
    printf("%d times loaded, called by %d threads and closed, before or after they ended\n", ROUNDS, THREADS);
    return 0;
}
