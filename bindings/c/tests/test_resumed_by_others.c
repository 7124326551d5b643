/* If someone else resumes the recording while a body runs, the next block pauses it again. */
#include "test_client.h"
#include "test_process.h"
#include "test_session.h"

#define DEADLINE_S 120
#define ROUNDS 5

static const char *program;

/** The arguments of a body, and its observations. */
typedef struct scene {
    anchor_client *client;
    const char *session_id;
    int runs;
    /** How often a body found that the recording was not paused. */
    int exposed;
    /** Resumes the recording as someone else would. */
    void (*resume)(const struct scene *at);
    child_process child;
} scene;

static int check_paused(void *user) {
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
    anchor_client *other = open_client_without_retries();
    CHECK(anchor_easy_resume(other, at->session_id).status == ANCHOR_OK);
    anchor_easy_close(&other);
}

static void resume_without_the_library(const scene *at) {
    char path[128];
    char answer[2048];
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings/resume", at->session_id);
    ask_sandbox("POST", path, answer, sizeof answer);
}

/* The rest of this body is recorded, but the blocks in it are paused. */
static int nest_blocks_after_resumes(void *user) {
    scene *at = (scene *)user;
    check_paused(at);
    at->resume(at);
    CHECK(recording_is(at->session_id, "recording"));
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, check_paused, at)));
    CHECK(recording_is(at->session_id, "paused"));
    at->resume(at);
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, check_paused, at)));
    return check_paused(at);
}

static void test_a_block_pauses_again_after_a_resume(anchor_client *client) {
    static void (*const resumes[])(const scene *at) = {resume_by_the_same_client, resume_by_another_client,
                                                       resume_without_the_library};
    for (size_t row = 0; row < ROWS(resumes); row++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id, .resume = resumes[row]};
        CHECK(succeeded(anchor_while_paused(client, session.id, nest_blocks_after_resumes, &at)));
        CHECK(recording_is(session.id, "recording"));
        CHECK(succeeded(anchor_while_paused(client, session.id, check_paused, &at)));
        CHECK(at.runs == 5 && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
    }
}

/* The child runs a block, and in its second step a nested one. */
static int check_and_nest(void *user) {
    scene *at = (scene *)user;
    check_paused(at);
    const int continued = finish_step();
    const int nested = succeeded(anchor_while_paused(at->client, at->session_id, check_paused, at));
    return continued && nested && finish_step() ? 0 : 1;
}

static int run_child(const char *session_id) {
    scene at = {.client = open_client_without_retries(), .session_id = session_id};
    const anchor_easy_held held = anchor_while_paused(at.client, session_id, check_and_nest, &at);
    const int continued = finish_step();
    anchor_easy_close(&at.client);
    return succeeded(held) && held.body == 0 && continued && at.runs == 2 && at.exposed == 0 ? 0 : 1;
}

/* The child begins and ends its block during this body. */
static int run_beside_a_child(void *user) {
    scene *at = (scene *)user;
    check_paused(at);
    at->child = start_child(program, "child", at->session_id);
    CHECK(await_step(at->child.from));
    check_paused(at);
    CHECK(signal_step(at->child.to) && await_step(at->child.from));
    check_paused(at);
    CHECK(signal_step(at->child.to) && await_step(at->child.from));
    CHECK(recording_is(at->session_id, "recording"));
    CHECK(succeeded(anchor_while_paused(at->client, at->session_id, check_paused, at)));
    check_paused(at);
    CHECK(signal_step(at->child.to));
    return end_child(&at->child);
}

static void test_a_block_outlasts_one_of_another_process(anchor_client *client) {
    for (int round = 0; round < ROUNDS; round++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id};
        const anchor_easy_held held = anchor_while_paused(client, session.id, run_beside_a_child, &at);
        CHECK(succeeded(held) && held.body == 0 && at.runs == 5 && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
    }
}

static void test_a_block_ends_before_one_of_another_process(anchor_client *client) {
    for (int round = 0; round < ROUNDS; round++) {
        const test_session session = start_session();
        scene at = {.client = client, .session_id = session.id};
        at.child = start_child(program, "child", session.id);
        CHECK(await_step(at.child.from) && recording_is(session.id, "paused"));
        CHECK(succeeded(anchor_while_paused(client, session.id, check_paused, &at)) && at.exposed == 0);
        CHECK(recording_is(session.id, "recording"));
        /* The child's nested block pauses. Its end does not resume: the outer block still runs. */
        CHECK(signal_step(at.child.to) && await_step(at.child.from) && recording_is(session.id, "paused"));
        CHECK(signal_step(at.child.to) && await_step(at.child.from) && recording_is(session.id, "recording"));
        CHECK(signal_step(at.child.to) && end_child(&at.child) == 0);
    }
}

int main(int count, char **arguments) {
    alarm(DEADLINE_S);
    program = arguments[0];
    if (count == 3) {
        return run_child(arguments[2]);
    }
    anchor_client *client = open_client_without_retries();
    test_a_block_pauses_again_after_a_resume(client);
    test_a_block_outlasts_one_of_another_process(client);
    test_a_block_ends_before_one_of_another_process(client);
    anchor_easy_close(&client);
    return conclude_test("test_resumed_by_others");
}
