/* A host that unloads the library while threads that have called it still live: their ends must not crash. It is not
 * linked against the library, whose path is in the environment. */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

enum { ROUNDS = 100, THREADS = 4 };

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

static void *call_and_outlive(void *unused) {
    anchor_client *client;
    (void)unused;
    CHECK(library.client_new(NULL, NULL, &client, NULL) == ANCHOR_OK);
    CHECK(library.pause(client, "abc", NULL, NULL) == ANCHOR_OK);
    CHECK(library.free(client) == ANCHOR_OK);
    CHECK(sem_post(&called) == 0 && sem_wait(&unloaded) == 0);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    alarm(60);
    CHECK(sem_init(&called, 0, 0) == 0 && sem_init(&unloaded, 0, 0) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        void *handle = dlopen(getenv("ANCHOR_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
        CHECK(handle != NULL);
        *(void **)&library.client_new = find(handle, "anchor_client_new");
        *(void **)&library.pause = find(handle, "anchor_pause_recording");
        *(void **)&library.free = find(handle, "anchor_free");
        for (int thread = 0; thread < THREADS; thread++) {
            CHECK(pthread_create(&threads[thread], NULL, call_and_outlive, NULL) == 0);
        }
        for (int thread = 0; thread < THREADS; thread++) {
            CHECK(sem_wait(&called) == 0);
        }
        CHECK(dlclose(handle) == 0);
        for (int thread = 0; thread < THREADS; thread++) {
            CHECK(sem_post(&unloaded) == 0);
        }
        for (int thread = 0; thread < THREADS; thread++) {
            CHECK(pthread_join(threads[thread], NULL) == 0);
        }
    }
    printf("%d times loaded, called by %d threads and closed before they ended\n", ROUNDS, THREADS);
    return 0;
}
