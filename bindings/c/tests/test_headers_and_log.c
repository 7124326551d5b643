/* What a client is told beside where the API is: headers, and who hears of its attempts. */
#include <pthread.h>

#include "anchor_easy.h"
#include "test_session.h"

#define DEADLINE_S 60
#define LINES 16

/** What a log function was told. */
typedef struct journal {
    int32_t levels[LINES];
    char lines[LINES][512];
    unsigned count;
    pthread_t thread;
} journal;

static void note(void *user, int32_t level, const char *line) {
    journal *told = (journal *)user;
    if (CHECK(told->count < LINES)) {
        told->levels[told->count] = level;
        snprintf(told->lines[told->count], sizeof told->lines[0], "%s", line);
        told->count++;
        told->thread = pthread_self();
    }
}

/** How many lines of this level there are with both texts. */
static unsigned count_lines(const journal *told, int32_t level, const char *one, const char *other) {
    unsigned count = 0;
    for (unsigned line = 0; line < told->count; line++) {
        count += told->levels[line] == level && strstr(told->lines[line], one) != NULL &&
                 strstr(told->lines[line], other) != NULL;
    }
    return count;
}

static anchor_client *open_client(const anchor_easy_config *config) {
    anchor_client *client = NULL;
    const anchor_easy_result opened = anchor_easy_open(&client, config);
    if (!CHECK_ROW(opened.message, opened.status == ANCHOR_OK)) {
        exit(1);
    }
    return client;
}

static void test_headers(void) {
    anchor_easy_config config = {0};
    char team[] = "blue";
    const anchor_easy_header headers[] = {
        {"X-Team", team}, {"x-empty", ""}, {"X-Twice", "1"}, {"x-twice", "2"}, {0}};
    config.headers = headers;
    anchor_client *client = open_client(&config);
    memset(team, '#', sizeof team - 1);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-team\":\"blue\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-empty\":\"\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-twice\":\"2\"") != NULL);
    CHECK_ROW(last_request(),
              strstr(last_request(), "\"x-anchor-sdk\":\"libanchor-c/" ANCHOR_VERSION "\"") != NULL);
    anchor_easy_close(&client);

    config.headers = &headers[4];
    client = open_client(&config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "x-team") == NULL);
    anchor_easy_close(&client);
}

static void test_log(void) {
    journal told = {0};
    const anchor_easy_call hasty = {.timeout_ms = 100};
    const anchor_easy_config config = {.log = note, .log_user = &told};
    anchor_client *client = open_client(&config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK && told.count == 1);
    CHECK(count_lines(&told, ANCHOR_LOG_INFO, "POST /v1/sessions/abc/recordings/pause attempt 1",
                      ": 200, ") == 1);
    CHECK(pthread_equal(told.thread, pthread_self()));
    CHECK(anchor_easy_pause(client, "503-once").status == ANCHOR_OK);
    CHECK(count_lines(&told, ANCHOR_LOG_INFO, "/503-once/recordings/pause attempt 1", ": 503, ") == 1);
    CHECK(count_lines(&told, ANCHOR_LOG_WARNING, "/503-once/recordings/pause attempt 1", "503") == 1);
    CHECK(count_lines(&told, ANCHOR_LOG_INFO, "/503-once/recordings/pause attempt 2", ": 200, ") == 1);
    CHECK(anchor_easy_pause_with(client, "stall", &hasty).status == ANCHOR_TIMEOUT);
    CHECK(count_lines(&told, ANCHOR_LOG_WARNING, "/stall/recordings/pause attempt 1",
                      "timed out after 100 ms") == 1);
    for (unsigned line = 0; line < told.count; line++) {
        CHECK_ROW(told.lines[line], is_presentable(told.lines[line]));
    }
    anchor_easy_close(&client);
}

/** What a log function works with that closes its own client. */
typedef struct closer {
    anchor_client *client;
    unsigned lines;
} closer;

static void close_it(void *user, int32_t level, const char *line) {
    closer *at = (closer *)user;
    (void)level;
    (void)line;
    at->lines++;
    anchor_easy_close(&at->client);
}

static void test_a_log_that_closes_the_client(void) {
    closer at = {0};
    const anchor_easy_config config = {.log = close_it, .log_user = &at};
    at.client = open_client(&config);
    anchor_client *stale = at.client;
    CHECK(anchor_easy_pause(stale, "500-once").status == ANCHOR_OK);
    CHECK(at.client == NULL && at.lines == 3);
    CHECK(anchor_easy_pause(stale, "abc").status == ANCHOR_INVALID_HANDLE && at.lines == 3);
}

int main(void) {
    alarm(DEADLINE_S);
    test_headers();
    test_log();
    test_a_log_that_closes_the_client();
    return conclude_test("test_easy_settings");
}
