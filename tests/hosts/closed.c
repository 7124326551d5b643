/* A host that closes all descriptors from 3 on without forking, as some daemons do to begin afresh.
 *
 * The library promises that each call then ends within its timeout with a status, and that later
 * calls succeed: blocking ones and those of a new queue at once or after one failure for each
 * thread that called at the same time, those of the same queue after its calls have ended. Nothing
 * is printed, and the process does not abort.
 */
#define _GNU_SOURCE
#include "scenarios.h"
#include <pthread.h>
#include <stdatomic.h>

enum { CALLS = 50, THREADS = 16, TIMEOUT_MS = 1500, OVERRUN_MS = 1500, MOST_FAILURES = 1 };

static anchor_client *client;
static const char *url_of_calls = "SANDBOX_URL";
static atomic_int failed, ended;

static void close_all(void) {
    CHECK(close_range(3, ~0U, 0) == 0);
}

static void begin(anchor_queue *queue, const char *session_id) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, 0) == ANCHOR_OK);
    EXPECT_STATUS(anchor_pause_recording(client, session_id, call, NULL), ANCHOR_OK);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* Returns the status of the next completion, which comes in time. */
static int32_t complete_one(anchor_queue *queue, double since) {
    int32_t status = -1;
    EXPECT_STATUS(anchor_queue_next(queue, 10000, NULL, &status, NULL), ANCHOR_OK);
    EXPECT(monotonic_seconds() - since < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    return status;
}

/* Calls of the queue succeed, after a failure at most. Returns the number of failures. */
static int expect_queue_works(anchor_queue *queue) {
    int failures = 0;
    for (int i = 0; i < 10; i++) {
        double begun = monotonic_seconds();
        begin(queue, "abc");
        int32_t status = complete_one(queue, begun);
        failures += status != ANCHOR_OK;
        EXPECT(failures <= MOST_FAILURES || status == ANCHOR_OK);
    }
    return failures;
}

static int expect_thread_works(void) {
    int failures = 0;
    for (int i = 0; i < 10; i++) {
        double begun = monotonic_seconds();
        int32_t status = pause_recording(client, "abc");
        EXPECT(monotonic_seconds() - begun < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
        failures += status != ANCHOR_OK;
        EXPECT(failures <= MOST_FAILURES || status == ANCHOR_OK);
    }
    return failures;
}

static void expect_all_works(anchor_queue *queue) {
    anchor_queue *other;
    CHECK(anchor_queue_new(0, &other) == ANCHOR_OK);
    int of_queue = queue == NULL ? 0 : expect_queue_works(queue);
    int of_other = expect_queue_works(other), of_thread = expect_thread_works();
    FIGURE("failed afterwards: %d calls of the queue, %d of a new one, %d that block", of_queue, of_other,
           of_thread);
    EXPECT_STATUS(anchor_free(other), ANCHOR_OK);
    if (queue != NULL) {
        EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    }
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
}

/* An idle queue, and idle connections of blocking calls. The URL decides whether there is TLS. */
static void while_idle(const char *url_variable) {
    anchor_queue *queue;
    client = new_client(url_variable, TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    for (int i = 0; i < CALLS; i++) {
        begin(queue, "abc");
    }
    for (int i = 0; i < CALLS; i++) {
        EXPECT_STATUS(complete_one(queue, monotonic_seconds()), ANCHOR_OK);
    }
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    close_all();
    expect_all_works(queue);
}

static void queue_is_idle(void) {
    while_idle("SANDBOX_URL");
}

static void queue_is_idle_over_tls(void) {
    while_idle("SANDBOX_TLS_URL");
}

static void look_up_is_over(void) {
    set_named_url();
    while_idle("NAMED_URL");
}

/* The calls in flight are stopped by their timeout at the latest. */
static void while_in_flight(const char *session_id) {
    anchor_queue *queue;
    int succeeded = 0;
    client = new_client(url_of_calls, TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    double begun = monotonic_seconds();
    for (int i = 0; i < CALLS; i++) {
        begin(queue, session_id);
    }
    sleep_ms(200);
    close_all();
    for (int i = 0; i < CALLS; i++) {
        succeeded += complete_one(queue, begun) == ANCHOR_OK;
    }
    EXPECT(succeeded == 0);
    expect_all_works(queue);
}

static void queue_is_at_work(void) {
    while_in_flight("stall");
}

static void queue_receives(void) {
    while_in_flight("trickle");
}

static void queue_receives_over_tls(void) {
    url_of_calls = "SANDBOX_TLS_URL";
    while_in_flight("trickle");
}

/* The call after the closing is begun before those before it have ended. */
static void queue_is_used_at_once(void) {
    anchor_queue *queue;
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    begin(queue, "stall");
    sleep_ms(200);
    close_all();
    double begun = monotonic_seconds();
    for (int i = 0; i < 3; i++) {
        begin(queue, "abc");
    }
    for (int i = 0; i < 4; i++) {
        complete_one(queue, begun);
    }
    expect_all_works(queue);
}

static void *stalled_thread(void *session_id) {
    double begun = monotonic_seconds();
    failed += pause_recording(client, session_id) != ANCHOR_OK;
    EXPECT(monotonic_seconds() - begun < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    ended++;
    return NULL;
}

static void threads_are_at_work(void) {
    pthread_t threads[THREADS];
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, stalled_thread, i % 2 == 0 ? "stall" : "trickle") == 0);
    }
    sleep_ms(200);
    close_all();
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT(failed == THREADS && ended == THREADS);
    expect_all_works(NULL);
}

static void nothing_runs(void) {
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    close_all();
    expect_all_works(NULL);
}

/* The host's files get the numbers that the library had. */
static void numbers_are_taken(void) {
    anchor_queue *queue;
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    EXPECT(expect_queue_works(queue) == 0 && expect_thread_works() == 0);
    close_all();
    for (int i = 0; i < 200; i++) {
        CHECK(dup(STDERR_FILENO) >= 3);
    }
    expect_all_works(queue);
}

/* More calls than descriptors allow at once, so that most of them wait for room. */
static void calls_wait_for_room(void) {
    pthread_t threads[CALLS];
    anchor_queue *queue;
    set_soft_limit(RLIMIT_NOFILE, 64);
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    double begun = monotonic_seconds();
    for (int i = 0; i < CALLS; i++) {
        CHECK(pthread_create(&threads[i], NULL, stalled_thread, i % 2 == 0 ? "stall" : "trickle") == 0);
        begin(queue, i % 2 == 0 ? "stall" : "trickle");
    }
    sleep_ms(200);
    close_all();
    for (int i = 0; i < CALLS; i++) {
        complete_one(queue, begun);
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT(ended == CALLS);
    expect_all_works(queue);
}

static void *downloading_thread(void *path) {
    double begun = monotonic_seconds();
    failed += anchor_download_recording(client, "video-slow", path, NULL, NULL) != ANCHOR_OK;
    EXPECT(monotonic_seconds() - begun < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    return NULL;
}

static void downloads_are_at_work(void) {
    char folder[] = "/tmp/anchor-closed-XXXXXX", paths[2][64], command[64];
    pthread_t thread;
    anchor_queue *queue;
    anchor_call *call;
    CHECK(mkdtemp(folder) != NULL);
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, queue, 0) == ANCHOR_OK);
    for (int i = 0; i < 2; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d.mp4", folder, i);
    }
    double begun = monotonic_seconds();
    EXPECT_STATUS(anchor_download_recording(client, "video-slow", paths[0], call, NULL), ANCHOR_OK);
    CHECK(pthread_create(&thread, NULL, downloading_thread, paths[1]) == 0);
    sleep_ms(300);
    close_all();
    EXPECT(complete_one(queue, begun) != ANCHOR_OK);
    CHECK(pthread_join(thread, NULL) == 0);
    EXPECT(failed == 1);
    for (int i = 0; i < 2; i++) {
        EXPECT_STATUS(anchor_download_recording(client, "abc", paths[i], NULL, NULL), ANCHOR_OK);
    }
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
    expect_all_works(queue);
    snprintf(command, sizeof command, "rm -r %s", folder);
    EXPECT(system(command) == 0);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"queue-is-idle", queue_is_idle},
        {"queue-is-idle-over-tls", queue_is_idle_over_tls},
        {"look-up-is-over", look_up_is_over},
        {"queue-is-at-work", queue_is_at_work},
        {"queue-receives", queue_receives},
        {"queue-receives-over-tls", queue_receives_over_tls},
        {"queue-is-used-at-once", queue_is_used_at_once},
        {"threads-are-at-work", threads_are_at_work},
        {"nothing-runs", nothing_runs},
        {"numbers-are-taken", numbers_are_taken},
        {"calls-wait-for-room", calls_wait_for_room},
        {"downloads-are-at-work", downloads_are_at_work},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
