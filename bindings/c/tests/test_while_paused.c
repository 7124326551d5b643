/* A recording that is paused while a function runs. */
#include <pthread.h>

#include "anchor_easy.h"
#include "test_session.h"

#define DEADLINE_S 120
#define STRETCHES 25
#define THREADS 8

/** What a body works with, and what it notes. */
typedef struct scene {
    anchor_client *client;
    const char *session_id;
    int returns;
    int runs;
    /** Bodies that saw the recording running. */
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

static int pause_again(void *user) {
    scene *at = (scene *)user;
    const anchor_easy_held inner = anchor_while_paused(at->client, at->session_id, work, at);
    CHECK(inner.paused.status == ANCHOR_OK && inner.paused.attempts == 1);
    CHECK(inner.resumed.status == ANCHOR_OK && inner.resumed.attempts == 0);
    CHECK(inner.resumed.message[0] == '\0');
    return work(user) + inner.body;
}

static anchor_client *open_client(void) {
    anchor_easy_config config = {0};
    anchor_client *client = NULL;
    config.max_retries = ANCHOR_EASY_NO_RETRIES;
    if (!CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK)) {
        exit(1);
    }
    return client;
}

static void test_the_body_returns(anchor_client *client) {
    const test_session session = start_session();
    scene at = {client, session.id, -7, 0, 0};
    const anchor_easy_held held = anchor_while_paused(client, session.id, work, &at);
    CHECK(held.paused.status == ANCHOR_OK && held.paused.attempts == 1 && held.paused.http_status == 200);
    CHECK(held.body == -7 && at.runs == 1 && at.exposed == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 1 && held.resumed.http_status == 200);
    CHECK(recording_is(session.id, "recording"));
    CHECK(requests_to(session.id, "pause") == 1 && requests_to(session.id, "resume") == 1);
}

static void test_pausing_fails(anchor_client *client) {
    scene at = {client, "500", 3, 0, 0};
    const unsigned resumes = requests_to("500", "resume");
    const anchor_easy_held held = anchor_while_paused(client, at.session_id, work, &at);
    CHECK(held.paused.status == ANCHOR_SERVER_ERROR && is_presentable(held.paused.message));
    CHECK(at.runs == 0 && held.body == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 0);
    CHECK(requests_to("500", "resume") == resumes);
}

/** Ends the call before the body has run, or after it. */
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

static void test_a_cancelled_pausing(anchor_client *client) {
    canceller own = {{client, "stall", 3, 0, 0}, 0};
    const anchor_easy_call cancelled = {.progress = cancel, .user = &own};
    const anchor_easy_held held =
        anchor_while_paused_with(client, own.at.session_id, work_of_canceller, &own, &cancelled);
    CHECK(held.paused.status == ANCHOR_CANCELLED && held.paused.attempts == 1);
    CHECK(own.at.runs == 0 && held.body == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 0);
    CHECK(requests_to("stall", "pause") == 1 && requests_to("stall", "resume") == 0);
}

/* What would cancel the resuming too is not asked. */
static void test_settings_are_for_pausing_alone(anchor_client *client) {
    const test_session session = start_session();
    canceller own = {{client, session.id, 3, 0, 0}, 1};
    const anchor_easy_call later = {.progress = cancel, .user = &own};
    const anchor_easy_held held =
        anchor_while_paused_with(client, session.id, work_of_canceller, &own, &later);
    CHECK(held.paused.status == ANCHOR_OK && held.body == 3 && own.at.runs == 1 && own.at.exposed == 0);
    CHECK(held.resumed.status == ANCHOR_OK && held.resumed.attempts == 1);
    CHECK(recording_is(session.id, "recording"));
}

static void test_resuming_fails(anchor_client *client) {
    char expected[384];
    const test_session session = start_session();
    scene at = {client, session.id, 5, 0, 0};
    anchor_easy_held held = anchor_while_paused(client, session.id, end_the_session, &at);
    CHECK(held.paused.status == ANCHOR_OK && at.runs == 1 && at.exposed == 0);
    CHECK(held.body == 5);
    CHECK(held.resumed.status == ANCHOR_NOT_FOUND && held.resumed.http_status == 404);
    snprintf(
        expected, sizeof expected,
        "the body ran, and the recording of session \"%s\" may still be paused; call anchor_easy_resume: "
        "404 the session was not found while resuming session \"%s\" ",
        session.id, session.id);
    CHECK_ROW(held.resumed.message, begins_with(held.resumed.message, expected));
    CHECK_ROW(held.resumed.message, is_presentable(held.resumed.message));
    /* The hold is over all the same: the next one asks the API again. */
    held = anchor_while_paused(client, session.id, work, &at);
    CHECK(held.paused.status == ANCHOR_NOT_FOUND && at.runs == 1);
    CHECK_ROW(held.paused.message,
              begins_with(held.paused.message, "404 the session was not found while pausing "));
}

static void test_nested(anchor_client *client) {
    const test_session session = start_session();
    scene at = {client, session.id, 2, 0, 0};
    const anchor_easy_held held = anchor_while_paused(client, session.id, pause_again, &at);
    CHECK(held.paused.status == ANCHOR_OK && held.resumed.status == ANCHOR_OK);
    CHECK(held.body == 4 && at.runs == 2 && at.exposed == 0);
    CHECK(requests_to(session.id, "pause") == 2 && requests_to(session.id, "resume") == 1);
    CHECK(recording_is(session.id, "recording"));
}

static int nest(void *user) {
    scene *at = (scene *)user;
    const anchor_easy_held inner = anchor_while_paused(at->client, at->session_id, work, at);
    return work(user) + (inner.paused.status != ANCHOR_OK) + (inner.resumed.status != ANCHOR_OK);
}

/* Every other stretch has another one inside. */
static void *run_stretches(void *user) {
    scene *at = (scene *)user;
    int succeeded = 0;
    for (int stretch = 0; stretch < STRETCHES; stretch++) {
        const anchor_easy_held held =
            anchor_while_paused(at->client, at->session_id, stretch % 2 == 0 ? work : nest, at);
        succeeded += held.paused.status == ANCHOR_OK && held.body == 0 && held.resumed.status == ANCHOR_OK;
    }
    at->returns = succeeded;
    return NULL;
}

static void test_threads(anchor_client *client) {
    const test_session session = start_session();
    scene scenes[THREADS];
    pthread_t threads[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
        scenes[thread] = (scene){client, session.id, 0, 0, 0};
        CHECK(pthread_create(&threads[thread], NULL, run_stretches, &scenes[thread]) == 0);
    }
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0);
        CHECK(scenes[thread].returns == STRETCHES);
        CHECK(scenes[thread].runs == STRETCHES + STRETCHES / 2);
        CHECK(scenes[thread].exposed == 0);
    }
    CHECK(recording_is(session.id, "recording"));
}

static void test_unusable(anchor_client *client) {
    scene at = {client, "abc", 1, 0, 0};
    const unsigned before = request_count();
    anchor_easy_held held = anchor_while_paused(client, "abc", NULL, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT && begins_with(held.paused.message, "body is NULL"));
    held = anchor_while_paused(client, "", work, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT && begins_with(held.paused.message, "session_id "));
    held = anchor_while_paused(NULL, "abc", work, &at);
    CHECK(held.paused.status == ANCHOR_INVALID_ARGUMENT && begins_with(held.paused.message, "client "));
    CHECK(at.runs == 0 && request_count() == before);
}

int main(void) {
    alarm(DEADLINE_S);
    anchor_client *client = open_client();
    test_the_body_returns(client);
    test_pausing_fails(client);
    test_a_cancelled_pausing(client);
    test_settings_are_for_pausing_alone(client);
    test_resuming_fails(client);
    test_nested(client);
    test_threads(client);
    test_unusable(client);
    anchor_easy_close(&client);
    return conclude_test("test_easy_held");
}
