/** @file
 * Connections of the library, seen from the server: from a listener of the test, which accepts and
 * answers when the test does, and in the log of the plain sandbox.
 */

#ifndef TEST_CONNECTION_H
#define TEST_CONNECTION_H

#include "test_session.h"

#ifndef _WIN32
#include <dirent.h>
#include <sys/wait.h>
#endif

/** The longest wait for what must happen, in milliseconds. */
#define PATIENCE_MS 60000
/** A name that no server has: the top-level domain is reserved. */
#define UNRESOLVABLE_URL "http://anchor-test.invalid"

/** A listener on this machine. The system completes connections to it before they are accepted. */
typedef struct test_listener {
    int socket;
    char http_url[64];
    /** The test never answers a TLS handshake. */
    char https_url[64];
} test_listener;

static inline test_listener start_listener(void) {
    test_listener made;
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    made.socket = tcp_socket();
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(made.socket, (struct sockaddr *)&address, size) != 0 || listen(made.socket, 16) != 0 ||
        getsockname(made.socket, (struct sockaddr *)&address, &size) != 0) {
        perror("start_listener");
        exit(2);
    }
    snprintf(made.http_url, sizeof made.http_url, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    snprintf(made.https_url, sizeof made.https_url, "https://127.0.0.1:%u",
             (unsigned)ntohs(address.sin_port));
    return made;
}

/** Whether there is something to read, or a connection to accept, within this time. */
static inline int is_readable(int watched_socket, int timeout_ms) {
    struct pollfd watched;
    memset(&watched, 0, sizeof watched);
    watched.fd = watched_socket;
    watched.events = POLLIN;
    return poll(&watched, 1, timeout_ms) == 1;
}

/** The next connection to the listener, or -1 if there is none within this time. */
static inline int accept_connection(const test_listener *listener, int timeout_ms) {
    return is_readable(listener->socket, timeout_ms) ? (int)accept(listener->socket, NULL, NULL) : -1;
}

/** Reads until the peer closes the connection, and closes this end. Returns the number of bytes, or
 * -1 if the peer does not close it in time. */
static inline long drain_connection(int connection) {
    char bytes[4096];
    long received = 0;
    ssize_t got = -1;
    while (is_readable(connection, PATIENCE_MS) && (got = recv(connection, bytes, sizeof bytes, 0)) > 0) {
        received += (long)got;
    }
    close_socket(connection);
    return got == 0 ? received : -1;
}

/** Reads a request, and confirms the pause that it asks for. */
static inline int answer_pause(int connection) {
    static const char body[] = "{\"data\":{\"data\":{\"status\":\"paused\"}}}";
    char request[4096] = "";
    char answer[256];
    size_t length = 0;
    while (strstr(request, "\r\n\r\n") == NULL) {
        if (!is_readable(connection, PATIENCE_MS)) {
            return 0;
        }
        const ssize_t got = recv(connection, request + length, sizeof request - 1 - length, 0);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
        request[length] = '\0';
    }
    snprintf(answer, sizeof answer,
             "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %u\r\n\r\n%s",
             (unsigned)(sizeof body - 1), body);
    return send(connection, answer, strlen(answer), 0) == (ssize_t)strlen(answer);
}

/** The number of the connection on which the plain sandbox received the last request. It counts
 * those that it accepts. */
static inline unsigned last_connection(void) {
    unsigned number = 0;
    const char *field = strstr(last_request(), "\"connection\":");
    if (field == NULL || sscanf(field, "\"connection\":%u", &number) != 1) {
        fprintf(stderr, "no connection: %s\n", last_request());
        exit(2);
    }
    return number;
}

/** The number that the plain sandbox gives to the next connection. */
static inline unsigned next_connection(void) {
    char answer[2048];
    ask_sandbox("GET", "/v1/sessions/abc", answer, sizeof answer);
    return last_connection() + 1;
}

#ifdef _WIN32

/** Windows does not tell. */
static inline unsigned open_descriptors(void) {
    return 0;
}

#else

/** The number of open descriptors of this process. */
static inline unsigned open_descriptors(void) {
    unsigned count = 0;
    DIR *open = opendir("/proc/self/fd");
    if (open == NULL) {
        perror("/proc/self/fd");
        exit(2);
    }
    while (readdir(open) != NULL) {
        count++;
    }
    closedir(open);
    return count;
}

/** Waits for a forked child. Returns whether it ended with 0. */
static inline int has_succeeded(pid_t child) {
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif

#endif
