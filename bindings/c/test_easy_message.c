/* Messages are cut between characters. The source is included for the function that cuts. */
#include "anchor_easy.c" // NOLINT(bugprone-suspicious-include)
#include "test_support.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void test_copy_text(void) {
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

/* The library repeats the id, whose control characters it writes out: its message is longer than the buffer.
 */
static void test_a_long_message(void) {
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

static void test_no_message(void) {
    anchor_easy_result result = {0};
    conclude(&result, ANCHOR_RESOURCE_EXHAUSTED, NULL);
    CHECK(strcmp(result.message, "ANCHOR_RESOURCE_EXHAUSTED") == 0);
}

int main(void) {
    test_copy_text();
    test_a_long_message();
    test_no_message();
    return conclude_test("test_easy_message");
}
