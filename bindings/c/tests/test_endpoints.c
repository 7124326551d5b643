/* All functions except pausing: effects, answers, failures, retries and settings of one call. */
#include "test_client.h"
#include "test_download.h"
#include "test_session.h"
#include "test_tables.h"

#define DEADLINE_S 120

/** A function of the wrapper, called without settings if they are NULL. */
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
    CHECK((json != NULL) == (result.status == ANCHOR_OK && result.http_status == 200));
    CHECK(json == NULL || strstr(json, "\"items\":[") != NULL || strcmp(json, "[]") == 0);
    anchor_free(json);
    return result;
}

static const struct endpoint {
    const char *name;
    ask_function *ask;
    /** The column of faults.tsv. */
    int operation;
    /** Whether a request is repeated although it may have taken effect. */
    int repeats;
    /** A fault that happens once, after which every endpoint repeats its request. No other row uses
     * up the same fault. */
    const char *once;
} endpoints[] = {
    {"resume", resume, RESUME, 1, "500-once"},         {"list", list, LIST, 1, "503-once"},
    {"download", download, DOWNLOAD, 1, "reset-once"}, {"delete", delete_primary, DELETE, 0, "429-once-ms"},
    {"request", request, REQUEST, 1, "close-once"},
};

static void test_only_a_confirmed_answer_succeeds(const struct endpoint *at) {
    anchor_client *client = open_client_without_retries();
    const test_session session = start_session();
    anchor_easy_result result = at->ask(client, session.id, NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(result.message[0] == '\0' && result.attempts == 1 && result.request_id[0] != '\0');
    fault_row row;
    unsigned rows = 0;
    FILE *table = open_faults();
    for (; next_fault(table, &row); rows++) {
        const char *session_id = row.session_id;
        result = at->ask(client, session_id, NULL);
        CHECK_ROW(session_id, result.status == row.status[at->operation]);
        CHECK_ROW(session_id, result.http_status == row.http_status && result.attempts == 1);
        CHECK_ROW(session_id, result.retry_after_ms == (result.status == ANCHOR_RATE_LIMITED ? 1000U : 0U));
        CHECK_ROW(session_id, result.status == ANCHOR_OK ? result.message[0] == '\0'
                                                         : is_presentable(result.message) &&
                                                               strstr(result.message, session_id) != NULL);
    }
    fclose(table);
    CHECK(rows >= FEWEST_FAULTS && rows == count_rows(open_faults()));
    anchor_easy_close(&client);
}

static anchor_client *open_client_with_one_retry(void) {
    const anchor_easy_config config = {.max_retries = 1};
    return open_client(config);
}

static void test_requests_are_repeated_if_that_is_safe(const struct endpoint *at) {
    const char *const rows[] = {at->once, "500", "close"};
    anchor_client *client = open_client_with_one_retry();
    for (size_t row = 0; row < ROWS(rows); row++) {
        const unsigned before = request_count();
        const anchor_easy_result result = at->ask(client, rows[row], NULL);
        CHECK_ROW(at->name, (result.status == ANCHOR_OK) == (rows[row] == at->once));
        CHECK_ROW(at->name, result.attempts == (at->repeats || rows[row] == at->once ? 2U : 1U));
        CHECK_ROW(at->name, request_count() - before == result.attempts);
    }
    anchor_easy_close(&client);
}

/* 429 and x-should-retry: true mean that the request had no effect. */
static void test_requests_without_effect_are_repeated(void) {
    anchor_client *client = open_client_with_one_retry();
    anchor_easy_result result = anchor_easy_delete(client, "400-once-retry", "primary");
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 2);
    result = anchor_easy_request(client, "POST", "/v1/sessions/429-once/recordings/pause", NULL, NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 2);
    result = anchor_easy_request(client, "POST", "/v1/sessions/409-once/recordings/pause", NULL, NULL);
    CHECK_ROW(result.message, result.status == 409 && result.attempts == 1);
    anchor_easy_close(&client);
}

static int stop_at_once(void *user, uint64_t done, uint64_t total) {
    unsigned *asked = (unsigned *)user;
    CHECK(done == 0 && total == 0);
    ++*asked;
    return 1;
}

static void test_a_call_may_have_its_own_settings(const struct endpoint *at) {
    unsigned asked = 0;
    const anchor_easy_call hasty = {.timeout_ms = 200};
    const anchor_easy_call watched = {.progress = stop_at_once, .user = &asked};
    const anchor_easy_call once = {.max_retries = ANCHOR_EASY_NO_RETRIES};
    const anchor_easy_call unchanged = {0};
    anchor_client *client = open_client_with_one_retry();
    const unsigned before = request_count();
    anchor_easy_result result = at->ask(client, "stall", &hasty);
    CHECK(result.status == ANCHOR_TIMEOUT && result.attempts == 1 && result.http_status == 0);
    CHECK_ROW(result.message, strstr(result.message, "200 ms") != NULL);
    result = at->ask(client, "stall", &watched);
    CHECK(result.status == ANCHOR_CANCELLED && result.attempts == 1 && asked == 1);
    /* On a busy machine, a call may end before it has sent anything. */
    CHECK(request_count() <= before + 2);
    CHECK(at->ask(client, "500", &once).attempts == 1);
    CHECK(at->ask(client, "500", &unchanged).attempts == (at->repeats ? 2U : 1U));
    anchor_easy_close(&client);
}

static void test_unusable_arguments_are_refused(const struct endpoint *at) {
    const anchor_easy_call endless = {.timeout_ms = UINT64_MAX};
    anchor_client *client = open_client((anchor_easy_config){0});
    const unsigned before = request_count();
    anchor_easy_result result = at->ask(client, "..", NULL);
    const char *argument = at->ask == request ? "path " : "session_id ";
    CHECK_ROW(result.message,
              result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, argument));
    result = at->ask(client, "abc", &endless);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "call: timeout_ms "));
    result = at->ask(NULL, "abc", NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "client "));
    CHECK(request_count() == before);
    anchor_easy_close(&client);
}

static void test_a_refused_connection_is_reported(const struct endpoint *at) {
    const anchor_easy_config config = {.base_url = refusing_url(), .max_retries = ANCHOR_EASY_NO_RETRIES};
    anchor_client *client = open_client(config);
    const anchor_easy_result result = at->ask(client, "abc", NULL);
    CHECK(result.status == ANCHOR_CONNECT_FAILED && result.http_status == 0);
    CHECK_ROW(result.message, is_presentable(result.message));
    anchor_easy_close(&client);
}

static void test_pause_resume_list_and_delete_take_effect(void) {
    char *json = NULL;
    anchor_client *client = open_client_without_retries();
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

static void test_a_request_sends_any_method_path_and_body(void) {
    char path[96];
    char *json = (char *)&json;
    anchor_client *client = open_client_without_retries();
    anchor_easy_result result =
        anchor_easy_request(client, "POST", "/v1/sessions?a=b%20c", "{\"x\":1}", &json);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(json != NULL && strstr(json, "\"id\":\"") != NULL);
    anchor_free(json);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"POST\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"query\":\"a=b%20c\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":7") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"content-type\":\"application/json\"") != NULL);
    /* Any JSON is sent unchanged, even if most parsers would refuse it. */
    result = anchor_easy_request(client, "POST", "/v1/sessions/request-1/anything",
                                 "{\"x\":[\"\\ud83d\",1e400]}", NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":22") != NULL);
    /* A success without a body, and a caller that ignores the answer. */
    json = (char *)&json;
    result = anchor_easy_request(client, "POST", "/v1/sessions/no-content/recordings/pause", NULL, &json);
    CHECK(result.status == ANCHOR_OK && result.http_status == 204 && json == NULL);
    const test_session session = start_session();
    snprintf(path, sizeof path, "/v1/sessions/%s", session.id);
    CHECK(anchor_easy_request(client, "DELETE", path, NULL, NULL).status == ANCHOR_OK);
    CHECK(anchor_easy_resume(client, session.id).status == ANCHOR_NOT_FOUND);
    anchor_easy_close(&client);
}

static void test_unusable_arguments_of_a_request_are_named(void) {
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
    anchor_client *client = open_client((anchor_easy_config){0});
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
    test_pause_resume_list_and_delete_take_effect();
    test_a_request_sends_any_method_path_and_body();
    test_unusable_arguments_of_a_request_are_named();
    test_requests_without_effect_are_repeated();
    for (size_t row = 0; row < ROWS(endpoints); row++) {
        test_only_a_confirmed_answer_succeeds(&endpoints[row]);
        test_requests_are_repeated_if_that_is_safe(&endpoints[row]);
        test_a_call_may_have_its_own_settings(&endpoints[row]);
        test_unusable_arguments_are_refused(&endpoints[row]);
        test_a_refused_connection_is_reported(&endpoints[row]);
    }
    return conclude_test("test_endpoints");
}
