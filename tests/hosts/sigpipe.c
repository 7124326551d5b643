/* A host that leaves SIGPIPE at its default action, which ends the process.
 *
 * The library promises that a write to a connection that the server reset raises no SIGPIPE, and
 * that it changes no signal mask. The program makes 45 calls to a TLS server that resets its
 * connections. After each it compares its mask and its pending signals. A SIGPIPE that the host
 * itself had pending must still be pending afterwards.
 */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>

static void check_mask(const sigset_t *before) {
    sigset_t current;
    sigprocmask(SIG_BLOCK, NULL, &current);
    for (int signal = 1; signal <= 64; signal++) {
        CHECK(sigismember(before, signal) == sigismember(&current, signal));
    }
    sigpending(&current);
    CHECK(!sigismember(&current, SIGPIPE));
}

/* A SIGPIPE that is blocked and pending before a call belongs to the host. */
static void check_pending_signal_is_kept(void) {
    const struct timespec no_wait = {0, 0};
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe, &before);
    raise(SIGPIPE);
    anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
    for (int i = 0; i < 5; i++) {
        CHECK(pause_recording(client, "answer-then-reset") == ANCHOR_OK);
        sleep_ms(30);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(sigtimedwait(&pipe, NULL, &no_wait) == SIGPIPE);
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
        for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
            CHECK(pause_recording(client, sessions[i]) == ANCHOR_OK);
            check_mask(&mask);
            /* The reset comes shortly after the answer. */
            sleep_ms(30);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
        check_mask(&mask);
    }
    check_pending_signal_is_kept();
    puts("45 calls on connections that are reset, 0 signals");
    return 0;
}
