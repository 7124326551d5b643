/* A host in which a call would wait for another call that is suspended on the same thread.
 *
 * The library promises that such a call returns a status at once, well before its timeout, and that
 * the suspended call ends rightly. A call is suspended in its progress function, which makes the
 * other call, or switches to a coroutine that makes it.
 */
#define _GNU_SOURCE
#include "../wrappers/support/test_session.h"
/* Failed checks of that file are counted. Those of a host end it. */
#undef CHECK
#include "coroutines.h"

enum { TIMEOUT_MS = 5000 };

typedef int32_t operation(anchor_client *, const char *, anchor_call *, char **);

static anchor_client *client;
static test_session session;
static char file[] = "/tmp/anchor-turns-XXXXXX";

static void set_up(void) {
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    session = start_session();
}

/* How a call ended, and how long it took. */
typedef struct ending {
    int32_t status;
    double seconds;
    int is_made;
    char message[256];
} ending;

static void make_call(ending *ending, operation *operation, anchor_progress progress) {
    anchor_call *call;
    char *error;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_progress(call, progress, NULL) == ANCHOR_OK);
    double begun = monotonic_seconds();
    ending->is_made = 1;
    ending->status = operation(client, session.id, call, &error);
    ending->seconds = monotonic_seconds() - begun;
    snprintf(ending->message, sizeof ending->message, "%s", error != NULL ? error : "");
    anchor_free(error);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* The call was refused at once, with a status that says so. */
static void expect_refused_at_once(const ending *ending) {
    EXPECT(ending->is_made);
    EXPECT(ending->seconds < 1);
    EXPECT_STATUS(ending->status, ANCHOR_INVALID_ARGUMENT);
    EXPECT(strstr(ending->message, "this thread") != NULL);
}

static void expect_success(const ending *ending) {
    EXPECT(ending->is_made);
    EXPECT_STATUS(ending->status, ANCHOR_OK);
}

/* As many pauses are held, and the end of the last one resumes. */
static void expect_held(int count) {
    int ends = 0;
    while (ends < 10 && anchor_pause_end(client, session.id, NULL, NULL) == ANCHOR_OK) {
        ends++;
    }
    EXPECT_STATUS(ends, count);
    EXPECT(count == 0 || recording_is(session.id, "recording"));
    EXPECT_STATUS(anchor_pause_begin(client, session.id, NULL, NULL), ANCHOR_OK);
    EXPECT(recording_is(session.id, "paused"));
    EXPECT_STATUS(anchor_pause_end(client, session.id, NULL, NULL), ANCHOR_OK);
    EXPECT(recording_is(session.id, "recording"));
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
}

static ending outer, inner;

static int32_t end_once(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!inner.is_made) {
        make_call(&inner, anchor_pause_end, NULL);
    }
    return 0;
}

static int32_t begin_once(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!inner.is_made) {
        make_call(&inner, anchor_pause_begin, NULL);
    }
    return 0;
}

/* The end releases the pause that was held, so the begin's is the only one. */
static void end_within_begin(void) {
    set_up();
    CHECK(anchor_pause_begin(client, session.id, NULL, NULL) == ANCHOR_OK);
    make_call(&outer, anchor_pause_begin, end_once);
    expect_refused_at_once(&inner);
    expect_success(&outer);
    FIGURE("refused after %.3f s of %d s", inner.seconds, TIMEOUT_MS / 1000);
    expect_held(1);
}

static void begin_within_end(void) {
    set_up();
    CHECK(anchor_pause_begin(client, session.id, NULL, NULL) == ANCHOR_OK);
    make_call(&outer, anchor_pause_end, begin_once);
    expect_refused_at_once(&inner);
    expect_success(&outer);
    FIGURE("refused after %.3f s of %d s", inner.seconds, TIMEOUT_MS / 1000);
    expect_held(0);
}

/* Begins do not wait for each other. */
static void begin_within_begin(void) {
    set_up();
    make_call(&outer, anchor_pause_begin, begin_once);
    expect_success(&inner);
    expect_success(&outer);
    expect_held(2);
}

static ending of_thread;

static void *end_on_thread(void *unused) {
    (void)unused;
    make_call(&of_thread, anchor_pause_end, NULL);
    return NULL;
}

static pthread_t other_thread;

static int32_t begin_behind_an_end(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!inner.is_made) {
        CHECK(pthread_create(&other_thread, NULL, end_on_thread, NULL) == 0);
        sleep_ms(200);
        make_call(&inner, anchor_pause_begin, NULL);
    }
    return 0;
}

/* The end of another thread waits for the first begin, and the second begin would wait for it. */
static void begin_behind_the_end_of_another_thread(void) {
    set_up();
    CHECK(anchor_pause_begin(client, session.id, NULL, NULL) == ANCHOR_OK);
    make_call(&outer, anchor_pause_begin, begin_behind_an_end);
    CHECK(pthread_join(other_thread, NULL) == 0);
    expect_success(&outer);
    expect_success(&of_thread);
    EXPECT(of_thread.seconds < 2 && inner.seconds < 1);
    if (inner.status != ANCHOR_OK) {
        expect_refused_at_once(&inner);
    }
    FIGURE("the second begin returned %s after %.3f s", anchor_status_name(inner.status), inner.seconds);
    expect_held(inner.status == ANCHOR_OK ? 2 : 1);
}

static int32_t keep_switching(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    switch_to_next();
    return 0;
}

static size_t small_stack(int index) {
    (void)index;
    return 16 * 1024;
}

static operation *suspended_operation, *other_operation;
static anchor_progress other_progress;

static void suspended_or_other(int index) {
    if (index == 0) {
        make_call(&outer, suspended_operation, keep_switching);
    } else {
        make_call(&inner, other_operation, other_progress);
    }
}

static void run_two_coroutines(operation *suspended, operation *other, anchor_progress progress) {
    set_up();
    CHECK(anchor_pause_begin(client, session.id, NULL, NULL) == ANCHOR_OK);
    suspended_operation = suspended, other_operation = other, other_progress = progress;
    run_coroutines(2, small_stack, suspended_or_other);
    expect_success(&outer);
    EXPECT(inner.seconds < 1 && outer.seconds < 2);
    FIGURE("the other call returned %s after %.3f s", anchor_status_name(inner.status), inner.seconds);
}

static void coroutine_ends_during_begin(void) {
    run_two_coroutines(anchor_pause_begin, anchor_pause_end, NULL);
    expect_refused_at_once(&inner);
    expect_held(1);
}

static void coroutine_begins_during_end(void) {
    run_two_coroutines(anchor_pause_end, anchor_pause_begin, NULL);
    expect_refused_at_once(&inner);
    expect_held(0);
}

static void coroutine_begins_during_begin(void) {
    run_two_coroutines(anchor_pause_begin, anchor_pause_begin, NULL);
    expect_success(&inner);
    expect_held(3);
}

/* The other call has a progress function that lets the suspended one continue. So it may wait, or
 * be refused at once. */
static void switching_end_during_begin(void) {
    run_two_coroutines(anchor_pause_begin, anchor_pause_end, keep_switching);
    if (inner.status != ANCHOR_OK) {
        expect_refused_at_once(&inner);
    }
    expect_held(1);
}

static int32_t download(anchor_client *used, const char *id, anchor_call *call, char **error) {
    return anchor_download_recording(used, id, file, call, error);
}

static int32_t download_once(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    if (!inner.is_made) {
        make_call(&inner, download, NULL);
    }
    return 0;
}

/* Two downloads to one file, of which the first is suspended. */
static void download_within_download(void) {
    set_up();
    int descriptor = mkstemp(file);
    CHECK(descriptor >= 0 && close(descriptor) == 0);
    make_call(&outer, download, download_once);
    expect_success(&outer);
    EXPECT_STATUS(inner.status, ANCHOR_INVALID_ARGUMENT);
    EXPECT(inner.is_made && inner.seconds < 1);
    CHECK(unlink(file) == 0);
    FIGURE("refused after %.3f s: %.80s", inner.seconds, inner.message);
    expect_held(0);
}

static anchor_call *shared_call;
static int32_t status_of_shared_call = -1;

static int32_t use_call_again(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    status_of_shared_call = anchor_pause_begin(client, session.id, shared_call, NULL);
    return 0;
}

/* A second call with the call object of the suspended one. */
static void call_object_within_its_call(void) {
    set_up();
    CHECK(anchor_call_new(&shared_call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(shared_call, use_call_again, NULL) == ANCHOR_OK);
    EXPECT_STATUS(anchor_pause_begin(client, session.id, shared_call, NULL), ANCHOR_OK);
    EXPECT_STATUS(status_of_shared_call, ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_free(shared_call) == ANCHOR_OK);
    expect_held(1);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"end-within-begin", end_within_begin},
        {"begin-within-end", begin_within_end},
        {"begin-within-begin", begin_within_begin},
        {"begin-behind-the-end-of-another-thread", begin_behind_the_end_of_another_thread},
        {"coroutine-ends-during-begin", coroutine_ends_during_begin},
        {"coroutine-begins-during-end", coroutine_begins_during_end},
        {"coroutine-begins-during-begin", coroutine_begins_during_begin},
        {"switching-end-during-begin", switching_end_during_begin},
        {"download-within-download", download_within_download},
        {"call-object-within-its-call", call_object_within_its_call},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
