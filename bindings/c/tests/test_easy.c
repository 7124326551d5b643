/* What the C wrapper makes of the API's answers and of the network's failures. */
#include "anchor_easy.h"
#include "test_support.h"

#define DEADLINE_S 120
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static anchor_client *open_client(anchor_easy_config config) {
    anchor_client *client = NULL;
    anchor_easy_result opened = anchor_easy_open(&client, &config);
    if (!CHECK_ROW(opened.message, opened.status == ANCHOR_OK && client != NULL)) {
        exit(1);
    }
    CHECK(opened.message[0] == '\0' && opened.http_status == 0 && opened.attempts == 0);
    return client;
}

static anchor_client *client_without_retries(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_URL");
    config.max_retries = ANCHOR_EASY_NO_RETRIES;
    return open_client(config);
}

/** Pauses, and checks what holds for every result. */
static anchor_easy_result checked_pause(anchor_client *client, const char *session_id) {
    const unsigned before = request_count();
    const anchor_easy_result result = anchor_easy_pause(client, session_id);
    CHECK_ROW(session_id, request_count() - before == result.attempts);
    if (result.status == ANCHOR_OK) {
        CHECK_ROW(session_id, result.message[0] == '\0');
    } else {
        CHECK_ROW(session_id, is_presentable(result.message));
        CHECK_ROW(session_id, strstr(result.message, session_id) != NULL);
    }
    return result;
}

/* The sandbox's faults, which are the names of its sessions. Only abc is paused. */
static const struct {
    const char *session_id;
    int32_t status;
    int32_t http_status;
} answers[] = {
    {"abc", ANCHOR_OK, 200},
    {"no-content", ANCHOR_BAD_RESPONSE, 204},
    {"nobody", ANCHOR_NOT_FOUND, 404},
    {"400", 400, 400},
    {"401", ANCHOR_UNAUTHORIZED, 401},
    {"403", 403, 403},
    {"404", ANCHOR_NOT_FOUND, 404},
    {"422", 422, 422},
    {"429", ANCHOR_RATE_LIMITED, 429},
    {"500", ANCHOR_SERVER_ERROR, 500},
    {"502-page", 502, 502},
    {"301", 301, 301},
    {"302", 302, 302},
    {"303", 303, 303},
    {"307", 307, 307},
    {"308", 308, 308},
    {"html", ANCHOR_BAD_RESPONSE, 200},
    {"empty", ANCHOR_BAD_RESPONSE, 200},
    {"garbage", ANCHOR_BAD_RESPONSE, 200},
    {"array", ANCHOR_BAD_RESPONSE, 200},
    {"error-in-200", ANCHOR_BAD_RESPONSE, 200},
    {"gzip", ANCHOR_BAD_RESPONSE, 200},
    {"long", ANCHOR_BAD_RESPONSE, 200},
    {"deep", ANCHOR_BAD_RESPONSE, 200},
    {"truncated", ANCHOR_CONNECTION_LOST, 200},
    {"truncated-chunk", ANCHOR_CONNECTION_LOST, 200},
    {"close", ANCHOR_CONNECTION_LOST, 0},
    {"reset", ANCHOR_CONNECTION_LOST, 0},
};

static void test_answers(void) {
    anchor_client *client = client_without_retries();
    for (size_t row = 0; row < ROWS(answers); row++) {
        const char *session_id = answers[row].session_id;
        const anchor_easy_result result = checked_pause(client, session_id);
        CHECK_ROW(session_id, result.status == answers[row].status);
        CHECK_ROW(session_id, result.http_status == answers[row].http_status);
        CHECK_ROW(session_id, result.attempts == 1);
        CHECK_ROW(session_id, (result.request_id[0] != '\0') == (result.http_status != 0));
    }
    anchor_easy_close(&client);
}

static void test_what_is_sent(void) {
    anchor_client *client = client_without_retries();
    CHECK(anchor_easy_pause(client, "a?b \xC3\xBC").status == ANCHOR_NOT_FOUND);
    const char *line = last_request();
    CHECK_ROW(line, strstr(line, "\"method\":\"POST\"") != NULL);
    CHECK_ROW(line, strstr(line, "\"path\":\"/v1/sessions/a%3Fb%20%C3%BC/recordings/pause\"") != NULL);
    CHECK_ROW(line, strstr(line, "\"anchor-api-key\":\"valid\"") != NULL);
    anchor_easy_close(&client);
}

static void test_retries(void) {
    static const struct {
        const char *session_id;
        int32_t status;
        uint32_t attempts;
    } rows[] = {
        {"500-once", ANCHOR_OK, 2},      {"503-once", ANCHOR_OK, 2},
        {"429-once", ANCHOR_OK, 2},      {"429-once-ms", ANCHOR_OK, 2},
        {"close-once", ANCHOR_OK, 2},    {"500", ANCHOR_SERVER_ERROR, 3},
        {"429", ANCHOR_RATE_LIMITED, 3}, {"500-no-retry", ANCHOR_SERVER_ERROR, 1},
    };
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_URL");
    anchor_client *client = open_client(config);
    for (size_t row = 0; row < ROWS(rows); row++) {
        const anchor_easy_result result = checked_pause(client, rows[row].session_id);
        CHECK_ROW(rows[row].session_id, result.status == rows[row].status);
        CHECK_ROW(rows[row].session_id, result.attempts == rows[row].attempts);
    }
    anchor_easy_close(&client);

    config.max_retries = 1;
    client = open_client(config);
    CHECK(checked_pause(client, "500").attempts == 2);
    anchor_easy_close(&client);
}

static void test_timeouts(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_URL");
    config.timeout_ms = 300;
    anchor_client *client = open_client(config);
    anchor_easy_result result = checked_pause(client, "stall");
    CHECK(result.status == ANCHOR_TIMEOUT && result.http_status == 0 && result.attempts == 1);
    CHECK_ROW(result.message, strstr(result.message, "300 ms") != NULL);
    const anchor_easy_call hasty = {.timeout_ms = 200};
    result = anchor_easy_pause_with(client, "stall", &hasty);
    CHECK(result.status == ANCHOR_TIMEOUT);
    CHECK_ROW(result.message, strstr(result.message, "200 ms") != NULL);
    anchor_easy_close(&client);
}

static void test_connection_refused(void) {
    anchor_easy_config config = {0};
    config.base_url = refusing_url();
    config.max_retries = ANCHOR_EASY_NO_RETRIES;
    anchor_client *client = open_client(config);
    const anchor_easy_result result = anchor_easy_pause(client, "abc");
    CHECK(result.status == ANCHOR_CONNECT_FAILED && result.http_status == 0);
    CHECK(result.attempts == 1 && result.request_id[0] == '\0');
    CHECK_ROW(result.message, is_presentable(result.message));
    anchor_easy_close(&client);
}

static void test_tls(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_TLS_URL");
    anchor_client *client = open_client(config);
    const anchor_easy_result result = anchor_easy_pause(client, "abc");
    CHECK(result.status == ANCHOR_TLS_FAILED && result.http_status == 0);
    CHECK_ROW(result.message, is_presentable(result.message));
    anchor_easy_close(&client);

    config.ca_file = from_environment("SANDBOX_CA");
    client = open_client(config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    anchor_easy_close(&client);
}

static void test_answers_nested_once(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_SINGLE_URL");
    anchor_client *client = open_client(config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK(anchor_easy_pause(client, "nobody").status == ANCHOR_NOT_FOUND);
    anchor_easy_close(&client);
}

/* The key and the base URL come from the environment then. */
static void test_no_config(void) {
    anchor_client *client = NULL;
    CHECK(anchor_easy_open(&client, NULL).status == ANCHOR_OK);
    CHECK(checked_pause(client, "abc").status == ANCHOR_OK);
    anchor_easy_close(&client);
}

static void test_wrong_key(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_URL");
    config.api_key = "canary";
    anchor_client *client = open_client(config);
    CHECK(checked_pause(client, "abc").status == ANCHOR_UNAUTHORIZED);
    anchor_easy_close(&client);
}

int main(void) {
    alarm(DEADLINE_S);
    test_answers();
    test_what_is_sent();
    test_retries();
    test_timeouts();
    test_connection_refused();
    test_tls();
    test_answers_nested_once();
    test_no_config();
    test_wrong_key();
    return conclude_test("test_easy");
}
