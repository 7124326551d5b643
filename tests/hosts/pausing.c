/* A host to which the system refuses, one after the other, every step of pausing a recording.
 *
 * The library promises that the status of a call, its pause count and the API's state agree,
 * whatever fails on the way. The program interposes the system calls that the library makes. It
 * refuses each mapping, descriptor, thread, reading of the clock and wake-up of anchor_pause_begin
 * and anchor_pause_end in turn, in calls that block and in calls of a queue. After each it asks the
 * sandbox whether the recording is paused, and checks that no pause is held. It also switches
 * between two coroutines in their progress functions, so that two calls interleave on one thread.
 */
#define _GNU_SOURCE
#include "../wrappers/support/test_session.h"
/* Failed checks of that file are counted. Those of a host end it. */
#undef CHECK
#include "host.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum fault { NO_FAULT, MAPPING, DESCRIPTOR, THREAD, CLOCK, WAKE_UP, FAULTS };
static const char *const fault_names[] = {"none", "mappings", "descriptors", "threads", "clock", "wake-ups"};
static _Atomic enum fault armed;
/* The step at which it falls to 0 is refused. If the fault lasts, so are all later ones. */
static atomic_long countdown;
static _Atomic int fault_lasts;
static atomic_int refusals;

static int is_refused(enum fault fault, int error_number) {
    if (armed != fault) {
        return 0;
    }
    long left = atomic_fetch_sub(&countdown, 1);
    if (left != 1 && !(fault_lasts && left < 1)) {
        return 0;
    }
    refusals++;
    errno = error_number;
    return 1;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (is_refused(MAPPING, ENOMEM)) {
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

int socket(int domain, int type, int protocol) {
    return is_refused(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int epoll_create1(int flags) {
    return is_refused(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int eventfd(unsigned count, int flags) {
    return is_refused(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_eventfd2, count, flags);
}

int fcntl(int descriptor, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (command == F_DUPFD_CLOEXEC && is_refused(DESCRIPTOR, EMFILE)) {
        return -1;
    }
    return (int)syscall(SYS_fcntl, descriptor, command, argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return is_refused(THREAD, EAGAIN) ? EAGAIN : real(thread, attributes, body, argument);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    return is_refused(CLOCK, EINVAL) ? -1 : (int)syscall(SYS_clock_gettime, clock, time);
}

/* A runtime is woken by a write of eight bytes to its eventfd. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    return count == 8 && is_refused(WAKE_UP, EINVAL) ? -1 : syscall(SYS_write, descriptor, bytes, count);
}

typedef int32_t operation(anchor_client *, const char *, anchor_call *, char **);

/* Whether the last call started: a call of a queue completes only then. */
static int call_started;

/* Runs an operation through the queue, or as a call that blocks if it is NULL, and returns how it
 * completed. */
static int32_t complete(operation *operation, anchor_client *client, const char *session,
                        anchor_queue *queue) {
    anchor_call *call;
    int32_t status = ANCHOR_OK, completed = -1;
    char *error = NULL;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    anchor_call_set_queue(call, queue, 0);
    status = operation(client, session, call, &error);
    call_started = status == ANCHOR_OK;
    if (call_started && queue != NULL) {
        /* A refusal to this function leaves the completion in the queue. */
        while (anchor_queue_next(queue, 20000, NULL, &completed, NULL) != ANCHOR_OK) {
            CHECK(refusals > 0);
        }
        status = completed;
    }
    anchor_free(error);
    anchor_free(call);
    return status;
}

/* Runs an operation whose `step`th step of this kind is refused. */
static int32_t complete_with_fault(enum fault fault, long step, operation *operation, anchor_client *client,
                                   const char *session, anchor_queue *queue) {
    refusals = 0;
    countdown = step;
    armed = fault;
    int32_t status = complete(operation, client, session, queue);
    armed = NO_FAULT;
    return status;
}

/* No pause is held, and a begin and its end still pause and resume the recording. */
static void check_no_pause_is_held(anchor_client *client, const char *session) {
    int is_right = 0;
    CHECK(anchor_pause_end(client, session, NULL, NULL) == ANCHOR_INVALID_ARGUMENT);
    /* The first call that uses a runtime or connection that a fault broke may fail. A resume that
     * was given up on its way may reach the server after the next pause, and a pause after the next
     * resume. So the agreement may take several rounds. */
    for (int round = 0; !is_right && round < 10; round++) {
        int32_t status = anchor_pause_begin(client, session, NULL, NULL);
        CHECK(status == ANCHOR_OK || round == 0);
        int is_paused = status == ANCHOR_OK && recording_is(session, "paused");
        CHECK(anchor_pause_end(client, session, NULL, NULL) ==
              (status == ANCHOR_OK ? ANCHOR_OK : ANCHOR_INVALID_ARGUMENT));
        is_right = is_paused && recording_is(session, "recording");
    }
    CHECK(is_right);
}

/* One kind of fault, injected at each step of a begin and of an end. */
typedef struct sweep {
    const char *url_variable;
    enum fault fault;
    int is_queued, lasts;
    int steps, failures;
} sweep;

/* Returns whether a step was refused: if not, the begin has fewer steps than that. */
static int refuse_step_of_begin(sweep *sweep, anchor_client *client, const char *session, anchor_queue *queue,
                                long step) {
    int32_t status = complete_with_fault(sweep->fault, step, anchor_pause_begin, client, session, queue);
    int refused = refusals > 0;
    if (status == ANCHOR_OK) {
        CHECK(recording_is(session, "paused"));
        int32_t resumed = anchor_pause_end(client, session, NULL, NULL);
        CHECK(resumed == ANCHOR_OK || refused);
        CHECK(resumed != ANCHOR_OK || recording_is(session, "recording"));
    } else {
        CHECK(refused);
        sweep->failures++;
    }
    check_no_pause_is_held(client, session);
    return refused;
}

/* Returns whether a step was refused, as above. */
static int refuse_step_of_end(sweep *sweep, anchor_client *client, const char *session, anchor_queue *queue,
                              long step) {
    CHECK(anchor_pause_begin(client, session, NULL, NULL) == ANCHOR_OK);
    int32_t status = complete_with_fault(sweep->fault, step, anchor_pause_end, client, session, queue);
    int refused = refusals > 0;
    if (status == ANCHOR_OK) {
        CHECK(recording_is(session, "recording"));
    } else {
        CHECK(refused);
        sweep->failures++;
        /* A call of a queue that does not start leaves the pause held. */
        CHECK(queue == NULL || call_started || anchor_pause_end(client, session, NULL, NULL) == ANCHOR_OK);
    }
    check_no_pause_is_held(client, session);
    return refused;
}

static void *sweep_thread(void *argument) {
    sweep *sweep = argument;
    test_session session = start_session();
    for (int is_end = 0; is_end < 2; is_end++) {
        int refused = 1;
        for (long step = 1; refused; step++) {
            /* A new client goes through every step again. */
            anchor_client *client = new_client(sweep->url_variable, 20000);
            anchor_queue *queue = NULL;
            CHECK(!sweep->is_queued || anchor_queue_new(0, &queue) == ANCHOR_OK);
            fault_lasts = sweep->lasts;
            refused =
                (is_end ? refuse_step_of_end : refuse_step_of_begin)(sweep, client, session.id, queue, step);
            sweep->steps += refused;
            CHECK(anchor_free(client) == ANCHOR_OK && anchor_free(queue) == ANCHOR_OK);
        }
    }
    end_session(session.id);
    return NULL;
}

/* On a thread with a small stack, each call maps a temporary stack. */
static void run_sweep(sweep *sweep, size_t stack_bytes) {
    pthread_t thread;
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
    CHECK(pthread_create(&thread, &attributes, sweep_thread, sweep) == 0 && pthread_join(thread, NULL) == 0);
    pthread_attr_destroy(&attributes);
}

static ucontext_t main_context, coroutine;
static anchor_client *shared_client;
static test_session shared_session;
static int switches, coroutine_is_done;
static int32_t coroutine_statuses[3];

static int32_t switch_to_coroutine(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!coroutine_is_done && switches++ < 100) {
        swapcontext(&main_context, &coroutine);
    }
    return 0;
}

static int32_t switch_to_main(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    swapcontext(&coroutine, &main_context);
    return 0;
}

static int32_t run_with_progress(operation *operation, anchor_progress progress, uint64_t timeout_ms) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_progress(call, progress, NULL) == ANCHOR_OK);
    CHECK(anchor_call_set_timeout_ms(call, timeout_ms) == ANCHOR_OK);
    int32_t status = operation(shared_client, shared_session.id, call, NULL);
    CHECK(anchor_free(call) == ANCHOR_OK);
    return status;
}

static void coroutine_body(void) {
    coroutine_statuses[0] = run_with_progress(anchor_pause_begin, switch_to_main, 20000);
    CHECK(coroutine_statuses[0] != ANCHOR_OK || recording_is(shared_session.id, "paused"));
    coroutine_statuses[1] = run_with_progress(anchor_pause_end, switch_to_main, 500);
    coroutine_statuses[2] = run_with_progress(anchor_resume_recording, switch_to_main, 20000);
    coroutine_is_done = 1;
}

/* Two coroutines pause the same session by calls that interleave on one thread. */
static void check_coroutines(void) {
    static char stack[256 * 1024];
    shared_client = new_client("SANDBOX_URL", 20000);
    shared_session = start_session();
    for (int round = 0; round < 5; round++) {
        switches = coroutine_is_done = 0;
        CHECK(getcontext(&coroutine) == 0);
        coroutine.uc_stack.ss_sp = stack, coroutine.uc_stack.ss_size = sizeof stack;
        coroutine.uc_link = &main_context;
        makecontext(&coroutine, coroutine_body, 0);
        int32_t status = run_with_progress(anchor_pause_begin, switch_to_coroutine, 20000);
        CHECK(status == ANCHOR_OK && coroutine_statuses[0] == ANCHOR_OK);
        while (!coroutine_is_done) {
            swapcontext(&main_context, &coroutine);
        }
        /* The coroutine's end either resumed or found that this begin still holds a pause. In both
         * cases exactly one pause is held here, so the second of two ends resumes. */
        CHECK(coroutine_statuses[1] == ANCHOR_OK || coroutine_statuses[1] == ANCHOR_TIMEOUT);
        CHECK(anchor_pause_begin(shared_client, shared_session.id, NULL, NULL) == ANCHOR_OK);
        CHECK(recording_is(shared_session.id, "paused"));
        CHECK(anchor_pause_end(shared_client, shared_session.id, NULL, NULL) == ANCHOR_OK);
        CHECK(recording_is(shared_session.id, "paused"));
        CHECK(anchor_pause_end(shared_client, shared_session.id, NULL, NULL) == ANCHOR_OK);
        check_no_pause_is_held(shared_client, shared_session.id);
    }
    CHECK(anchor_free(shared_client) == ANCHOR_OK);
}

/* The first use in the process cannot map the page that detects a fork. Later ones try again. */
static void check_first_use_without_mappings(void) {
    fault_lasts = countdown = 1;
    armed = MAPPING;
    anchor_client *client = new_client("SANDBOX_URL", 20000);
    int32_t status = anchor_pause_begin(client, "abc", NULL, NULL);
    armed = NO_FAULT;
    CHECK(refusals > 0 && status == ANCHOR_OK && recording_is("abc", "paused"));
    CHECK(anchor_pause_end(client, "abc", NULL, NULL) == ANCHOR_OK && recording_is("abc", "recording"));
    check_no_pause_is_held(client, "abc");
    CHECK(anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    int steps = 0, failures = 0;
    alarm(240);
    set_named_url();
    check_first_use_without_mappings();
    for (enum fault fault = MAPPING; fault < FAULTS; fault++) {
        int steps_of_fault = 0;
        for (int is_queued = 0; is_queued < 2; is_queued++) {
            const char *urls[] = {"SANDBOX_URL", "NAMED_URL", "SANDBOX_URL"};
            size_t stacks[] = {1024 * 1024, 1024 * 1024, 64 * 1024};
            for (int i = 0; i < 3; i++) {
                /* No real host has a clock or a wake-up that fails for good. */
                for (int lasts = 0; lasts < (fault < CLOCK ? 2 : 1); lasts++) {
                    sweep sweep = {
                        .url_variable = urls[i], .fault = fault, .is_queued = is_queued, .lasts = lasts};
                    run_sweep(&sweep, stacks[i]);
                    steps_of_fault += sweep.steps, failures += sweep.failures;
                }
            }
        }
        if (steps_of_fault == 0) {
            fprintf(stderr, "no step was refused: %s\n", fault_names[fault]);
            return 1;
        }
        steps += steps_of_fault;
    }
    check_coroutines();
    printf("%d steps of a begin or an end refused, of which %d failed the call; 5 rounds of coroutines\n",
           steps, failures);
    return 0;
}
