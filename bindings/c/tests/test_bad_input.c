/* Unusable arguments and settings are refused before sending, and the message names them. */
#include "test_client.h"
#include "test_support.h"

#define DEADLINE_S 60

static int check_refused(anchor_easy_result result, const char *argument) {
    return CHECK_ROW(argument, result.status == ANCHOR_INVALID_ARGUMENT) &
           CHECK_ROW(result.message, begins_with(result.message, argument)) &
           CHECK_ROW(argument, is_presentable(result.message)) &
           CHECK_ROW(argument, result.attempts == 0 && result.http_status == 0);
}

static anchor_client *open_default_client(void) {
    anchor_client *client = NULL;
    CHECK(anchor_easy_open(&client, NULL).status == ANCHOR_OK);
    return client;
}

static void test_unusable_ids_are_refused(void) {
    char longest[257];
    char too_long[258];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    const char *const wrong[] = {NULL,   "",      ".",         "..",    too_long, "a\nb",
                                 "a\tb", "a\x7F", "a\xC2\x85", "a\xFF", "a\xC3",  "a/b",
                                 "/",    "a\\b",  "%2e",       "a%2Fb", "100%"};

    anchor_client *client = open_default_client();
    const unsigned before = request_count();
    for (size_t row = 0; row < ROWS(wrong); row++) {
        check_refused(anchor_easy_pause(client, wrong[row]), "session_id ");
        check_refused(anchor_easy_delete(client, "abc", wrong[row]), "recording_id ");
    }
    CHECK(request_count() == before);
    CHECK(anchor_easy_pause(client, longest).status == ANCHOR_NOT_FOUND);
    CHECK(request_count() == before + 1);
    anchor_easy_close(&client);
}

static void test_a_call_may_have_a_timeout_of_up_to_a_day(void) {
    const uint64_t a_day = 86400000;
    anchor_client *client = open_default_client();
    const unsigned before = request_count();
    anchor_easy_call settings = {.timeout_ms = a_day + 1};
    check_refused(anchor_easy_pause_with(client, "abc", &settings), "call: timeout_ms ");
    settings.timeout_ms = UINT64_MAX;
    check_refused(anchor_easy_pause_with(client, "abc", &settings), "call: timeout_ms ");
    CHECK(request_count() == before);
    settings.timeout_ms = a_day;
    CHECK(anchor_easy_pause_with(client, "abc", &settings).status == ANCHOR_OK);
    anchor_easy_close(&client);
}

static void test_unusable_settings_are_named(void) {
    const char *no_certificate = file_without_certificate();
    const struct {
        const char *argument;
        anchor_easy_config config;
    } rows[] = {
        {"api_key is empty", {.api_key = ""}},
        {"api_key ", {.api_key = "canary-\xC3\xBC"}},
        {"api_key ", {.api_key = "canary canary"}},
        {"api_key ends with a newline", {.api_key = "canary\n"}},
        {"base_url ", {.base_url = ""}},
        {"base_url ", {.base_url = "api.example"}},
        {"base_url ", {.base_url = "http://user:canary@api.example"}},
        {"base_url ", {.base_url = "http://api.example?q=canary"}},
        {"base_url ", {.base_url = "http://api.example/#canary"}},
        {"base_url ", {.base_url = "http://api.\xFF"}},
        {"ca_file ", {.ca_file = "/nowhere/ca.pem"}},
        {"ca_file ", {.ca_file = no_certificate}},
        {"timeout_ms ", {.timeout_ms = 86400001}},
        {"timeout_ms ", {.timeout_ms = UINT64_MAX}},
        {"proxy ", {.proxy = "socks6://proxy:3128"}},
        {"client_certificate ", {.client_certificate = "/nowhere/client.pem"}},
        {"client_certificate ", {.client_certificate = no_certificate}},
        {"header \"anchor-api-key\" ",
         {.headers = (anchor_easy_header[]){{"anchor-api-key", "canary"}, {0}}}},
        {"header \"Host\" ", {.headers = (anchor_easy_header[]){{"x-one", "1"}, {"Host", "canary"}, {0}}}},
        {"header \"x-one\" ", {.headers = (anchor_easy_header[]){{"x-one", "canary\n"}, {0}}}},
        {"header \"\" ", {.headers = (anchor_easy_header[]){{"", "canary"}, {0}}}},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        anchor_client *client = (anchor_client *)&client;
        check_refused(anchor_easy_open(&client, &rows[row].config), rows[row].argument);
        CHECK_ROW(rows[row].argument, client == NULL);
    }
    unlink(no_certificate);
}

static void test_the_key_of_the_environment_is_checked(void) {
    char key[64];
    anchor_client *client = NULL;
    snprintf(key, sizeof key, "%s", from_environment("ANCHORBROWSER_API_KEY"));
    unsetenv("ANCHORBROWSER_API_KEY");
    anchor_easy_result result = anchor_easy_open(&client, NULL);
    check_refused(result, "api_key is missing");
    CHECK(strstr(result.message, "ANCHORBROWSER_API_KEY") != NULL);
    setenv("ANCHORBROWSER_API_KEY", "canary\n", 1);
    check_refused(anchor_easy_open(&client, NULL), "ANCHORBROWSER_API_KEY ends with a newline");
    setenv("ANCHORBROWSER_API_KEY", key, 1);
}

static void test_opening_a_client_needs_an_output(void) {
    check_refused(anchor_easy_open(NULL, NULL), "client is NULL");
}

static void test_a_closed_client_is_refused(void) {
    anchor_client *client = open_default_client();
    anchor_client *stale = client;
    const unsigned before = request_count();
    anchor_easy_close(&client);
    CHECK(client == NULL);
    anchor_easy_close(&client);
    anchor_easy_close(NULL);
    check_refused(anchor_easy_pause(client, "abc"), "client is NULL");

    const anchor_easy_result result = anchor_easy_pause(stale, "abc");
    CHECK(result.status == ANCHOR_INVALID_HANDLE && result.attempts == 0);
    CHECK_ROW(result.message, begins_with(result.message, "client was freed"));
    anchor_easy_close(&stale);
    CHECK(stale == NULL);
    CHECK(request_count() == before);
}

int main(void) {
    alarm(DEADLINE_S);
    test_unusable_ids_are_refused();
    test_a_call_may_have_a_timeout_of_up_to_a_day();
    test_unusable_settings_are_named();
    test_the_key_of_the_environment_is_checked();
    test_opening_a_client_needs_an_output();
    test_a_closed_client_is_refused();
    return conclude_test("test_bad_input");
}
