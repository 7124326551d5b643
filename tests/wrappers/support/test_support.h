/** @file
 * Checks and helpers for the tests of the C and C++ wrappers, which tools/with_sandbox.py starts.
 */

#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include "test_system.h"

/** Longer than any line of the sandbox's log. */
#define LOG_LINE 8192

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static int checks_made;
static int checks_failed;

#define CHECK(condition) CHECK_ROW("", condition)

/** A check in a loop: `row` identifies the iteration. */
#define CHECK_ROW(row, condition) check((condition) ? 1 : 0, #condition, (row), __FILE__, __LINE__)

static inline int check(int holds, const char *condition, const char *row, const char *file, int line) {
    checks_made++;
    if (!holds) {
        checks_failed++;
        fprintf(stderr, "%s:%d: %s%s%s\n", file, line, row, row[0] != '\0' ? ": " : "", condition);
    }
    return holds;
}

/** Prints the result and returns the exit code. A test without checks fails. */
static inline int conclude_test(const char *name) {
    printf("%s: %d checks, %d failed\n", name, checks_made, checks_failed);
    return checks_failed == 0 && checks_made > 0 ? 0 : 1;
}

/** An environment variable that tools/with_sandbox.py sets. */
static inline const char *from_environment(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: run the test by tools/with_sandbox.py\n", name);
        exit(2);
    }
    return value;
}

/** Counts the lines in the log of the plain sandbox, and leaves the last one in `line`. */
static inline unsigned read_log(char *line, int capacity) {
    FILE *log = fopen(from_environment("SANDBOX_LOG"), "r");
    unsigned lines = 0;
    if (log == NULL) {
        perror("SANDBOX_LOG");
        exit(2);
    }
    while (fgets(line, capacity, log) != NULL) {
        lines++;
    }
    fclose(log);
    return lines;
}

/** The number of requests that the plain sandbox received. */
static inline unsigned request_count(void) {
    char line[LOG_LINE];
    return read_log(line, sizeof line);
}

/** The log line of the last request. */
static inline const char *last_request(void) {
    static char line[LOG_LINE];
    read_log(line, sizeof line);
    return line;
}

/** A base URL that refuses connections: its port was free a moment ago. */
static inline const char *refusing_url(void) {
    static char url[64];
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    const int listener = tcp_socket();
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("refusing_url");
        exit(2);
    }
    close_socket(listener);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return url;
}

/** Makes a file that contains no certificate, and returns its path. The caller removes it. */
static inline const char *file_without_certificate(void) {
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/anchor-test-XXXXXX", temporary_folder());
    const int descriptor = mkstemp(path);
    if (descriptor < 0 || write(descriptor, "nothing\n", 8) != 8) {
        perror(path);
        exit(2);
    }
    close(descriptor);
    return path;
}

/** Whether a message can be shown to a person: not empty, one line, and without a key. */
static inline int is_presentable(const char *message) {
    return message[0] != '\0' && strpbrk(message, "\r\n") == NULL && strstr(message, "sandbox-key") == NULL &&
           strstr(message, "canary") == NULL;
}

static inline int begins_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

#endif
