/* A host that calls the library while a thread or the process is already being torn down.
 *
 * The library promises that calls work in the destructor of a thread-specific key, in a handler of
 * atexit and in a destructor of the program. Each such use makes one call over plain HTTP and one
 * over TLS. The program counts them: all must succeed, and the child must still end with the code
 * that main returned.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

/* A thread makes calls in the destructors of both keys, and every second thread calls before that
 * too. The process makes calls in main, in the handler of atexit and in its destructor. */
enum { THREADS = 20, EXIT_CODE = 7, EXPECTED_CALLS = 2 * (THREADS * 2 + THREADS / 2 + 3) };

static pthread_key_t first_key, second_key;
static anchor_client *plain, *tls;
static int calls;
static pid_t parent;

static void make_calls(void) {
    int32_t statuses[] = {pause_recording(plain, "abc"), pause_recording(tls, "abc")};
    for (int i = 0; i < 2; i++) {
        CHECK(statuses[i] == ANCHOR_OK);
        __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    }
}

/* The first key's destructor runs before those of the library's thread-local values. It sets the
 * second key, so that the second key's destructor may run after them. */
static void call_in_destructor(void *value) {
    make_calls();
    if (value == &first_key) {
        CHECK(pthread_setspecific(second_key, &second_key) == 0);
    }
}

static void *thread_with_key(void *calls_before_its_end) {
    CHECK(pthread_setspecific(first_key, &first_key) == 0);
    if (calls_before_its_end != NULL) {
        make_calls();
    }
    return NULL;
}

static void call_at_exit(void) {
    make_calls();
}

__attribute__((destructor)) static void call_at_unload(void) {
    if (getpid() == parent) {
        return;
    }
    make_calls();
    CHECK(anchor_free(plain) == ANCHOR_OK && anchor_free(tls) == ANCHOR_OK);
    CHECK(calls == EXPECTED_CALLS);
    printf("%d calls while a thread or the process was ending, 0 failed\n", calls);
    fflush(stdout);
}

int main(void) {
    alarm(60);
    parent = getpid();
    pid_t child = fork();
    if (child != 0) {
        check_exit_code(child, EXIT_CODE);
        return 0;
    }
    plain = new_client("SANDBOX_URL", 10000), tls = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pthread_key_create(&first_key, call_in_destructor) == 0);
    CHECK(pthread_key_create(&second_key, call_in_destructor) == 0);
    CHECK(atexit(call_at_exit) == 0);
    for (intptr_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, thread_with_key, (void *)(i % 2)) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    make_calls();
    CHECK(pthread_setspecific(first_key, &first_key) == 0);
    return EXIT_CODE;
}
