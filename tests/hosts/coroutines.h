/* Coroutines that take turns on one thread.
 *
 * swapcontext also switches the signal mask. Greenlets and most other coroutines do not, so that a
 * mask which a call leaves changed reaches the next coroutine. switch_context does the same: the
 * mask stays with the thread.
 */
#ifndef COROUTINES_H
#define COROUTINES_H

#include "thread_state.h"
#include <ucontext.h>

enum { MAX_COROUTINES = 64, GUARD_BYTES = 64 * 1024 };

typedef struct coroutine {
    ucontext_t context;
    void (*body)(int index);
    int is_done;
} coroutine;

static coroutine coroutines[MAX_COROUTINES];
static int coroutine_count, current_coroutine;
static ucontext_t scheduler_context;
static sigset_t mask_of_thread;
static long context_switches;

static inline void switch_context(ucontext_t *from, ucontext_t *to) {
    context_switches++;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask_of_thread) == 0 && swapcontext(from, to) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask_of_thread, NULL) == 0);
}

/* A stack with a guard below it, so that an overflow ends the program. */
static inline void set_stack(ucontext_t *context, size_t bytes) {
    char *guard = mmap(NULL, GUARD_BYTES + bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(guard != MAP_FAILED && mprotect(guard + GUARD_BYTES, bytes, PROT_READ | PROT_WRITE) == 0);
    context->uc_stack.ss_sp = guard + GUARD_BYTES, context->uc_stack.ss_size = bytes;
}

/* The coroutine after this one that is not done, or -1. */
static inline int next_coroutine(void) {
    for (int i = 1; i <= coroutine_count; i++) {
        int next = (current_coroutine + i) % coroutine_count;
        if (!coroutines[next].is_done) {
            return next;
        }
    }
    return -1;
}

/* Lets the next coroutine run. Returns when it is this one's turn again. */
static inline void switch_to_next(void) {
    int self = current_coroutine, next = next_coroutine();
    if (next != self && next >= 0) {
        current_coroutine = next;
        switch_context(&coroutines[self].context, &coroutines[next].context);
    }
}

static void coroutine_entry(void) {
    coroutine *self = &coroutines[current_coroutine];
    CHECK(pthread_sigmask(SIG_SETMASK, &mask_of_thread, NULL) == 0);
    self->body(current_coroutine);
    self->is_done = 1;
    switch_to_next();
    switch_context(&self->context, &scheduler_context);
}

/* Runs as many coroutines on this thread until all are done. Each runs `body` with its number. */
static inline void run_coroutines(int count, size_t (*stack_bytes)(int index), void (*body)(int index)) {
    CHECK(count <= MAX_COROUTINES);
    coroutine_count = count, current_coroutine = 0;
    for (int i = 0; i < count; i++) {
        CHECK(getcontext(&coroutines[i].context) == 0);
        set_stack(&coroutines[i].context, stack_bytes(i));
        makecontext(&coroutines[i].context, coroutine_entry, 0);
        coroutines[i].body = body, coroutines[i].is_done = 0;
    }
    switch_context(&scheduler_context, &coroutines[0].context);
    for (int i = 0; i < count; i++) {
        CHECK(coroutines[i].is_done);
    }
}

#endif
