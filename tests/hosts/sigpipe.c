/* A TLS server that resets its connections must not end a host that left SIGPIPE as it is by default. */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>

static void check_mask(const sigset_t *before) {
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    for (int signal = 1; signal <= 64; signal++) {
        CHECK(sigismember(before, signal) == sigismember(&now, signal));
    }
    sigpending(&now);
    CHECK(!sigismember(&now, SIGPIPE));
}

/* One that is blocked and pending before a call is the host's: it is still there afterwards. */
static void check_pending(void) {
    const struct timespec at_once = {0, 0};
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe, &before);
    raise(SIGPIPE);
    anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
    for (int call = 0; call < 5; call++) {
        CHECK(pause_recording(client, "answer-then-reset") == ANCHOR_OK);
        sleep_ms(30);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(sigtimedwait(&pipe, NULL, &at_once) == SIGPIPE);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int main(void) {
    const char *sessions[] = {"answer-then-reset", "reset-once", "answer-then-reset", "abc"};
    sigset_t mask;
    alarm(60);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int round = 0; round < 10; round++) {
        anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
        for (size_t call = 0; call < sizeof sessions / sizeof *sessions; call++) {
            CHECK(pause_recording(client, sessions[call]) == ANCHOR_OK);
            check_mask(&mask);
            sleep_ms(30);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
        check_mask(&mask);
    }
    check_pending();
    puts("45 calls on connections that are reset, 0 signals");
    return 0;
}
