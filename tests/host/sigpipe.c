/* A TLS server that resets its connections must not end a host that left SIGPIPE as it is by default. */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>
#include <time.h>

static void check_mask(const sigset_t *before) {
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    for (int signal = 1; signal <= 64; signal++) {
        CHECK(sigismember(before, signal) == sigismember(&now, signal));
    }
    sigpending(&now);
    CHECK(!sigismember(&now, SIGPIPE));
}

int main(void) {
    const char *sessions[] = {"answer-then-reset", "reset-once", "answer-then-reset", "abc"};
    const struct timespec until_reset = {0, 30 * 1000 * 1000};
    sigset_t mask;
    alarm(60);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int round = 0; round < 10; round++) {
        anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
        for (size_t call = 0; call < sizeof sessions / sizeof *sessions; call++) {
            CHECK(pause_recording(client, sessions[call]) == ANCHOR_OK);
            check_mask(&mask);
            nanosleep(&until_reset, NULL);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
        check_mask(&mask);
    }
    return 0;
}
