/* Pausing: answers, failures, retries, timeouts, TLS and the API key. */
#include "test_client.h"
#include "test_tables.h"

#define DEADLINE_S 120

/** Pauses, and checks what every result has in common. */
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

static void check_pause(anchor_client *client, const char *session_id, int32_t status, int32_t http_status) {
    const anchor_easy_result result = checked_pause(client, session_id);
    CHECK_ROW(session_id, result.status == status);
    CHECK_ROW(session_id, result.http_status == http_status);
    CHECK_ROW(session_id, result.attempts == 1);
    CHECK_ROW(session_id, (result.request_id[0] != '\0') == (result.http_status != 0));
}

static void test_only_a_confirmed_pause_succeeds(void) {
    anchor_client *client = open_client_without_retries();
    fault_row row;
    unsigned rows = 0;
    FILE *table = open_faults();
    for (; next_fault(table, &row); rows++) {
        check_pause(client, row.session_id, row.status[PAUSE], row.http_status);
    }
    fclose(table);
    CHECK(rows >= FEWEST_FAULTS && rows == count_rows(open_faults()));
    check_pause(client, "abc", ANCHOR_OK, 200);
    anchor_easy_close(&client);
}

static void test_the_request_contains_the_encoded_id_and_the_key(void) {
    anchor_client *client = open_client_without_retries();
    CHECK(anchor_easy_pause(client, "a?b \xC3\xBC").status == ANCHOR_NOT_FOUND);
    const char *line = last_request();
    CHECK_ROW(line, strstr(line, "\"method\":\"POST\"") != NULL);
    CHECK_ROW(line, strstr(line, "\"path\":\"/v1/sessions/a%3Fb%20%C3%BC/recordings/pause\"") != NULL);
    CHECK_ROW(line, strstr(line, "\"anchor-api-key\":\"valid\"") != NULL);
    anchor_easy_close(&client);
}

static void test_transient_failures_are_retried(void) {
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

static void test_a_call_ends_at_its_timeout(void) {
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

static void test_a_refused_connection_is_reported(void) {
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

static void test_only_a_trusted_certificate_is_accepted(void) {
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

static void test_an_answer_may_have_one_level_of_data(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_SINGLE_URL");
    anchor_client *client = open_client(config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK(anchor_easy_pause(client, "nobody").status == ANCHOR_NOT_FOUND);
    anchor_easy_close(&client);
}

static void test_the_environment_is_the_default_for_the_key_and_the_base_url(void) {
    anchor_client *client = NULL;
    CHECK(anchor_easy_open(&client, NULL).status == ANCHOR_OK);
    CHECK(checked_pause(client, "abc").status == ANCHOR_OK);
    anchor_easy_close(&client);
}

static void test_a_wrong_key_is_reported(void) {
    anchor_easy_config config = {0};
    config.base_url = from_environment("SANDBOX_URL");
    config.api_key = "canary";
    anchor_client *client = open_client(config);
    CHECK(checked_pause(client, "abc").status == ANCHOR_UNAUTHORIZED);
    anchor_easy_close(&client);
}

int main(void) {
    alarm(DEADLINE_S);
    test_only_a_confirmed_pause_succeeds();
    test_the_request_contains_the_encoded_id_and_the_key();
    test_transient_failures_are_retried();
    test_a_call_ends_at_its_timeout();
    test_a_refused_connection_is_reported();
    test_only_a_trusted_certificate_is_accepted();
    test_an_answer_may_have_one_level_of_data();
    test_the_environment_is_the_default_for_the_key_and_the_base_url();
    test_a_wrong_key_is_reported();
    return conclude_test("test_pause");
}
