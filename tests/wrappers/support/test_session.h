/** @file
 * Direct requests of the tests to the plain sandbox: to start and end sessions, and to read the
 * state of a recording and the log of requests.
 */

#ifndef TEST_SESSION_H
#define TEST_SESSION_H

#include "test_support.h"

/** Sends a request with the API key to the plain sandbox. Exits unless the answer is HTTP 200. */
static inline void ask_sandbox(const char *method, const char *path, char *answer, size_t capacity) {
    char request[512];
    struct sockaddr_in address;
    size_t length = 0;
    ssize_t got = 0;
    const char *port = strrchr(from_environment("SANDBOX_URL"), ':') + 1;
    const int connection = tcp_socket();
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nhost: sandbox\r\nanchor-api-key: %s\r\nconnection: close\r\n"
             "content-length: 2\r\ncontent-type: application/json\r\n\r\n{}",
             method, path, from_environment("ANCHORBROWSER_API_KEY"));
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(port));
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(connection, request, strlen(request), 0) != (ssize_t)strlen(request)) {
        perror("sandbox");
        exit(2);
    }
    while ((got = recv(connection, answer + length, capacity - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    answer[length] = '\0';
    close_socket(connection);
    if (strstr(answer, " 200 ") == NULL) {
        fprintf(stderr, "%s %s: %s\n", method, path, answer);
        exit(2);
    }
}

/** A session that only one test uses. */
typedef struct test_session {
    char id[64];
} test_session;

static inline test_session start_session(void) {
    char answer[2048];
    test_session started;
    ask_sandbox("POST", "/v1/sessions", answer, sizeof answer);
    const char *id = strstr(answer, "\"id\":\"");
    if (id == NULL || sscanf(id, "\"id\":\"%63[^\"]", started.id) != 1) {
        fprintf(stderr, "no id: %s\n", answer);
        exit(2);
    }
    return started;
}

/** Ends a session. Resuming its recording then fails with 404. */
static inline void end_session(const char *session_id) {
    char path[128];
    char answer[2048];
    snprintf(path, sizeof path, "/v1/sessions/%s", session_id);
    ask_sandbox("DELETE", path, answer, sizeof answer);
}

/** Whether the recording of the session is "recording", "paused" or "off". */
static inline int recording_is(const char *session_id, const char *state) {
    char path[128];
    char answer[2048];
    char expected[64];
    snprintf(path, sizeof path, "/sandbox/sessions/%s", session_id);
    snprintf(expected, sizeof expected, "\"recording\":\"%s\"", state);
    ask_sandbox("GET", path, answer, sizeof answer);
    return strstr(answer, expected) != NULL;
}

/** The number of lines in the log of the plain sandbox that contain both texts. */
static inline unsigned count_in_log(const char *one, const char *other) {
    char line[LOG_LINE];
    unsigned count = 0;
    FILE *log = fopen(from_environment("SANDBOX_LOG"), "r");
    if (log == NULL) {
        perror("SANDBOX_LOG");
        exit(2);
    }
    while (fgets(line, sizeof line, log) != NULL) {
        /* The last line may be half written. */
        count += strchr(line, '\n') != NULL && strstr(line, one) != NULL && strstr(line, other) != NULL;
    }
    fclose(log);
    return count;
}

/** The number of requests for an action on a recording, "pause" or "resume". */
static inline unsigned requests_to(const char *session_id, const char *action) {
    char path[128];
    snprintf(path, sizeof path, "\"path\":\"/v1/sessions/%s/recordings/%s\"", session_id, action);
    return count_in_log(path, "");
}

#endif
