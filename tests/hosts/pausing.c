/* What the host is told, what is held and what the sandbox says agree, whatever fails on the way: every mapping, descriptor,
 * thread, reading of the clock and wake-up of a begin and of an end is refused in turn, in calls that block and in calls of a
 * queue, and a progress function switches to a coroutine that pauses too. This host stands between the library and the
 * system. */
#define _GNU_SOURCE
#include "../wrappers/support/test_session.h"
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
/* The refusal comes when this falls to 0, and stays if it is to last. */
static atomic_long countdown;
static _Atomic int lasts;
static atomic_int refusals;

static int refuses(enum fault fault, int number) {
    if (armed != fault) {
        return 0;
    }
    long left = atomic_fetch_sub(&countdown, 1);
    if (left != 1 && !(lasts && left < 1)) {
        return 0;
    }
    refusals++;
    errno = number;
    return 1;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (refuses(MAPPING, ENOMEM)) {
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

int socket(int domain, int type, int protocol) {
    return refuses(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int epoll_create1(int flags) {
    return refuses(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int eventfd(unsigned count, int flags) {
    return refuses(DESCRIPTOR, EMFILE) ? -1 : (int)syscall(SYS_eventfd2, count, flags);
}

int fcntl(int descriptor, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (command == F_DUPFD_CLOEXEC && refuses(DESCRIPTOR, EMFILE)) {
        return -1;
    }
    return (int)syscall(SYS_fcntl, descriptor, command, argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return refuses(THREAD, EAGAIN) ? EAGAIN : real(thread, attributes, body, argument);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    return refuses(CLOCK, EINVAL) ? -1 : (int)syscall(SYS_clock_gettime, clock, now);
}

/* Eight bytes are what wakes a runtime. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    return count == 8 && refuses(WAKE_UP, EINVAL) ? -1 : syscall(SYS_write, descriptor, bytes, count);
}

typedef int32_t operation(anchor_client *, const char *, anchor_call *, char **);

/* Whether the last call through a queue began. */
static int has_begun;

/* How a call ended that was made with this queue, or that blocked if it is NULL. */
static int32_t ended(operation *operation, anchor_client *client, const char *session, anchor_queue *queue) {
    anchor_call *call;
    int32_t status = ANCHOR_OK, completed = -1;
    char *error = NULL;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    anchor_call_set_queue(call, queue, 0);
    status = operation(client, session, call, &error);
    has_begun = status == ANCHOR_OK;
    if (has_begun && queue != NULL) {
        /* What is refused to this function leaves the completion where it is. */
        while (anchor_queue_next(queue, 20000, NULL, &completed, NULL) != ANCHOR_OK) {
            CHECK(refusals > 0);
        }
        status = completed;
    }
    anchor_free(error);
    anchor_free(call);
    return status;
}

/* The same while the fault is armed. */
static int32_t ended_under(enum fault fault, long after, operation *operation, anchor_client *client,
                           const char *session, anchor_queue *queue) {
    refusals = 0;
    countdown = after;
    armed = fault;
    int32_t status = ended(operation, client, session, queue);
    armed = NO_FAULT;
    return status;
}

/* Nothing is held, and one begin and its end pause and resume. */
static void check_not_held(anchor_client *client, const char *session) {
    int is_right = 0;
    CHECK(anchor_pause_end(client, session, NULL, NULL) == ANCHOR_INVALID_ARGUMENT);
    /* What a fault left broken is given up by the first call that meets it, and a resume that was given up on its way may
     * arrive at the server after the next pause, as may a pause after the next resume. */
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

typedef struct sweep {
    const char *url_variable;
    enum fault fault;
    int queued, lasts;
    int steps, failures;
} sweep;

static int step_begin(sweep *sweep, anchor_client *client, const char *session, anchor_queue *queue,
                      long after) {
    int32_t status = ended_under(sweep->fault, after, anchor_pause_begin, client, session, queue);
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
    check_not_held(client, session);
    return refused;
}

static int step_end(sweep *sweep, anchor_client *client, const char *session, anchor_queue *queue,
                    long after) {
    CHECK(anchor_pause_begin(client, session, NULL, NULL) == ANCHOR_OK);
    int32_t status = ended_under(sweep->fault, after, anchor_pause_end, client, session, queue);
    int refused = refusals > 0;
    if (status == ANCHOR_OK) {
        CHECK(recording_is(session, "recording"));
    } else {
        CHECK(refused);
        sweep->failures++;
        /* A call of a queue that does not begin leaves the hold as it is. */
        CHECK(queue == NULL || has_begun || anchor_pause_end(client, session, NULL, NULL) == ANCHOR_OK);
    }
    check_not_held(client, session);
    return refused;
}

static void *swept(void *argument) {
    sweep *sweep = argument;
    test_session session = start_session();
    for (int ending = 0; ending < 2; ending++) {
        int refused = 1;
        for (long after = 1; refused; after++) {
            /* A new one meets every step again. */
            anchor_client *client = new_client(sweep->url_variable, 20000);
            anchor_queue *queue = NULL;
            CHECK(!sweep->queued || anchor_queue_new(0, &queue) == ANCHOR_OK);
            lasts = sweep->lasts;
            refused = (ending ? step_end : step_begin)(sweep, client, session.id, queue, after);
            sweep->steps += refused;
            CHECK(anchor_free(client) == ANCHOR_OK && anchor_free(queue) == ANCHOR_OK);
        }
    }
    end_session(session.id);
    return NULL;
}

/* On a thread with so much stack: on a small one each call maps another. */
static void run(sweep *sweep, size_t stack_bytes) {
    pthread_t thread;
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
    CHECK(pthread_create(&thread, &attributes, swept, sweep) == 0 && pthread_join(thread, NULL) == 0);
    pthread_attr_destroy(&attributes);
}

static ucontext_t host, other;
static anchor_client *shared;
static test_session session_of_both;
static int switches, other_is_over;
static int32_t others[3];

static int32_t to_other(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!other_is_over && switches++ < 100) {
        swapcontext(&host, &other);
    }
    return 0;
}

static int32_t to_host(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    swapcontext(&other, &host);
    return 0;
}

static int32_t with_progress(operation *operation, anchor_progress progress, uint64_t timeout_ms) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_progress(call, progress, NULL) == ANCHOR_OK);
    CHECK(anchor_call_set_timeout_ms(call, timeout_ms) == ANCHOR_OK);
    int32_t status = operation(shared, session_of_both.id, call, NULL);
    CHECK(anchor_free(call) == ANCHOR_OK);
    return status;
}

static void pause_in_coroutine(void) {
    others[0] = with_progress(anchor_pause_begin, to_host, 20000);
    CHECK(others[0] != ANCHOR_OK || recording_is(session_of_both.id, "paused"));
    others[1] = with_progress(anchor_pause_end, to_host, 500);
    others[2] = with_progress(anchor_resume_recording, to_host, 20000);
    other_is_over = 1;
}

/* Two calls of one thread that take turns. */
static void switch_coroutines(void) {
    static char stack[256 * 1024];
    shared = new_client("SANDBOX_URL", 20000);
    session_of_both = start_session();
    for (int round = 0; round < 5; round++) {
        switches = other_is_over = 0;
        CHECK(getcontext(&other) == 0);
        other.uc_stack.ss_sp = stack, other.uc_stack.ss_size = sizeof stack, other.uc_link = &host;
        makecontext(&other, pause_in_coroutine, 0);
        int32_t begun = with_progress(anchor_pause_begin, to_other, 20000);
        CHECK(begun == ANCHOR_OK && others[0] == ANCHOR_OK);
        while (!other_is_over) {
            swapcontext(&host, &other);
        }
        /* Its end, which resumed or found the other's pause, is over; so only one is held here. */
        CHECK(others[1] == ANCHOR_OK || others[1] == ANCHOR_TIMEOUT);
        CHECK(anchor_pause_begin(shared, session_of_both.id, NULL, NULL) == ANCHOR_OK);
        CHECK(recording_is(session_of_both.id, "paused"));
        CHECK(anchor_pause_end(shared, session_of_both.id, NULL, NULL) == ANCHOR_OK);
        CHECK(recording_is(session_of_both.id, "paused"));
        CHECK(anchor_pause_end(shared, session_of_both.id, NULL, NULL) == ANCHOR_OK);
        check_not_held(shared, session_of_both.id);
    }
    CHECK(anchor_free(shared) == ANCHOR_OK);
}

/* The first call of the process finds no memory for what tells a child from its parent; later ones do. */
static void begin_without_mappings(void) {
    anchor_client *client = new_client("SANDBOX_URL", 20000);
    lasts = 1;
    int32_t status = ended_under(MAPPING, 1, anchor_pause_begin, client, "abc", NULL);
    CHECK(refusals > 0 && status == ANCHOR_OK && recording_is("abc", "paused"));
    CHECK(anchor_pause_end(client, "abc", NULL, NULL) == ANCHOR_OK && recording_is("abc", "recording"));
    check_not_held(client, "abc");
    CHECK(anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    int steps = 0, failures = 0;
    alarm(240);
    set_named_url();
    begin_without_mappings();
    for (enum fault fault = MAPPING; fault < FAULTS; fault++) {
        int found = 0;
        for (int queued = 0; queued < 2; queued++) {
            const char *urls[] = {"SANDBOX_URL", "NAMED_URL", "SANDBOX_URL"};
            size_t stacks[] = {1024 * 1024, 1024 * 1024, 64 * 1024};
            for (int way = 0; way < 3; way++) {
                /* A clock or a wake-up that never works again is no host's. */
                for (int lasting = 0; lasting < (fault < CLOCK ? 2 : 1); lasting++) {
                    sweep sweep = {
                        .url_variable = urls[way], .fault = fault, .queued = queued, .lasts = lasting};
                    run(&sweep, stacks[way]);
                    found += sweep.steps, steps += sweep.steps, failures += sweep.failures;
                }
            }
        }
        if (found == 0) {
            fprintf(stderr, "no step was refused: %s\n", fault_names[fault]);
            return 1;
        }
    }
    switch_coroutines();
    printf("%d steps of a begin or an end refused, %d of them with a failure; 5 rounds of coroutines\n",
           steps, failures);
    return 0;
}
