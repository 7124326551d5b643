/** @file
 * What the tests of the C and the C++ wrapper ask the plain sandbox themselves: about its sessions and its
 * log.
 */

#ifndef TEST_SESSION_H
#define TEST_SESSION_H

#include "test_support.h"

/** Sends a request with the key to the plain sandbox, and gives all of the answer; ends the test if none
 * came. */
static inline void ask_sandbox(const char *method, const char *path, char *answer, size_t capacity) {
    char request[512];
    struct sockaddr_in address;
    size_t length = 0;
    ssize_t got = 0;
    const char *port = strrchr(from_environment("SANDBOX_URL"), ':') + 1;
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
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
    close(connection);
    if (strstr(answer, " 200 ") == NULL) {
        fprintf(stderr, "%s %s: %s\n", method, path, answer);
        exit(2);
    }
}

/** A session of its own for a test. */
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

/** Ends a session, so that resuming its recording is answered with 404. */
static inline void end_session(const char *session_id) {
    char path[128];
    char answer[2048];
    snprintf(path, sizeof path, "/v1/sessions/%s", session_id);
    ask_sandbox("DELETE", path, answer, sizeof answer);
}

/** Whether the sandbox says that the session's recording is "recording", "paused" or "off". */
static inline int recording_is(const char *session_id, const char *state) {
    char path[128];
    char answer[2048];
    char expected[64];
    snprintf(path, sizeof path, "/sandbox/sessions/%s", session_id);
    snprintf(expected, sizeof expected, "\"recording\":\"%s\"", state);
    ask_sandbox("GET", path, answer, sizeof answer);
    return strstr(answer, expected) != NULL;
}

/** How many lines of the plain sandbox's log hold both texts. */
static inline unsigned count_in_log(const char *one, const char *other) {
    char line[LOG_LINE];
    unsigned count = 0;
    FILE *log = fopen(from_environment("SANDBOX_LOG"), "r");
    if (log == NULL) {
        perror("SANDBOX_LOG");
        exit(2);
    }
    while (fgets(line, sizeof line, log) != NULL) {
        count += strstr(line, one) != NULL && strstr(line, other) != NULL;
    }
    fclose(log);
    return count;
}

/** How many requests the session had that end in `action`, such as "pause". */
static inline unsigned requests_to(const char *session_id, const char *action) {
    char path[128];
    snprintf(path, sizeof path, "\"path\":\"/v1/sessions/%s/recordings/%s\"", session_id, action);
    return count_in_log(path, "");
}

#endif
