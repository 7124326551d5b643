/* Every endpoint but pausing: each answer and each failure of the network. */
#include "anchor_easy.h"
#include "test_download.h"
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

/** An endpoint as the rows below ask it. */
typedef anchor_easy_result ask_function(anchor_client *client, const char *session_id,
                                        const anchor_easy_call *settings);

static anchor_easy_result resume(anchor_client *client, const char *session_id,
                                 const anchor_easy_call *settings) {
    return settings == NULL ? anchor_easy_resume(client, session_id)
                            : anchor_easy_resume_with(client, session_id, settings);
}

static anchor_easy_result list(anchor_client *client, const char *session_id,
                               const anchor_easy_call *settings) {
    char *json = (char *)&json;
    const anchor_easy_result result = settings == NULL
                                          ? anchor_easy_list(client, session_id, &json)
                                          : anchor_easy_list_with(client, session_id, &json, settings);
    CHECK((json != NULL) == (result.status == ANCHOR_OK));
    CHECK(json == NULL || strstr(json, "\"items\":[") != NULL);
    anchor_free(json);
    return result;
}

static anchor_easy_result delete_primary(anchor_client *client, const char *session_id,
                                         const anchor_easy_call *settings) {
    return settings == NULL ? anchor_easy_delete(client, session_id, "primary")
                            : anchor_easy_delete_with(client, session_id, "primary", settings);
}

static anchor_easy_result download(anchor_client *client, const char *session_id,
                                   const anchor_easy_call *settings) {
    const test_folder folder = make_folder();
    const anchor_easy_result result =
        settings == NULL ? anchor_easy_download(client, session_id, folder.video)
                         : anchor_easy_download_with(client, session_id, folder.video, settings);
    CHECK_ROW(session_id, is_video(folder.video, VIDEO_BYTES, 1) == (result.status == ANCHOR_OK));
    CHECK_ROW(session_id, files_in(&folder, "") == (result.status == ANCHOR_OK));
    remove_folder(&folder);
    return result;
}

static anchor_easy_result request(anchor_client *client, const char *session_id,
                                  const anchor_easy_call *settings) {
    char path[64];
    char *json = (char *)&json;
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings", session_id);
    const anchor_easy_result result =
        settings == NULL ? anchor_easy_request(client, "GET", path, NULL, &json)
                         : anchor_easy_request_with(client, "GET", path, NULL, &json, settings);
    CHECK((json != NULL) == (result.status == ANCHOR_OK));
    CHECK(json == NULL || strstr(json, "\"items\":[") != NULL || strcmp(json, "[]") == 0);
    anchor_free(json);
    return result;
}

static const struct {
    const char *name;
    ask_function *ask;
    /** Whether a request that was sent is sent again although it may have taken effect. */
    int repeats;
    /** A fault that happens once, after which any request is repeated. No other row has spent
     * it. */
    const char *once;
    /** What comes of JSON that ends too early. */
    int32_t truncated;
    /** What comes of a list where an object is expected. */
    int32_t array;
} endpoints[] = {
    {"resume", resume, 1, "500-once", ANCHOR_CONNECTION_LOST, ANCHOR_BAD_RESPONSE},
    {"list", list, 1, "503-once", ANCHOR_CONNECTION_LOST, ANCHOR_BAD_RESPONSE},
    {"delete", delete_primary, 0, "429-once-ms", ANCHOR_CONNECTION_LOST, ANCHOR_BAD_RESPONSE},
    {"download", download, 1, "reset-once", ANCHOR_BAD_RESPONSE, ANCHOR_BAD_RESPONSE},
    {"request", request, 1, "close-once", ANCHOR_CONNECTION_LOST, ANCHOR_OK},
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
    {"deep", ANCHOR_BAD_RESPONSE, 200},
    {"error-in-200", ANCHOR_BAD_RESPONSE, 200},
    {"close", ANCHOR_CONNECTION_LOST, 0},
    {"reset", ANCHOR_CONNECTION_LOST, 0},
};

static void test_answers(ask_function *ask, int32_t truncated, int32_t array) {
    anchor_client *client = open_client(NULL, ANCHOR_EASY_NO_RETRIES);
    const test_session session = start_session();
    anchor_easy_result result = ask(client, session.id, NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(result.message[0] == '\0' && result.attempts == 1 && result.request_id[0] != '\0');
    for (size_t row = 0; row < ROWS(refusals); row++) {
        const char *session_id = refusals[row].session_id;
        result = ask(client, session_id, NULL);
        CHECK_ROW(session_id, result.status == refusals[row].status);
        CHECK_ROW(session_id, result.http_status == refusals[row].http_status && result.attempts == 1);
        CHECK_ROW(session_id, is_presentable(result.message) && strstr(result.message, session_id) != NULL);
        CHECK_ROW(session_id, result.retry_after_ms == (result.status == ANCHOR_RATE_LIMITED ? 1000U : 0U));
    }
    CHECK(ask(client, "truncated", NULL).status == truncated);
    CHECK(ask(client, "array", NULL).status == array);
    anchor_easy_close(&client);
}

static void test_repeating(const char *name, ask_function *ask, int repeats, const char *once) {
    const char *const rows[] = {once, "500", "close"};
    anchor_client *client = open_client(NULL, 1);
    for (size_t row = 0; row < ROWS(rows); row++) {
        const unsigned before = request_count();
        const anchor_easy_result result = ask(client, rows[row], NULL);
        CHECK_ROW(name, (result.status == ANCHOR_OK) == (rows[row] == once));
        CHECK_ROW(name, result.attempts == (repeats || rows[row] == once ? 2U : 1U));
        CHECK_ROW(name, request_count() - before == result.attempts);
    }
    anchor_easy_close(&client);
}

/* After 429 and after x-should-retry: true nothing was done, so that repeating can do no harm. */
static void test_repeated_as_nothing_was_done(void) {
    anchor_client *client = open_client(NULL, 1);
    anchor_easy_result result = anchor_easy_delete(client, "400-once-retry", "primary");
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 2);
    result = anchor_easy_request(client, "POST", "/v1/sessions/429-once/recordings/pause", NULL, NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 2);
    result = anchor_easy_request(client, "POST", "/v1/sessions/409-once/recordings/pause", NULL, NULL);
    CHECK_ROW(result.message, result.status == 409 && result.attempts == 1);
    anchor_easy_close(&client);
}

static int refuse_to_go_on(void *user, uint64_t done, uint64_t total) {
    unsigned *asked = (unsigned *)user;
    CHECK(done == 0 && total == 0);
    ++*asked;
    return 1;
}

static void test_settings_of_a_call(ask_function *ask, int repeats) {
    unsigned asked = 0;
    const anchor_easy_call hasty = {.timeout_ms = 200};
    const anchor_easy_call watched = {.progress = refuse_to_go_on, .user = &asked};
    const anchor_easy_call once = {.max_retries = ANCHOR_EASY_NO_RETRIES};
    const anchor_easy_call as_the_client = {0};
    anchor_client *client = open_client(NULL, 1);
    const unsigned before = request_count();
    anchor_easy_result result = ask(client, "stall", &hasty);
    CHECK(result.status == ANCHOR_TIMEOUT && result.attempts == 1 && result.http_status == 0);
    CHECK_ROW(result.message, strstr(result.message, "200 ms") != NULL);
    result = ask(client, "stall", &watched);
    CHECK(result.status == ANCHOR_CANCELLED && result.attempts == 1 && asked == 1);
    CHECK(request_count() == before + 2);
    CHECK(ask(client, "500", &once).attempts == 1);
    CHECK(ask(client, "500", &as_the_client).attempts == (repeats ? 2U : 1U));
    anchor_easy_close(&client);
}

static void test_unusable(ask_function *ask) {
    const anchor_easy_call endless = {.timeout_ms = UINT64_MAX};
    anchor_client *client = open_client(NULL, 0);
    const unsigned before = request_count();
    anchor_easy_result result = ask(client, "..", NULL);
    const char *argument = ask == request ? "path " : "session_id ";
    CHECK_ROW(result.message,
              result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, argument));
    result = ask(client, "abc", &endless);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "call: timeout_ms "));
    result = ask(NULL, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "client "));
    CHECK(request_count() == before);
    anchor_easy_close(&client);
}

static void test_connection_refused(ask_function *ask) {
    anchor_client *client = open_client(refusing_url(), ANCHOR_EASY_NO_RETRIES);
    const anchor_easy_result result = ask(client, "abc", NULL);
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
    CHECK(anchor_easy_delete(client, session.id, "a?b").status == ANCHOR_NOT_FOUND);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"DELETE\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "/recordings/a%3Fb\"") != NULL);
    anchor_easy_close(&client);
}

static void test_any_request(void) {
    char path[96];
    char *json = (char *)&json;
    anchor_client *client = open_client(NULL, ANCHOR_EASY_NO_RETRIES);
    anchor_easy_result result =
        anchor_easy_request(client, "POST", "/v1/sessions?a=b%20c", "{\"x\":1}", &json);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(json != NULL && strstr(json, "\"id\":\"") != NULL);
    anchor_free(json);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"POST\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"query\":\"a=b%20c\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":7") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"content-type\":\"application/json\"") != NULL);
    /* The library refuses no JSON that a server may take. */
    result = anchor_easy_request(client, "POST", "/v1/sessions/request-1/anything",
                                 "{\"x\":[\"\\ud83d\",1e400]}", NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":22") != NULL);
    /* Success without a body, and an answer that is not wanted. */
    json = (char *)&json;
    result = anchor_easy_request(client, "POST", "/v1/sessions/no-content/recordings/pause", NULL, &json);
    CHECK(result.status == ANCHOR_OK && result.http_status == 204 && json == NULL);
    const test_session session = start_session();
    snprintf(path, sizeof path, "/v1/sessions/%s", session.id);
    CHECK(anchor_easy_request(client, "DELETE", path, NULL, NULL).status == ANCHOR_OK);
    CHECK(anchor_easy_resume(client, session.id).status == ANCHOR_NOT_FOUND);
    anchor_easy_close(&client);
}

static void test_unusable_arguments(void) {
    const struct {
        const char *method;
        const char *path;
        const char *body;
        const char *argument;
    } rows[] = {
        {NULL, "/v1/sessions", NULL, "method is NULL"},
        {"HEAD", "/v1/sessions", NULL, "method "},
        {"GET", NULL, NULL, "path is NULL"},
        {"GET", "v1/sessions", NULL, "path "},
        {"GET", "//elsewhere/v1", NULL, "path "},
        {"GET", "/v1/a b", NULL, "path "},
        {"POST", "/v1/sessions", "\xFF", "body "},
    };
    anchor_client *client = open_client(NULL, 0);
    const unsigned before = request_count();
    anchor_easy_result result = anchor_easy_list(client, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "json is NULL"));
    result = anchor_easy_delete(client, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "recording_id "));
    for (size_t row = 0; row < ROWS(rows); row++) {
        char *json = (char *)&json;
        result = anchor_easy_request(client, rows[row].method, rows[row].path, rows[row].body, &json);
        CHECK_ROW(result.message, result.status == ANCHOR_INVALID_ARGUMENT && json == NULL);
        CHECK_ROW(result.message, begins_with(result.message, rows[row].argument));
    }
    CHECK(request_count() == before);
    anchor_easy_close(&client);
}

int main(void) {
    alarm(DEADLINE_S);
    test_effects();
    test_any_request();
    test_unusable_arguments();
    test_repeated_as_nothing_was_done();
    for (size_t row = 0; row < ROWS(endpoints); row++) {
        test_answers(endpoints[row].ask, endpoints[row].truncated, endpoints[row].array);
        test_repeating(endpoints[row].name, endpoints[row].ask, endpoints[row].repeats, endpoints[row].once);
        test_settings_of_a_call(endpoints[row].ask, endpoints[row].repeats);
        test_unusable(endpoints[row].ask);
        test_connection_refused(endpoints[row].ask);
    }
    return conclude_test("test_easy_endpoints");
}
