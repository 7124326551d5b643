/* The state of a thread that belongs to the host: its signal mask and its cancellation.
 *
 * The host has a mask and a cancellation of its own, so that a library which restores the defaults
 * is noticed too.
 */
#ifndef THREAD_STATE_H
#define THREAD_STATE_H

#include "scenarios.h"
#include <pthread.h>
#include <signal.h>

typedef struct thread_state {
    sigset_t mask;
    int cancel_state, cancel_type;
} thread_state;

static inline thread_state read_thread_state(void) {
    thread_state state;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &state.mask) == 0);
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state.cancel_state) == 0);
    CHECK(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &state.cancel_type) == 0);
    CHECK(pthread_setcanceltype(state.cancel_type, NULL) == 0);
    CHECK(pthread_setcancelstate(state.cancel_state, NULL) == 0);
    return state;
}

static inline void set_thread_state(const thread_state *state) {
    CHECK(pthread_sigmask(SIG_SETMASK, &state->mask, NULL) == 0);
    CHECK(pthread_setcancelstate(state->cancel_state, NULL) == 0);
    CHECK(pthread_setcanceltype(state->cancel_type, NULL) == 0);
}

/* A mask with two signals that no part of a call concerns. */
static inline thread_state usual_state(void) {
    thread_state state = {.cancel_state = PTHREAD_CANCEL_ENABLE, .cancel_type = PTHREAD_CANCEL_DEFERRED};
    sigemptyset(&state.mask);
    sigaddset(&state.mask, SIGUSR2);
    sigaddset(&state.mask, SIGWINCH);
    return state;
}

/* The opposite of the defaults: the signals that a call could block are blocked. */
static inline thread_state opposite_state(void) {
    thread_state state = {.cancel_state = PTHREAD_CANCEL_DISABLE, .cancel_type = PTHREAD_CANCEL_ASYNCHRONOUS};
    sigemptyset(&state.mask);
    sigaddset(&state.mask, SIGPIPE);
    sigaddset(&state.mask, SIGXFSZ);
    return state;
}

static inline int masks_are_equal(const sigset_t *one, const sigset_t *other) {
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(one, number) != sigismember(other, number)) {
            return 0;
        }
    }
    return 1;
}

/* A macro, so that a note has the line of its caller. */
#define EXPECT_THREAD_STATE(expected)                                                                        \
    do {                                                                                                     \
        thread_state now_ = read_thread_state();                                                             \
        shared_notes->thread_states_read++;                                                                  \
        EXPECT(masks_are_equal(&now_.mask, &(expected).mask));                                               \
        EXPECT(now_.cancel_state == (expected).cancel_state);                                                \
        EXPECT(now_.cancel_type == (expected).cancel_type);                                                  \
    } while (0)

#endif
