/* A name that takes 8 s to be looked up: the call keeps its timeout, and neither a free nor the host's end waits. The
 * thread that looks it up runs none of the host's signal handlers. */
#define _GNU_SOURCE
#include "host.h"
#include <netdb.h>
#include <pthread.h>
#include <signal.h>

enum { SIGNALS = 300 };

static __thread volatile int is_library_thread;
static volatile int looked_up, here, elsewhere;
static sigset_t resolver_mask;

/* In place of the C library's: a host's functions come first. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    (void)name, (void)service, (void)hints, (void)found;
    is_library_thread = 1;
    pthread_sigmask(SIG_BLOCK, NULL, &resolver_mask);
    looked_up++;
    for (double until = seconds() + 8; seconds() < until;) {
        sleep_ms(100);
    }
    return EAI_AGAIN;
}

static void count(int unused) {
    (void)unused;
    *(is_library_thread ? &elsewhere : &here) += 1;
}

static void *make_the_call(void *client) {
    double begun = seconds();
    CHECK(pause_recording(client, "abc") == ANCHOR_TIMEOUT);
    double taken = seconds() - begun;
    CHECK(taken >= 1 && taken < 2);
    begun = seconds();
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(seconds() - begun < 0.3);
    return NULL;
}

/* Faults of the thread itself stay open, and what nobody can block. */
static int must_be_blocked(int number) {
    return number != SIGSEGV && number != SIGBUS && number != SIGFPE && number != SIGILL &&
           number != SIGABRT && number != SIGTRAP && number != SIGSYS && number != SIGKILL &&
           number != SIGSTOP && number < SIGRTMIN;
}

/* Main leaves the signals to other threads: the one that calls, and the one that looks up. */
static void check_signals(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    for (int sent = 0; sent < SIGNALS; sent++) {
        kill(getpid(), SIGUSR1);
        sleep_ms(1);
    }
    CHECK(here > 0 && elsewhere == 0);
    for (int number = 1; number < 32; number++) {
        CHECK(sigismember(&resolver_mask, number) == must_be_blocked(number));
    }
}

static void look_up_slowly(void) {
    pthread_t thread;
    const struct sigaction counting = {.sa_handler = count};
    CHECK(sigaction(SIGUSR1, &counting, NULL) == 0);
    anchor_client *client = new_client("NAMED_URL", 1000);
    CHECK(pthread_create(&thread, NULL, make_the_call, client) == 0);
    while (looked_up == 0) {
        sleep_ms(1);
    }
    check_signals();
    CHECK(pthread_join(thread, NULL) == 0);
    printf("%d signals, %d on the library's thread; ", here, elsewhere);
}

int main(void) {
    alarm(30);
    set_named_url();
    double begun = seconds();
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        look_up_slowly();
        return 0;
    }
    check_ended(child, 0);
    CHECK(seconds() - begun < 5);
    printf("a name that takes 8 s: a call of 1 s, its free and the exit took %.1f s\n", seconds() - begun);
    return 0;
}
