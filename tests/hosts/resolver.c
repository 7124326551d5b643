/* A host whose resolver takes 8 s to fail.
 *
 * The library promises that a call returns within its timeout, and that neither anchor_free nor the
 * end of the process waits for the resolver. It also promises that the thread which looks up the
 * name runs none of the host's signal handlers. The program interposes getaddrinfo, measures the
 * times, sends itself signals, and compares the signal mask of that thread.
 */
#define _GNU_SOURCE
#include "host.h"
#include <netdb.h>
#include <pthread.h>
#include <signal.h>

enum { SIGNALS = 300 };

static __thread volatile int is_library_thread;
static volatile int lookups, signals_on_host_threads, signals_on_library_thread;
static sigset_t resolver_mask;

/* Replaces the C library's function, because the program's symbols take precedence. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    (void)name, (void)service, (void)hints, (void)found;
    is_library_thread = 1;
    pthread_sigmask(SIG_BLOCK, NULL, &resolver_mask);
    lookups++;
    for (double end = monotonic_seconds() + 8; monotonic_seconds() < end;) {
        sleep_ms(100);
    }
    return EAI_AGAIN;
}

static void count_signal(int unused) {
    (void)unused;
    *(is_library_thread ? &signals_on_library_thread : &signals_on_host_threads) += 1;
}

static void *calling_thread(void *client) {
    double start = monotonic_seconds();
    CHECK(pause_recording(client, "abc") == ANCHOR_TIMEOUT);
    double elapsed = monotonic_seconds() - start;
    CHECK(elapsed >= 1 && elapsed < 2);
    start = monotonic_seconds();
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(monotonic_seconds() - start < 0.3);
    return NULL;
}

/* The exceptions are the signals of the thread's own faults, and those that cannot be blocked. */
static int must_be_blocked(int number) {
    return number != SIGSEGV && number != SIGBUS && number != SIGFPE && number != SIGILL &&
           number != SIGABRT && number != SIGTRAP && number != SIGSYS && number != SIGKILL &&
           number != SIGSTOP && number < SIGRTMIN;
}

/* Main blocks the signal, so that one of two threads receives it: the one that makes the call or
 * the one that looks up the name. */
static void check_signals(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    for (int sent = 0; sent < SIGNALS; sent++) {
        kill(getpid(), SIGUSR1);
        sleep_ms(1);
    }
    CHECK(signals_on_host_threads > 0 && signals_on_library_thread == 0);
    for (int number = 1; number < 32; number++) {
        CHECK(sigismember(&resolver_mask, number) == must_be_blocked(number));
    }
}

static void check_slow_lookup(void) {
    pthread_t thread;
    const struct sigaction action = {.sa_handler = count_signal};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    anchor_client *client = new_client("NAMED_URL", 1000);
    CHECK(pthread_create(&thread, NULL, calling_thread, client) == 0);
    while (lookups == 0) {
        sleep_ms(1);
    }
    check_signals();
    CHECK(pthread_join(thread, NULL) == 0);
    printf("%d signals, %d on the library's thread; ", signals_on_host_threads, signals_on_library_thread);
}

int main(void) {
    alarm(30);
    set_named_url();
    double start = monotonic_seconds();
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        check_slow_lookup();
        return 0;
    }
    check_exit_code(child, 0);
    double elapsed = monotonic_seconds() - start;
    CHECK(elapsed < 5);
    printf("with a look-up of 8 s, a call of 1 s, anchor_free and the exit took %.1f s\n", elapsed);
    return 0;
}
