/* anchor_while_paused pauses the recording, runs a function and resumes the recording. */
#include <pthread.h>

#include "test_client.h"
#include "test_session.h"

#define DEADLINE_S 120
#define BLOCKS 25
#define THREADS 8

/** The arguments of a body, and its observations. */
typedef struct scene {
    anchor_client *client;
    const char *session_id;
    int returns;
    int runs;
    /** How often a body found that the recording was not paused. */
    int exposed;
} scene;

static int work(void *user) {
    scene *at = (scene *)user;
    at->runs++;
    at->exposed += !recording_is(at->session_id, "paused");
    return at->returns;
}

static int end_the_session(void *user) {
    const int returns = work(user);
    end_session(((scene *)user)->session_id);
    return returns;
}

static int run_a_nested_block(void *user) {
    scene *at = (scene *)user;
    const anchor_easy_held inner = anchor_while_paused(at->client, at->session_id, work, at);
    CHECK(inner.paused.status == ANCHOR_OK && inner.paused.attempts == 1);
    CHECK(inner.resumed.status == ANCHOR_OK && inner.resumed.attempts == 0);
    CHECK(inner.resumed.message[0] == '\0');
    return work(user) + inner.body;
}

static void test_the_recording_is_paused_while_the_body_runs(anchor_client *client) {
    const test_session session = start_session();
    scene at = {client, session.id, -7, 0, 0};
    const anchor_easy_held held = anchor_while_paused(client, session.id, work, &at);
    CHECK(held.paused.status == ANCHOR_OK && held.paused.attempts == 1 && held.paused.http_status == 200);
    CHECK(held.body == -7 && at.runs == 1 && at.exposed == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 1 && held.resumed.http_status == 200);
    CHECK(recording_is(session.id, "recording"));
    CHECK(requests_to(session.id, "pause") == 1 && requests_to(session.id, "resume") == 1);
}

static void test_the_body_does_not_run_if_pausing_fails(anchor_client *client) {
    scene at = {client, "500", 3, 0, 0};
    const unsigned resumes = requests_to("500", "resume");
    const anchor_easy_held held = anchor_while_paused(client, at.session_id, work, &at);
    CHECK(held.paused.status == ANCHOR_SERVER_ERROR && is_presentable(held.paused.message));
    CHECK(at.runs == 0 && held.body == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 0);
    CHECK(requests_to("500", "resume") == resumes);
}

/** Cancels the call before the body has run, or after it. */
typedef struct canceller {
    scene at;
    int when_runs;
} canceller;

static int32_t cancel(void *user, uint64_t done, uint64_t total) {
    const canceller *own = (const canceller *)user;
    (void)done;
    (void)total;
    return own->at.runs == own->when_runs;
}

static int work_of_canceller(void *user) {
    return work(&((canceller *)user)->at);
}

static void test_the_body_does_not_run_if_pausing_is_cancelled(anchor_client *client) {
    canceller own = {{client, "stall", 3, 0, 0}, 0};
    const anchor_easy_call cancelled = {.progress = cancel, .user = &own};
    const anchor_easy_held held =
        anchor_while_paused_with(client, own.at.session_id, work_of_canceller, &own, &cancelled);
    CHECK(held.paused.status == ANCHOR_CANCELLED && held.paused.attempts == 1);
    CHECK(own.at.runs == 0 && held.body == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 0);
    CHECK(requests_to("stall", "pause") == 1 && requests_to("stall", "resume") == 0);
}

/* The progress function would cancel the resume as well if it were called. */
static void test_settings_apply_only_to_pausing(anchor_client *client) {
    const test_session session = start_session();
    canceller own = {{client, session.id, 3, 0, 0}, 1};
    const anchor_easy_call later = {.progress = cancel, .user = &own};
    const anchor_easy_held held =
        anchor_while_paused_with(client, session.id, work_of_canceller, &own, &later);
    CHECK(held.paused.status == ANCHOR_OK && held.body == 3 && own.at.runs == 1 && own.at.exposed == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 1);
    CHECK(recording_is(session.id, "recording"));
}

static void test_a_failed_resume_reports_that_the_body_ran(anchor_client *client) {
    char expected[384];
    const test_session session = start_session();
    scene at = {client, session.id, 5, 0, 0};
    anchor_easy_held held = anchor_while_paused(client, session.id, end_the_session, &at);
    CHECK(held.paused.status == ANCHOR_OK && at.runs == 1 && at.exposed == 0);
    CHECK(held.body == 5);
    CHECK(held.resumed.status == ANCHOR_NOT_FOUND && held.resumed.http_status == 404);
    snprintf(expected, sizeof expected,
             "the function ran, and the recording of session \"%s\" was not resumed: "
             "404 the session was not found while resuming session \"%s\" ",
             session.id, session.id);
    CHECK_ROW(held.resumed.message, begins_with(held.resumed.message, expected));
    CHECK_ROW(held.resumed.message, is_presentable(held.resumed.message));
    /* The failed block has ended: the next one sends its own pause. */
    held = anchor_while_paused(client, session.id, work, &at);
    CHECK(held.paused.status == ANCHOR_NOT_FOUND && at.runs == 1);
    CHECK_ROW(held.paused.message,
              begins_with(held.paused.message, "404 the session was not found while pausing "));
}

static void test_nested_blocks_resume_once(anchor_client *client) {
    const test_session session = start_session();
    scene at = {client, session.id, 2, 0, 0};
    const anchor_easy_held held = anchor_while_paused(client, session.id, run_a_nested_block, &at);
    CHECK(held.paused.status == ANCHOR_OK && held.resumed.status == ANCHOR_OK);
    CHECK(held.body == 4 && at.runs == 2 && at.exposed == 0);
    CHECK(requests_to(session.id, "pause") == 2 && requests_to(session.id, "resume") == 1);
    CHECK(recording_is(session.id, "recording"));
}

static int work_and_nest(void *user) {
    scene *at = (scene *)user;
    const anchor_easy_held inner = anchor_while_paused(at->client, at->session_id, work, at);
    return work(user) + (inner.paused.status != ANCHOR_OK) + (inner.resumed.status != ANCHOR_OK);
}

/* Every second block contains another one. */
static void *run_blocks(void *user) {
    scene *at = (scene *)user;
    int succeeded = 0;
    for (int block = 0; block < BLOCKS; block++) {
        const anchor_easy_held held =
            anchor_while_paused(at->client, at->session_id, block % 2 == 0 ? work : work_and_nest, at);
        succeeded += held.paused.status == ANCHOR_OK && held.body == 0 && held.resumed.status == ANCHOR_OK;
    }
    at->returns = succeeded;
    return NULL;
}

static void test_blocks_overlap_in_many_threads(anchor_client *client) {
    const test_session session = start_session();
    scene scenes[THREADS];
    pthread_t threads[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
        scenes[thread] = (scene){client, session.id, 0, 0, 0};
        CHECK(pthread_create(&threads[thread], NULL, run_blocks, &scenes[thread]) == 0);
    }
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0);
        CHECK(scenes[thread].returns == BLOCKS);
        CHECK(scenes[thread].runs == BLOCKS + BLOCKS / 2);
        CHECK(scenes[thread].exposed == 0);
    }
    CHECK(recording_is(session.id, "recording"));
}

static void test_unusable_arguments_are_refused_before_sending(anchor_client *client) {
    scene at = {client, "abc", 1, 0, 0};
    const unsigned before = request_count();
    anchor_easy_held held = anchor_while_paused(client, "abc", NULL, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT &&
          begins_with(held.paused.message, "function is NULL"));
    held = anchor_while_paused(client, "", work, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT && begins_with(held.paused.message, "session_id "));
    held = anchor_while_paused(NULL, "abc", work, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT && begins_with(held.paused.message, "client "));
    CHECK(at.runs == 0 && request_count() == before);
}

int main(void) {
    alarm(DEADLINE_S);
    anchor_client *client = open_client_without_retries();
    test_the_recording_is_paused_while_the_body_runs(client);
    test_the_body_does_not_run_if_pausing_fails(client);
    test_the_body_does_not_run_if_pausing_is_cancelled(client);
    test_settings_apply_only_to_pausing(client);
    test_a_failed_resume_reports_that_the_body_ran(client);
    test_nested_blocks_resume_once(client);
    test_blocks_overlap_in_many_threads(client);
    test_unusable_arguments_are_refused_before_sending(client);
    anchor_easy_close(&client);
    return conclude_test("test_while_paused");
}
