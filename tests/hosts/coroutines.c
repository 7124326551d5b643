/* A host whose progress and log functions switch between coroutines.
 *
 * The library promises that calls which interleave on one thread do not disturb each other, and
 * that a function of the host finds the thread as the host left it. The program runs thousands of
 * calls in coroutines that take turns in these functions, on stacks of 64 KB and 16 KB, with
 * timeouts, cancellations and failures among them. Each call must return its own status.
 */
#define _GNU_SOURCE
#include "../wrappers/support/test_session.h"
/* Failed checks of that file are counted. Those of a host end it. */
#undef CHECK
#include "coroutines.h"
#include <semaphore.h>
#include <stdatomic.h>

enum { CYCLES = 5, VIDEO_BYTES = 4096, SHORT_MS = 60, LONG_MS = 20000 };

typedef int32_t operation(anchor_client *, const char *, anchor_call *, char **);

static thread_state host_state;
static anchor_client *client;
static char folder[] = "/tmp/anchor-coroutines-XXXXXX";
static test_session sessions[MAX_COROUTINES];
static long calls, downloads, lines;
/* A stalled call that the progress function of another coroutine cancels. */
static anchor_call *call_to_cancel;
static int owner_of_call_to_cancel;

/* A progress function. It cancels its call if `user` is not NULL. */
static int32_t switch_in_progress(void *user, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    EXPECT_THREAD_STATE(host_state);
    if (call_to_cancel != NULL &&
        (owner_of_call_to_cancel != current_coroutine || next_coroutine() == current_coroutine)) {
        EXPECT_STATUS(anchor_call_cancel(call_to_cancel), ANCHOR_OK);
        call_to_cancel = NULL;
    }
    switch_to_next();
    EXPECT_THREAD_STATE(host_state);
    return user != NULL;
}

static void switch_in_log(void *user, int32_t level, const char *line) {
    EXPECT(user == &lines && (level == ANCHOR_LOG_INFO || level == ANCHOR_LOG_WARNING) && line[0] != '\0');
    lines++;
    EXPECT_THREAD_STATE(host_state);
    switch_to_next();
    EXPECT_THREAD_STATE(host_state);
}

static anchor_client *new_logging_client(void) {
    anchor_options *options;
    anchor_client *made;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    CHECK(anchor_options_set_base_url(options, getenv("SANDBOX_URL")) == ANCHOR_OK);
    CHECK(anchor_options_set_timeout_ms(options, LONG_MS) == ANCHOR_OK);
    CHECK(anchor_options_set_max_retries(options, 0) == ANCHOR_OK);
    CHECK(anchor_options_set_log_callback(options, switch_in_log, &lines) == ANCHOR_OK);
    CHECK(anchor_client_new(NULL, options, &made, NULL) == ANCHOR_OK && anchor_free(options) == ANCHOR_OK);
    return made;
}

static int32_t download(anchor_client *used, const char *session, anchor_call *call, char **error) {
    char file[sizeof folder + 16];
    uint64_t done = 0, total = 0;
    snprintf(file, sizeof file, "%s/%d.mp4", folder, current_coroutine);
    int32_t status = anchor_download_recording(used, session, file, call, error);
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK);
    EXPECT(status != ANCHOR_OK || (done == VIDEO_BYTES && total == VIDEO_BYTES && access(file, F_OK) == 0));
    EXPECT((unlink(file) == 0) == (status == ANCHOR_OK));
    downloads++;
    return status;
}

static int32_t list_by_request(anchor_client *used, const char *session, anchor_call *call, char **error) {
    char path[128];
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings", session);
    return anchor_request(used, "GET", path, NULL, call, error);
}

/* A call and the status that it must return. The session NULL is the coroutine's own. */
typedef struct step {
    operation *operation;
    const char *session;
    int32_t status;
} step;

static const step cycle[] = {
    {anchor_pause_recording, NULL, ANCHOR_OK},
    {anchor_resume_recording, NULL, ANCHOR_OK},
    {anchor_list_recordings, NULL, ANCHOR_OK},
    {anchor_pause_begin, NULL, ANCHOR_OK},
    {anchor_pause_begin, NULL, ANCHOR_OK},
    {anchor_pause_end, NULL, ANCHOR_OK},
    {anchor_pause_end, NULL, ANCHOR_OK},
    {anchor_pause_end, NULL, ANCHOR_INVALID_ARGUMENT},
    {list_by_request, NULL, ANCHOR_OK},
    {anchor_pause_recording, "missing", ANCHOR_NOT_FOUND},
    {anchor_pause_recording, "500", ANCHOR_SERVER_ERROR},
    {download, NULL, ANCHOR_OK},
    {anchor_list_recordings, "html", ANCHOR_BAD_RESPONSE},
    {anchor_pause_recording, "reset", ANCHOR_CONNECTION_LOST},
    {anchor_pause_begin, "missing", ANCHOR_NOT_FOUND},
    {anchor_pause_begin, NULL, ANCHOR_OK},
    {anchor_list_recordings, NULL, ANCHOR_OK},
    {anchor_pause_end, NULL, ANCHOR_OK},
    {anchor_pause_recording, NULL, ANCHOR_OK},
    {download, "missing", ANCHOR_NOT_FOUND},
    {anchor_resume_recording, NULL, ANCHOR_OK},
};

static void run_step(const step *step, uint64_t timeout_ms, void *user) {
    anchor_call *call;
    char *error;
    const char *session = step->session != NULL ? step->session : sessions[current_coroutine].id;
    int self = current_coroutine;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, switch_in_progress, user) == ANCHOR_OK);
    CHECK(anchor_call_set_timeout_ms(call, timeout_ms) == ANCHOR_OK);
    if (step->status == ANCHOR_CANCELLED && user == NULL) {
        call_to_cancel = call, owner_of_call_to_cancel = self;
    }
    calls++;
    int32_t status = step->operation(client, session, call, &error);
    EXPECT_THREAD_STATE(host_state);
    EXPECT(self == current_coroutine && (status == ANCHOR_OK) == (error == NULL));
    if (status != step->status) {
        EXPECT_STATUS(status, step->status);
    }
    if (call_to_cancel == call) {
        call_to_cancel = NULL;
    }
    anchor_free(error);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* Runs the cycles, and after each a call that stalls: until its timeout, or until it is cancelled. */
static void run_cycles(int index) {
    (void)index;
    const step timed_out = {anchor_pause_recording, "stall", ANCHOR_TIMEOUT};
    const step cancelled = {anchor_pause_recording, "stall", ANCHOR_CANCELLED};
    for (int round = 0; round < CYCLES; round++) {
        for (size_t i = 0; i < sizeof cycle / sizeof cycle[0]; i++) {
            run_step(&cycle[i], LONG_MS, NULL);
        }
        if (round == 0) {
            run_step(&timed_out, SHORT_MS, NULL);
        } else if (round == 1) {
            run_step(&cancelled, LONG_MS, &calls);
        } else if (round == 2 && call_to_cancel == NULL) {
            run_step(&cancelled, LONG_MS, NULL);
        }
    }
}

static size_t alternating_stacks(int index) {
    return (index % 2 == 0 ? 64 : 16) * 1024;
}

static void interleave(int count, thread_state state) {
    CHECK(mkdtemp(folder) != NULL);
    client = new_logging_client();
    for (int i = 0; i < count; i++) {
        sessions[i] = start_session();
    }
    host_state = state;
    set_thread_state(&state);
    run_coroutines(count, alternating_stacks, run_cycles);
    EXPECT_THREAD_STATE(state);
    for (int i = 0; i < count; i++) {
        EXPECT(recording_is(sessions[i].id, "recording"));
    }
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    EXPECT(rmdir(folder) == 0);
    EXPECT(lines > calls * 3 / 4);
    FIGURE("%ld calls of which %ld downloads, %ld switches, %d looks at the thread", calls, downloads,
           context_switches, shared_notes->thread_states_read);
}

static void many_calls(void) {
    interleave(20, usual_state());
}

static void opposite_thread_state(void) {
    interleave(3, opposite_state());
}

static ucontext_t thread_context, moving_context;
static int is_moved_done;
static sem_t turns[2];
static long moves;

static int32_t leave_thread(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    EXPECT_THREAD_STATE(host_state);
    switch_context(&moving_context, &thread_context);
    EXPECT_THREAD_STATE(host_state);
    return 0;
}

static void run_moving_calls(void) {
    CHECK(pthread_sigmask(SIG_SETMASK, &mask_of_thread, NULL) == 0);
    for (int i = 0; i < 50; i++) {
        operation *const operations[] = {anchor_pause_begin, anchor_pause_end, download};
        for (int j = 0; j < 3; j++) {
            anchor_call *call;
            CHECK(anchor_call_new(&call) == ANCHOR_OK);
            CHECK(anchor_call_set_progress(call, leave_thread, NULL) == ANCHOR_OK);
            EXPECT_STATUS(operations[j](client, sessions[0].id, call, NULL), ANCHOR_OK);
            EXPECT_THREAD_STATE(host_state);
            CHECK(anchor_free(call) == ANCHOR_OK);
        }
    }
    is_moved_done = 1;
}

/* One of two threads that resume the coroutine in turn. */
static void *moving_thread(void *number) {
    int self = number != NULL;
    set_thread_state(&host_state);
    while (sem_wait(&turns[self]) == 0 && !is_moved_done) {
        moves++;
        switch_context(&thread_context, &moving_context);
        EXPECT_THREAD_STATE(host_state);
        sem_post(&turns[!self]);
    }
    sem_post(&turns[!self]);
    return NULL;
}

/* A call that begins on one thread continues and ends on another. */
static void moved_to_another_thread(void) {
    pthread_t threads[2];
    CHECK(mkdtemp(folder) != NULL);
    client = new_client("SANDBOX_URL", LONG_MS);
    sessions[0] = start_session();
    host_state = usual_state();
    CHECK(getcontext(&moving_context) == 0);
    set_stack(&moving_context, 64 * 1024);
    moving_context.uc_link = &thread_context;
    makecontext(&moving_context, run_moving_calls, 0);
    CHECK(sem_init(&turns[0], 0, 1) == 0 && sem_init(&turns[1], 0, 0) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, moving_thread, i == 0 ? NULL : &threads) == 0);
    }
    CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    EXPECT(recording_is(sessions[0].id, "recording") && moves > 150 && rmdir(folder) == 0);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("150 calls moved %ld times", moves);
}

enum { FEW_DESCRIPTORS = 64, DEPTH = 100 };
static int depth, deepest, exhausted;

/* Without a descriptor a call fails at once. The host keeps half of them, and a few are its own. */
static void note_status_without_descriptors(int32_t status) {
    EXPECT(count_descriptors() <= FEW_DESCRIPTORS / 2 + 8);
    if (status == ANCHOR_RESOURCE_EXHAUSTED) {
        exhausted++;
    } else {
        EXPECT_STATUS(status, ANCHOR_OK);
    }
}

/* Makes a call within the call, until there are as many as DEPTH. */
static int32_t nest(void *is_nested, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    EXPECT_THREAD_STATE(host_state);
    if (*(int *)is_nested || depth >= DEPTH) {
        return 0;
    }
    *(int *)is_nested = 1;
    int is_next_nested = 0;
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, nest, &is_next_nested) == ANCHOR_OK);
    deepest = ++depth > deepest ? depth : deepest;
    int32_t status = anchor_pause_recording(client, "abc", call, NULL);
    depth--;
    note_status_without_descriptors(status);
    CHECK(anchor_free(call) == ANCHOR_OK);
    return 0;
}

/* A call cannot wait for a descriptor that a call of its own thread holds. */
static void nested_beyond_the_descriptors(void) {
    int is_nested = 0;
    double begun = monotonic_seconds();
    set_soft_limit(RLIMIT_NOFILE, FEW_DESCRIPTORS);
    client = new_client("SANDBOX_URL", LONG_MS);
    host_state = usual_state();
    set_thread_state(&host_state);
    nest(&is_nested, 0, 0);
    EXPECT(monotonic_seconds() - begun < 10);
    EXPECT(deepest == DEPTH || exhausted > 0);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("%d calls deep with %d descriptors, %d without one", deepest, FEW_DESCRIPTORS, exhausted);
}

static void pause_three_times(int index) {
    (void)index;
    for (int i = 0; i < 3; i++) {
        anchor_call *call;
        CHECK(anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_progress(call, switch_in_progress, NULL) == ANCHOR_OK);
        note_status_without_descriptors(anchor_pause_recording(client, "abc", call, NULL));
        EXPECT_THREAD_STATE(host_state);
        CHECK(anchor_free(call) == ANCHOR_OK);
        calls++;
    }
}

/* More coroutines than the calls that the descriptors are enough for. */
static void few_descriptors(void) {
    double begun = monotonic_seconds();
    client = new_logging_client();
    host_state = usual_state();
    set_thread_state(&host_state);
    set_soft_limit(RLIMIT_NOFILE, FEW_DESCRIPTORS);
    run_coroutines(MAX_COROUTINES, alternating_stacks, pause_three_times);
    EXPECT(monotonic_seconds() - begun < 10);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("%ld calls in %d coroutines with %d descriptors, %d without one", calls, MAX_COROUTINES,
           FEW_DESCRIPTORS, exhausted);
}

static anchor_queue *queue;

static void use_queue(int index) {
    for (int i = 0; i < 50; i++) {
        anchor_call *call;
        uint64_t tag = 0;
        int32_t status = -1;
        char *error = NULL;
        CHECK(anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(call, queue, (uint64_t)index + 1) == ANCHOR_OK);
        EXPECT_STATUS(anchor_pause_recording(client, i % 5 == 0 ? "missing" : "abc", call, NULL), ANCHOR_OK);
        EXPECT_STATUS(anchor_queue_next(queue, LONG_MS, &tag, &status, &error), ANCHOR_OK);
        EXPECT_THREAD_STATE(host_state);
        EXPECT(tag > 0 && (status == ANCHOR_OK || status == ANCHOR_NOT_FOUND));
        calls++;
        anchor_free(error);
        anchor_free(call);
    }
}

/* The log function runs in anchor_queue_next, and switches to coroutines that call it too. */
static void completions(void) {
    client = new_logging_client();
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    host_state = opposite_state();
    set_thread_state(&host_state);
    run_coroutines(8, alternating_stacks, use_queue);
    /* Each attempt has one line. */
    EXPECT(calls == 400 && lines == calls);
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("%ld completions in 8 coroutines, %ld switches", calls, context_switches);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"many-calls", many_calls},
        {"opposite-thread-state", opposite_thread_state},
        {"moved-to-another-thread", moved_to_another_thread},
        {"nested-beyond-the-descriptors", nested_beyond_the_descriptors},
        {"few-descriptors", few_descriptors},
        {"completions", completions},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
