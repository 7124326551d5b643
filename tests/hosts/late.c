/* Calls from where a thread or process already takes itself apart: the destructor of a thread's key, a handler of
 * atexit, a destructor of the program. Each succeeds, and the process ends with its own code. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

/* Each use is a call over plain HTTP and one over TLS. A thread uses it in the destructor of each key, every second thread
 * once before; the process does so in main, in the handler of atexit and in its destructor. */
enum { THREADS = 20, CODE = 7, EXPECTED = 2 * (THREADS * 2 + THREADS / 2 + 3) };

static pthread_key_t first, second;
static anchor_client *plain, *tls;
static int calls;
static pid_t parent;

static void call(void) {
    int32_t statuses[] = {pause_recording(plain, "abc"), pause_recording(tls, "abc")};
    for (int each = 0; each < 2; each++) {
        CHECK(statuses[each] == ANCHOR_OK);
        __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    }
}

/* One key's destructor runs before those of the library's thread-local values, the other's perhaps after. */
static void use_late(void *again) {
    call();
    if (again == &first) {
        CHECK(pthread_setspecific(second, &second) == 0);
    }
}

static void *calling(void *calls_before) {
    CHECK(pthread_setspecific(first, &first) == 0);
    if (calls_before != NULL) {
        call();
    }
    return NULL;
}

static void at_exit(void) {
    call();
}

__attribute__((destructor)) static void at_unload(void) {
    if (getpid() == parent) {
        return;
    }
    call();
    CHECK(anchor_free(plain) == ANCHOR_OK && anchor_free(tls) == ANCHOR_OK);
    CHECK(calls == EXPECTED);
    printf("%d late calls, all of them succeeded\n", calls);
    fflush(stdout);
}

int main(void) {
    alarm(60);
    parent = getpid();
    pid_t child = fork();
    if (child != 0) {
        check_ended(child, CODE);
        return 0;
    }
    plain = new_client("SANDBOX_URL", 10000), tls = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pthread_key_create(&first, use_late) == 0 && pthread_key_create(&second, use_late) == 0);
    CHECK(atexit(at_exit) == 0);
    for (intptr_t thread = 0; thread < THREADS; thread++) {
        pthread_t started;
        CHECK(pthread_create(&started, NULL, calling, (void *)(thread % 2)) == 0);
        CHECK(pthread_join(started, NULL) == 0);
    }
    call();
    CHECK(pthread_setspecific(first, &first) == 0);
    return CODE;
}
