/* Resuming, listing and deleting: each answer and each failure of the network. */
#include "anchor_easy.h"
#include "test_session.h"

#define DEADLINE_S 120
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static anchor_client *open_client(const char *base_url, int32_t max_retries) {
    anchor_easy_config config = {0};
    anchor_client *client = NULL;
    config.base_url = base_url;
    config.max_retries = max_retries;
    if (!CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK)) {
        exit(1);
    }
    return client;
}

/** An endpoint as the rows below ask it; 0 for the timeout is the client's. */
typedef anchor_easy_result ask_function(anchor_client *client, const char *session_id, uint64_t timeout_ms);

static anchor_easy_result resume(anchor_client *client, const char *session_id, uint64_t timeout_ms) {
    return timeout_ms == 0 ? anchor_easy_resume(client, session_id)
                           : anchor_easy_resume_within(client, session_id, timeout_ms);
}

static anchor_easy_result list(anchor_client *client, const char *session_id, uint64_t timeout_ms) {
    char *json = (char *)&json;
    const anchor_easy_result result = timeout_ms == 0
                                          ? anchor_easy_list(client, session_id, &json)
                                          : anchor_easy_list_within(client, session_id, &json, timeout_ms);
    CHECK((json != NULL) == (result.status == ANCHOR_OK));
    CHECK(json == NULL || strstr(json, "\"items\":[") != NULL);
    anchor_free(json);
    return result;
}

static anchor_easy_result delete_primary(anchor_client *client, const char *session_id, uint64_t timeout_ms) {
    return timeout_ms == 0 ? anchor_easy_delete(client, session_id, "primary")
                           : anchor_easy_delete_within(client, session_id, "primary", timeout_ms);
}

static const struct {
    const char *name;
    ask_function *ask;
    /** Whether a request that was sent is sent again. */
    int repeats;
    /** A fault that happens once, which no other row has spent. */
    const char *once;
} endpoints[] = {
    {"resume", resume, 1, "500-once"},
    {"list", list, 1, "503-once"},
    {"delete", delete_primary, 0, "429-once-ms"},
};

/* The sandbox's faults, which are the names of its sessions. */
static const struct {
    const char *session_id;
    int32_t status;
    int32_t http_status;
} refusals[] = {
    {"nobody", ANCHOR_NOT_FOUND, 404},
    {"401", ANCHOR_UNAUTHORIZED, 401},
    {"404", ANCHOR_NOT_FOUND, 404},
    {"422", 422, 422},
    {"429", ANCHOR_RATE_LIMITED, 429},
    {"500", ANCHOR_SERVER_ERROR, 500},
    {"502-page", 502, 502},
    {"302", 302, 302},
    {"html", ANCHOR_BAD_RESPONSE, 200},
    {"empty", ANCHOR_BAD_RESPONSE, 200},
    {"garbage", ANCHOR_BAD_RESPONSE, 200},
    {"array", ANCHOR_BAD_RESPONSE, 200},
    {"deep", ANCHOR_BAD_RESPONSE, 200},
    {"error-in-200", ANCHOR_BAD_RESPONSE, 200},
    {"truncated", ANCHOR_CONNECTION_LOST, 200},
    {"close", ANCHOR_CONNECTION_LOST, 0},
    {"reset", ANCHOR_CONNECTION_LOST, 0},
};

static void test_answers(ask_function *ask) {
    anchor_client *client = open_client(NULL, ANCHOR_EASY_NO_RETRIES);
    const test_session session = start_session();
    anchor_easy_result result = ask(client, session.id, 0);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(result.message[0] == '\0' && result.attempts == 1 && result.request_id[0] != '\0');
    for (size_t row = 0; row < ROWS(refusals); row++) {
        const char *session_id = refusals[row].session_id;
        result = ask(client, session_id, 0);
        CHECK_ROW(session_id, result.status == refusals[row].status);
        CHECK_ROW(session_id, result.http_status == refusals[row].http_status && result.attempts == 1);
        CHECK_ROW(session_id, is_presentable(result.message) && strstr(result.message, session_id) != NULL);
        CHECK_ROW(session_id, result.retry_after_ms == (result.status == ANCHOR_RATE_LIMITED ? 1000U : 0U));
    }
    anchor_easy_close(&client);
}

static void test_repeating(const char *name, ask_function *ask, int repeats, const char *once) {
    const char *const rows[] = {once, "500", "close"};
    anchor_client *client = open_client(NULL, 1);
    for (size_t row = 0; row < ROWS(rows); row++) {
        const unsigned before = request_count();
        const anchor_easy_result result = ask(client, rows[row], 0);
        CHECK_ROW(name, (result.status == ANCHOR_OK) == (repeats && rows[row] == once));
        CHECK_ROW(name, result.attempts == (repeats ? 2U : 1U));
        CHECK_ROW(name, request_count() - before == result.attempts);
    }
    anchor_easy_close(&client);
}

static void test_timeout(ask_function *ask) {
    anchor_client *client = open_client(NULL, 0);
    const unsigned before = request_count();
    const anchor_easy_result result = ask(client, "stall", 200);
    CHECK(result.status == ANCHOR_TIMEOUT && result.attempts == 1 && result.http_status == 0);
    CHECK_ROW(result.message, strstr(result.message, "200 ms") != NULL);
    CHECK(request_count() == before + 1);
    anchor_easy_close(&client);
}

static void test_unusable(ask_function *ask) {
    anchor_client *client = open_client(NULL, 0);
    const unsigned before = request_count();
    anchor_easy_result result = ask(client, "..", 0);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "session_id "));
    result = ask(client, "abc", UINT64_MAX);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "call: timeout_ms "));
    result = ask(NULL, "abc", 0);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "client "));
    CHECK(request_count() == before);
    anchor_easy_close(&client);
}

static void test_connection_refused(ask_function *ask) {
    anchor_client *client = open_client(refusing_url(), ANCHOR_EASY_NO_RETRIES);
    const anchor_easy_result result = ask(client, "abc", 0);
    CHECK(result.status == ANCHOR_CONNECT_FAILED && result.http_status == 0);
    CHECK_ROW(result.message, is_presentable(result.message));
    anchor_easy_close(&client);
}

static void test_effects(void) {
    char *json = NULL;
    anchor_client *client = open_client(NULL, ANCHOR_EASY_NO_RETRIES);
    const test_session session = start_session();
    CHECK(anchor_easy_pause(client, session.id).status == ANCHOR_OK && recording_is(session.id, "paused"));
    CHECK(anchor_easy_resume(client, session.id).status == ANCHOR_OK);
    CHECK(recording_is(session.id, "recording"));
    CHECK(anchor_easy_list(client, session.id, &json).status == ANCHOR_OK && json != NULL);
    CHECK(json != NULL && strstr(json, session.id) != NULL && strstr(json, "\"count\":1") != NULL);
    CHECK(anchor_free(json) == ANCHOR_OK);
    CHECK(anchor_easy_delete(client, session.id, "primary").status == ANCHOR_OK);
    CHECK(recording_is(session.id, "off"));
    CHECK(anchor_easy_delete(client, session.id, "a/b").status == ANCHOR_NOT_FOUND);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"DELETE\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "/recordings/a%2Fb\"") != NULL);
    anchor_easy_close(&client);
}

static void test_unusable_arguments(void) {
    anchor_client *client = open_client(NULL, 0);
    const unsigned before = request_count();
    anchor_easy_result result = anchor_easy_list(client, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "json is NULL"));
    result = anchor_easy_delete(client, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "recording_id "));
    CHECK(request_count() == before);
    anchor_easy_close(&client);
}

int main(void) {
    alarm(DEADLINE_S);
    test_effects();
    test_unusable_arguments();
    for (size_t row = 0; row < ROWS(endpoints); row++) {
        test_answers(endpoints[row].ask);
        test_repeating(endpoints[row].name, endpoints[row].ask, endpoints[row].repeats, endpoints[row].once);
        test_timeout(endpoints[row].ask);
        test_unusable(endpoints[row].ask);
        test_connection_refused(endpoints[row].ask);
    }
    return conclude_test("test_easy_endpoints");
}
