/* The headers and the log function of a client. */
#include <pthread.h>

#include "test_client.h"
#include "test_session.h"

#define DEADLINE_S 60
#define LINES 16

/** The lines that a log function received. */
typedef struct journal {
    int32_t levels[LINES];
    char lines[LINES][512];
    unsigned count;
    pthread_t thread;
} journal;

static void append(void *user, int32_t level, const char *line) {
    journal *log = (journal *)user;
    if (CHECK(log->count < LINES)) {
        log->levels[log->count] = level;
        snprintf(log->lines[log->count], sizeof log->lines[0], "%s", line);
        log->count++;
        log->thread = pthread_self();
    }
}

/** The number of lines of a level that contain both texts. */
static unsigned count_lines(const journal *log, int32_t level, const char *one, const char *other) {
    unsigned count = 0;
    for (unsigned line = 0; line < log->count; line++) {
        count += log->levels[line] == level && strstr(log->lines[line], one) != NULL &&
                 strstr(log->lines[line], other) != NULL;
    }
    return count;
}

static void test_headers_are_sent_with_each_request(void) {
    anchor_easy_config config = {0};
    char team[] = "blue";
    const anchor_easy_header headers[] = {
        {"X-Team", team}, {"x-empty", ""}, {"X-Twice", "1"}, {"x-twice", "2"}, {0}};
    config.headers = headers;
    anchor_client *client = open_client(config);
    memset(team, '#', sizeof team - 1);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-team\":\"blue\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-empty\":\"\"") != NULL);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-twice\":\"2\"") != NULL);
    CHECK_ROW(last_request(),
              strstr(last_request(), "\"x-anchor-sdk\":\"libanchor-c/" ANCHOR_VERSION "\"") != NULL);
    anchor_easy_close(&client);

    config.headers = &headers[4];
    client = open_client(config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK);
    CHECK_ROW(last_request(), strstr(last_request(), "x-team") == NULL);
    anchor_easy_close(&client);
}

static void test_each_attempt_is_logged_on_the_calling_thread(void) {
    journal log = {0};
    const anchor_easy_call hasty = {.timeout_ms = 100};
    const anchor_easy_config config = {.log = append, .log_user = &log};
    anchor_client *client = open_client(config);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK && log.count == 1);
    CHECK(count_lines(&log, ANCHOR_LOG_INFO, "POST /v1/sessions/abc/recordings/pause attempt 1", ": 200, ") ==
          1);
    CHECK(pthread_equal(log.thread, pthread_self()));
    CHECK(anchor_easy_pause(client, "503-once").status == ANCHOR_OK);
    CHECK(count_lines(&log, ANCHOR_LOG_WARNING, "/503-once/recordings/pause attempt 1", "503") == 1);
    CHECK(count_lines(&log, ANCHOR_LOG_INFO, "/503-once/recordings/pause attempt 2", ": 200, ") == 1);
    CHECK(anchor_easy_pause_with(client, "stall", &hasty).status == ANCHOR_TIMEOUT);
    CHECK(count_lines(&log, ANCHOR_LOG_WARNING, "/stall/recordings/pause attempt 1",
                      "timed out after 100 ms") == 1);
    for (unsigned line = 0; line < log.count; line++) {
        CHECK_ROW(log.lines[line], is_presentable(log.lines[line]));
    }
    anchor_easy_close(&client);
}

/** The argument of a log function that closes its own client. */
typedef struct closer {
    anchor_client *client;
    unsigned lines;
} closer;

static void close_client(void *user, int32_t level, const char *line) {
    closer *at = (closer *)user;
    (void)level;
    (void)line;
    at->lines++;
    anchor_easy_close(&at->client);
}

static void test_a_log_function_may_close_its_client(void) {
    closer at = {0};
    const anchor_easy_config config = {.log = close_client, .log_user = &at};
    at.client = open_client(config);
    anchor_client *stale = at.client;
    CHECK(anchor_easy_pause(stale, "500-once").status == ANCHOR_OK);
    CHECK(at.client == NULL && at.lines == 2);
    CHECK(anchor_easy_pause(stale, "abc").status == ANCHOR_INVALID_HANDLE && at.lines == 2);
}

int main(void) {
    alarm(DEADLINE_S);
    test_headers_are_sent_with_each_request();
    test_each_attempt_is_logged_on_the_calling_thread();
    test_a_log_function_may_close_its_client();
    return conclude_test("test_headers_and_log");
}
