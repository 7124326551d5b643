/* Messages are truncated between characters. The source is included for its static functions. */
#include "anchor_easy.c" // NOLINT(bugprone-suspicious-include)
#include "test_support.h"

static int contains_layout_control(const char *text) {
    for (; *text != '\0'; text += character_bytes(text)) {
        if (is_layout_control(text)) {
            return 1;
        }
    }
    return 0;
}

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

/* The library quotes the id with escaped control characters. Its message exceeds the buffer. */
static void test_a_long_message_is_truncated(void) {
    anchor_easy_config config = {0};
    anchor_client *client = NULL;
    config.api_key = "key";
    CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK);
    for (size_t shift = 0; shift < 2; shift++) {
        char session_id[257] = "xx";
        size_t length = shift;
        for (; length < 80; length++) {
            session_id[length] = '\x01';
        }
        for (; length + 2 < sizeof session_id; length += 2) {
            memcpy(session_id + length, "\xC3\xBC", 2);
        }
        session_id[length] = '\0';
        const anchor_easy_result result = anchor_easy_pause(client, session_id);
        const size_t kept = strlen(result.message);
        CHECK(result.status == ANCHOR_INVALID_ARGUMENT);
        CHECK(kept >= sizeof result.message - 2);
        CHECK(strcmp(result.message + kept - 2, "\xC3\xBC") == 0);
    }
    anchor_easy_close(&client);
}

/* An id of quotes needs the most room, because each of them is escaped. */
static void test_a_failed_resume_says_what_to_do_next(void) {
    static const struct {
        const char *character;
        const char *written;
    } rows[] = {
        {"x", "x"},
        {"\"", "\\\""},
        {"\xC3\xBC", "\xC3\xBC"},
        {"\xE2\x80\xAE", " "},
        {"\xE2\x81\xA6", " "},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        char session_id[257] = "";
        char cause[sizeof((anchor_easy_result *)0)->message];
        anchor_easy_result result = {0};
        const size_t bytes = strlen(rows[row].character);
        for (size_t length = 0; length + bytes < sizeof session_id; length += bytes) {
            memcpy(session_id + length, rows[row].character, bytes + 1);
        }
        memset(cause, 'c', sizeof cause - 1);
        cause[sizeof cause - 1] = '\0';
        set_outcome(&result, ANCHOR_TIMEOUT, NULL);
        copy_text(result.message, sizeof result.message, cause);
        explain_not_resumed(&result, session_id);
        CHECK_ROW(result.message,
                  begins_with(result.message, "the body ran, and the recording of session \""));
        CHECK_ROW(result.message, strstr(result.message, rows[row].written) != NULL);
        CHECK_ROW(result.message,
                  strstr(result.message, "\" may still be paused; call anchor_easy_resume: ccc"));
        CHECK_ROW(result.message, is_presentable(result.message) && !contains_layout_control(result.message));
        CHECK(result.status == ANCHOR_TIMEOUT && strlen(result.message) >= sizeof result.message - 4);
    }
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
    test_a_long_message_is_truncated();
    test_a_failed_resume_says_what_to_do_next();
    test_ids_are_quoted();
    test_the_name_of_the_status_replaces_a_missing_message();
    return conclude_test("test_messages");
}
