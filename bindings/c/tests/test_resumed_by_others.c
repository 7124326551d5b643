/* Somebody else resumes while a function runs: the next block is paused all the same. */
#include "anchor_easy.h"
#include "test_process.h"
#include "test_session.h"

#define DEADLINE_S 120
#define ROUNDS 5
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const char *program;

/** What a body works with, and what it notes. */
typedef struct scene {
    anchor_client *client;
    const char *session_id;
    int runs;
    /** Bodies that saw the recording running. */
    int exposed;
    /** Resumes on behalf of somebody else. */
    void (*resume)(const struct scene *at);
    other_process other;
} scene;

static anchor_client *open_client(void) {
    anchor_client *client = NULL;
    anchor_easy_config config = {0};
    config.max_retries = ANCHOR_EASY_NO_RETRIES;
    if (!CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK)) {
        exit(1);
    }
    return client;
}

static int look(void *user) {
    scene *at = (scene *)user;
    at->runs++;
    at->exposed += !recording_is(at->session_id, "paused");
    return 0;
}

static int succeeded(anchor_easy_held held) {
    return held.paused.status == ANCHOR_OK && held.resumed.status == ANCHOR_OK;
}

static void resume_by_the_same_client(const scene *at) {
    CHECK(anchor_easy_resume(at->client, at->session_id).status == ANCHOR_OK);
}

static void resume_by_another_client(const scene *at) {
    anchor_client *other = open_client();
    CHECK(anchor_easy_resume(other, at->session_id).status == ANCHOR_OK);
    anchor_easy_close(&other);
}

static void resume_by_hand(const scene *at) {
    char path[128];
    char answer[2048];
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings/resume", at->session_id);
    ask_sandbox("POST", path, answer, sizeof answer);
}

/* What no library can keep paused is the rest of this body; the blocks in it are. */
static int look_twice_after_a_resume(void *user) {
    scene *at = (scene *)user;
    look(at);
    at->resume(at);
    CHECK(recording_is(at->session_id, "recording"));
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, look, at)));
    CHECK(recording_is(at->session_id, "paused"));
    at->resume(at);
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, look, at)));
    return look(at);
}

static void test_somebody_resumes(anchor_client *client) {
    static void (*const resumes[])(const scene *at) = {resume_by_the_same_client, resume_by_another_client,
                                                       resume_by_hand};
    for (size_t row = 0; row < ROWS(resumes); row++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id, .resume = resumes[row]};
        CHECK(succeeded(anchor_while_paused(client, session.id, look_twice_after_a_resume, &at)));
        CHECK(recording_is(session.id, "recording"));
        CHECK(succeeded(anchor_while_paused(client, session.id, look, &at)));
        CHECK(at.runs == 5 && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
    }
}

/* The other process: a block, and another one in it when it is continued to. */
static int look_and_nest(void *user) {
    scene *at = (scene *)user;
    look(at);
    const int continued = finish_step();
    const int nested = succeeded(anchor_while_paused(at->client, at->session_id, look, at));
    return continued && nested && finish_step() ? 0 : 1;
}

static int run_other(const char *session_id) {
    scene at = {.client = open_client(), .session_id = session_id};
    const anchor_easy_held held = anchor_while_paused(at.client, session_id, look_and_nest, &at);
    const int continued = finish_step();
    anchor_easy_close(&at.client);
    return succeeded(held) && held.body == 0 && continued && at.runs == 2 && at.exposed == 0 ? 0 : 1;
}

/* The other process begins and ends within this body. */
static int look_around_the_other(void *user) {
    scene *at = (scene *)user;
    look(at);
    at->other = start_other(program, "other", at->session_id);
    CHECK(await_step(at->other.from));
    look(at);
    CHECK(signal_step(at->other.to) && await_step(at->other.from));
    look(at);
    CHECK(signal_step(at->other.to) && await_step(at->other.from));
    CHECK(recording_is(at->session_id, "recording"));
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, look, at)));
    look(at);
    CHECK(signal_step(at->other.to));
    return end_other(&at->other);
}

static void test_another_process_ends_first(anchor_client *client) {
    for (int round = 0; round < ROUNDS; round++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id};
        const anchor_easy_held held = anchor_while_paused(client, session.id, look_around_the_other, &at);
        CHECK(succeeded(held) && held.body == 0 && at.runs == 5 && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
    }
}

static void test_another_process_goes_on(anchor_client *client) {
    for (int round = 0; round < ROUNDS; round++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id};
        at.other = start_other(program, "other", session.id);
        CHECK(await_step(at.other.from) && recording_is(session.id, "paused"));
        CHECK(succeeded(anchor_while_paused(client, session.id, look, &at)) && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
        /* Its block within is paused, and stays so when that ends: its own client holds it. */
        CHECK(signal_step(at.other.to) && await_step(at.other.from) && recording_is(session.id, "paused"));
        CHECK(signal_step(at.other.to) && await_step(at.other.from) && recording_is(session.id, "recording"));
        CHECK(signal_step(at.other.to) && end_other(&at.other) == 0);
    }
}

int main(int count, char **arguments) {
    alarm(DEADLINE_S);
    program = arguments[0];
    if (count == 3) {
        return run_other(arguments[2]);
    }
    anchor_client *client = open_client();
    test_somebody_resumes(client);
    test_another_process_ends_first(client);
    test_another_process_goes_on(client);
    anchor_easy_close(&client);
    return conclude_test("test_easy_overlap");
}
