/* Messages are truncated between characters. The source is included for its static functions. */
#include "anchor_easy.c" // NOLINT(bugprone-suspicious-include)
#include "test_support.h"

static void test_text_is_copied_up_to_a_complete_character(void) {
    static const struct {
        const char *text;
        size_t capacity;
        const char *copy;
    } rows[] = {
        {"", 1, ""},
        {"abc", 1, ""},
        {"abc", 3, "ab"},
        {"abc", 4, "abc"},
        {"abc", 5, "abc"},
        {"a\xC3\xBC", 3, "a"},
        {"a\xC3\xBC", 4, "a\xC3\xBC"},
        {"\xC3\xBC", 2, ""},
        {"\xC3\xBC\xC3\xBC", 4, "\xC3\xBC"},
        {"a\xE2\x82\xAC", 3, "a"},
        {"a\xE2\x82\xAC", 4, "a"},
        {"\xF0\x9F\x98\x80z", 4, ""},
        {"\xF0\x9F\x98\x80z", 5, "\xF0\x9F\x98\x80"},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        char buffer[8];
        memset(buffer, '#', sizeof buffer);
        copy_text(buffer, rows[row].capacity, rows[row].text);
        CHECK_ROW(rows[row].text, strcmp(buffer, rows[row].copy) == 0);
        CHECK_ROW(rows[row].text, buffer[rows[row].capacity] == '#');
    }
}

/* The longest message of the library fits. Its foreign text is cut in the middle. */
static void test_a_long_message_ends_with_its_advice(void) {
    anchor_easy_config config = {0};
    anchor_client *client = NULL;
    config.api_key = "key";
    CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK);
    char path[3000] = "path";
    memset(path + 4, 'x', sizeof path - 5);
    const anchor_easy_result result = anchor_easy_request(client, "GET", path, NULL, NULL);
    CHECK_ROW(result.message, result.status == ANCHOR_INVALID_ARGUMENT && is_presentable(result.message));
    char session_id[258] = "";
    memset(session_id, '/', 256);
    const anchor_easy_result refused = anchor_easy_pause(client, session_id);
    CHECK_ROW(refused.message, refused.status == ANCHOR_INVALID_ARGUMENT);
    CHECK_ROW(refused.message, strstr(refused.message, "pass an id of the API") != NULL);
    anchor_easy_close(&client);
}

/* The session is named if the cause names it. In the last rows the library has hidden a part of it. */
static void test_a_failed_resume_says_what_to_do_next(void) {
    static const struct {
        const char *session_id;
        const char *cause;
        const char *message;
        int32_t status;
    } rows[] = {
        {"demo", "500 while resuming session \"demo\" (no); check",
         "the function ran, and the recording of session \"demo\" may still be paused; call "
         "anchor_easy_resume: "
         "500 while resuming session \"demo\" (no); check",
         500},
        /* Resuming a session that has ended cannot succeed. */
        {"demo", "404 while resuming session \"demo\" (no); check",
         "the function ran, and the recording of session \"demo\" was not resumed: "
         "404 while resuming session \"demo\" (no); check",
         404},
        {"a\"b", "timed out while resuming session \"a\\\"b\"",
         "the function ran, and the recording of session \"a\\\"b\" may still be paused; call "
         "anchor_easy_resume: "
         "timed out while resuming session \"a\\\"b\"",
         ANCHOR_TIMEOUT},
        {"demo", "client was freed",
         "the function ran, and the recording may still be paused; call anchor_easy_resume: client was "
         "freed",
         ANCHOR_INVALID_HANDLE},
        {"sk-secret", "500 while resuming session \"[api key]\"",
         "the function ran, and the recording may still be paused; call anchor_easy_resume: "
         "500 while resuming session \"[api key]\"",
         500},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        anchor_easy_result result = {0};
        set_outcome(&result, rows[row].status, NULL);
        copy_text(result.message, sizeof result.message, rows[row].cause);
        explain_not_resumed(&result, rows[row].session_id);
        CHECK_ROW(result.message, strcmp(result.message, rows[row].message) == 0);
        CHECK(result.status == rows[row].status);
    }
}

/* An id of quotes needs the most room, because each of them is escaped. */
static void test_the_longest_explanation_is_truncated(void) {
    char session_id[257] = "";
    anchor_easy_result result = {0};
    memset(session_id, '"', 256);
    quote_id(result.message, sizeof result.message, session_id);
    char cause[sizeof result.message];
    snprintf(cause, sizeof cause, "session %.600s", result.message);
    memset(cause + strlen(cause), 'c', sizeof cause - strlen(cause) - 1);
    cause[sizeof cause - 1] = '\0';
    copy_text(result.message, sizeof result.message, cause);
    explain_not_resumed(&result, session_id);
    CHECK_ROW(result.message,
              begins_with(result.message, "the function ran, and the recording of session \"\\\""));
    CHECK_ROW(result.message,
              strstr(result.message, "\" may still be paused; call anchor_easy_resume: session"));
    CHECK(strlen(result.message) == sizeof result.message - 1);
}

static void test_ids_are_quoted(void) {
    static const struct {
        const char *id;
        size_t capacity;
        const char *quoted;
    } rows[] = {
        {"demo", 16, "\"demo\""},
        {"demo", 7, "\"demo\""},
        {"demo", 6, "\"dem\""},
        {"a\"b", 16, "\"a\\\"b\""},
        {"ab\"", 7, "\"ab\\\"\""},
        {"ab\"", 6, "\"ab\""},
        {"a\xC3\xBC", 6, "\"a\xC3\xBC\""},
        {"a\xC3\xBC", 5, "\"a\""},
        {"a\xE2\x80\xA8"
         "b",
         16, "\"a b\""},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        char buffer[20];
        memset(buffer, '#', sizeof buffer);
        quote_id(buffer, rows[row].capacity, rows[row].id);
        CHECK_ROW(buffer, strcmp(buffer, rows[row].quoted) == 0 && buffer[rows[row].capacity] == '#');
    }
}

static void test_the_name_of_the_status_replaces_a_missing_message(void) {
    anchor_easy_result result = {0};
    set_outcome(&result, ANCHOR_RESOURCE_EXHAUSTED, NULL);
    CHECK(strcmp(result.message, "ANCHOR_RESOURCE_EXHAUSTED") == 0);
}

int main(void) {
    test_text_is_copied_up_to_a_complete_character();
    test_a_long_message_ends_with_its_advice();
    test_a_failed_resume_says_what_to_do_next();
    test_the_longest_explanation_is_truncated();
    test_ids_are_quoted();
    test_the_name_of_the_status_replaces_a_missing_message();
    return conclude_test("test_messages");
}
