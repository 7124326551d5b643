/* A host that cancels its threads with pthread_cancel while they are inside the library.
 *
 * The library promises that a cancellation takes effect after a call, or in a function of the host
 * that has a cancellation point, and nowhere else. The program checks that a cancelled call returns
 * with its own status, that the thread then ends as cancelled, and that the client, the call object
 * and the session are as usable as before.
 */
#define _GNU_SOURCE
#include "../wrappers/support/test_session.h"
/* Failed checks of that file are counted. Those of a host end it. */
#undef CHECK
#include "thread_state.h"
#include <stdatomic.h>

enum { ROUNDS = 3 };

typedef int32_t operation(anchor_client *, const char *, anchor_call *, char **);

static anchor_client *client;
static anchor_call *call;
static test_session session;
static char folder[] = "/tmp/anchor-cancel-XXXXXX";
static atomic_int is_inside, was_cancelled, clean_ups;
static int call_returned;
static int32_t returned_status;
/* What a function of the host does: a system call that is a cancellation point, or none. */
static int has_cancellation_point;

static int32_t download(anchor_client *used, const char *id, anchor_call *with, char **error) {
    char file[sizeof folder + 16];
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    return anchor_download_recording(used, id, file, with, error);
}

static void note_clean_up(void *unused) {
    (void)unused;
    clean_ups++;
}

/* Waits until the thread was cancelled, and then acts on it if there is a cancellation point. */
static void act_on_cancellation(void) {
    is_inside = 1;
    while (!was_cancelled) {
    }
    if (has_cancellation_point) {
        pthread_cleanup_push(note_clean_up, NULL);
        sleep_ms(10000);
        pthread_cleanup_pop(0);
    }
}

static int32_t progress(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    act_on_cancellation();
    return 0;
}

static void log_line(void *unused, int32_t level, const char *line) {
    (void)unused, (void)level, (void)line;
    if (has_cancellation_point) {
        act_on_cancellation();
    }
}

static int32_t call_with_progress(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    anchor_call *inner;
    CHECK(anchor_call_new(&inner) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(inner, progress, NULL) == ANCHOR_OK);
    EXPECT_STATUS(anchor_list_recordings(client, session.id, inner, NULL), ANCHOR_OK);
    return 0;
}

static void remove_folder(void) {
    char file[sizeof folder + 16];
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    EXPECT(unlink(file) == 0 && rmdir(folder) == 0);
}

static void set_up(anchor_log log) {
    anchor_options *options;
    CHECK(mkdtemp(folder) != NULL);
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv("SANDBOX_URL"));
    anchor_options_set_timeout_ms(options, 20000);
    anchor_options_set_log_callback(options, log, NULL);
    CHECK(anchor_client_new(NULL, options, &client, NULL) == ANCHOR_OK && anchor_free(options) == ANCHOR_OK);
    session = start_session();
}

static void *calling_thread(void *operation_) {
    operation *const *operation = operation_;
    returned_status = (*operation)(client, session.id, call, NULL);
    call_returned = 1;
    pthread_testcancel();
    return NULL;
}

/* Runs the operation on a thread that is cancelled while it is in a function of the host. */
static void cancel_thread(operation *operation, anchor_progress function) {
    pthread_t thread;
    void *result = NULL;
    is_inside = was_cancelled = call_returned = 0;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, function, NULL) == ANCHOR_OK);
    CHECK(pthread_create(&thread, NULL, calling_thread, &operation) == 0);
    while (!is_inside) {
        sleep_ms(1);
    }
    CHECK(pthread_cancel(thread) == 0);
    was_cancelled = 1;
    double begun = monotonic_seconds();
    CHECK(pthread_join(thread, &result) == 0);
    EXPECT(result == PTHREAD_CANCELED && monotonic_seconds() - begun < 2);
}

/* The call object, the client and the session's turn are free. */
static void expect_usable(void) {
    int32_t http_status;
    double begun = monotonic_seconds();
    was_cancelled = 1;
    has_cancellation_point = 0;
    EXPECT_STATUS(anchor_call_http_status(call, &http_status), ANCHOR_OK);
    EXPECT_STATUS(anchor_call_set_progress(call, NULL, NULL), ANCHOR_OK);
    EXPECT_STATUS(anchor_pause_recording(client, session.id, call, NULL), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
    /* An operation that returned ANCHOR_OK holds a pause, a cancelled one none. */
    while (anchor_pause_end(client, session.id, NULL, NULL) == ANCHOR_OK) {
        EXPECT(call_returned);
    }
    EXPECT_STATUS(anchor_pause_begin(client, session.id, NULL, NULL), ANCHOR_OK);
    EXPECT(recording_is(session.id, "paused"));
    EXPECT_STATUS(anchor_pause_end(client, session.id, NULL, NULL), ANCHOR_OK);
    EXPECT(recording_is(session.id, "recording"));
    EXPECT_STATUS(download(client, session.id, NULL, NULL), ANCHOR_OK);
    EXPECT(monotonic_seconds() - begun < 2);
}

static void cancel_every_operation(anchor_progress function, int is_cancellation_point) {
    operation *const operations[] = {anchor_pause_recording, anchor_pause_begin, anchor_pause_end,
                                     anchor_list_recordings, download};
    int descriptors = 0, cancelled = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
            has_cancellation_point = 0;
            was_cancelled = 1;
            CHECK(operations[i] != anchor_pause_end ||
                  anchor_pause_begin(client, session.id, NULL, NULL) == ANCHOR_OK);
            has_cancellation_point = is_cancellation_point;
            cancel_thread(operations[i], function);
            EXPECT(call_returned == !is_cancellation_point);
            EXPECT(is_cancellation_point || returned_status == ANCHOR_OK);
            expect_usable();
            cancelled++;
        }
        descriptors = round == 0 ? count_descriptors() : descriptors;
    }
    EXPECT(count_descriptors() <= descriptors);
    EXPECT(clean_ups == (is_cancellation_point ? cancelled : 0));
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    remove_folder();
    FIGURE("%d threads cancelled", cancelled);
}

/* Pending until the call has returned. */
static void in_progress_without_cancellation_point(void) {
    set_up(NULL);
    cancel_every_operation(progress, 0);
}

static void in_progress(void) {
    set_up(NULL);
    cancel_every_operation(progress, 1);
}

static void in_log(void) {
    set_up(log_line);
    cancel_every_operation(NULL, 1);
}

/* The thread is in the progress function of a call that the progress function of another made. */
static void in_nested_progress(void) {
    set_up(NULL);
    cancel_every_operation(call_with_progress, 1);
}

static void *stalled_thread(void *unused) {
    (void)unused;
    returned_status = anchor_pause_recording(client, "stall", NULL, NULL);
    call_returned = 1;
    pthread_testcancel();
    return NULL;
}

static void inside_a_call(void) {
    client = new_client("SANDBOX_URL", 500);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        void *result;
        call_returned = 0;
        CHECK(pthread_create(&thread, NULL, stalled_thread, NULL) == 0);
        sleep_ms(100);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
        EXPECT(call_returned && result == PTHREAD_CANCELED);
        EXPECT_STATUS(returned_status, ANCHOR_TIMEOUT);
        EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    }
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("%d threads cancelled", ROUNDS);
}

#define STEP(name, call)                                                                                     \
    do {                                                                                                     \
        FIGURE("the last call was %s", name);                                                                \
        EXPECT_STATUS(call, ANCHOR_OK);                                                                      \
    } while (0)

/* Uses every function that reaches the system, while a cancellation is pending. */
static void *thread_with_pending_cancellation(void *unused) {
    (void)unused;
    anchor_options *options;
    anchor_queue *queue;
    anchor_client *tls_client;
    int32_t descriptor, status;
    CHECK(pthread_cancel(pthread_self()) == 0);
    STEP("anchor_options_new", anchor_options_new(&options));
    STEP("anchor_options_set_base_url", anchor_options_set_base_url(options, getenv("SANDBOX_TLS_URL")));
    STEP("anchor_options_set_ca_file", anchor_options_set_ca_file(options, getenv("SANDBOX_CA")));
    STEP("anchor_client_new", anchor_client_new(NULL, options, &tls_client, NULL));
    STEP("anchor_pause_recording over TLS", anchor_pause_recording(tls_client, "abc", NULL, NULL));
    STEP("anchor_call_new", anchor_call_new(&call));
    STEP("anchor_pause_recording", anchor_pause_recording(client, "abc", call, NULL));
    STEP("anchor_download_recording", download(client, "abc", call, NULL));
    STEP("anchor_queue_new", anchor_queue_new(0, &queue));
    STEP("anchor_queue_fd", anchor_queue_fd(queue, &descriptor));
    STEP("anchor_call_set_queue", anchor_call_set_queue(call, queue, 1));
    STEP("anchor_pause_recording of a queue", anchor_pause_recording(client, "abc", call, NULL));
    STEP("anchor_queue_next", anchor_queue_next(queue, 20000, NULL, &status, NULL));
    STEP("anchor_call_cancel", anchor_call_cancel(call));
    STEP("anchor_free of a queue", anchor_free(queue));
    STEP("anchor_free of a call", anchor_free(call));
    STEP("anchor_free of options", anchor_free(options));
    STEP("anchor_free of a client", anchor_free(tls_client));
    call_returned = 1;
    pthread_testcancel();
    return NULL;
}

static void pending_in_every_function(void) {
    pthread_t thread;
    void *result;
    set_up(NULL);
    CHECK(pthread_create(&thread, NULL, thread_with_pending_cancellation, NULL) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    EXPECT(call_returned && result == PTHREAD_CANCELED);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    remove_folder();
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"inside-a-call", inside_a_call},
        {"in-progress-without-cancellation-point", in_progress_without_cancellation_point},
        {"in-progress", in_progress},
        {"in-log", in_log},
        {"in-nested-progress", in_nested_progress},
        {"pending-in-every-function", pending_in_every_function},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
