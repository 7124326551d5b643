/** @file
 * What the tests of the C and the C++ wrapper share. They are started by tools/with_sandbox.py.
 */

#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** Longer than any line of the sandbox's log. */
#define LOG_LINE 8192

static int checks_made;
static int checks_failed;

#define CHECK(condition) CHECK_ROW("", condition)

/** A check in a loop: `row` tells which round it was. */
#define CHECK_ROW(row, condition) check((condition) ? 1 : 0, #condition, (row), __FILE__, __LINE__)

static inline int check(int holds, const char *condition, const char *row, const char *file, int line) {
    checks_made++;
    if (!holds) {
        checks_failed++;
        fprintf(stderr, "%s:%d: %s%s%s\n", file, line, row, row[0] != '\0' ? ": " : "", condition);
    }
    return holds;
}

/** The exit code, and a line for the person. A test that checked nothing has failed. */
static inline int conclude_test(const char *name) {
    printf("%s: %d checks, %d failed\n", name, checks_made, checks_failed);
    return checks_failed == 0 && checks_made > 0 ? 0 : 1;
}

/** A variable that tools/with_sandbox.py sets. */
static inline const char *from_environment(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: start this by tools/with_sandbox.py\n", name);
        exit(2);
    }
    return value;
}

/** Reads the plain sandbox's log into `line`, so that its last line stays there; gives the number of lines.
 */
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

/** How many requests the plain sandbox has had. */
static inline unsigned request_count(void) {
    char line[LOG_LINE];
    return read_log(line, sizeof line);
}

/** What the log tells of the last request. */
static inline const char *last_request(void) {
    static char line[LOG_LINE];
    read_log(line, sizeof line);
    return line;
}

/** A base URL at which nobody listens: the port was free a moment ago. */
static inline const char *refusing_url(void) {
    static char url[64];
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("refusing_url");
        exit(2);
    }
    close(listener);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return url;
}

/** The path of a new file without a certificate in it; the caller removes it. */
static inline const char *file_without_certificate(void) {
    static char path[] = "/tmp/anchor-test-XXXXXX";
    const int descriptor = mkstemp(path);
    if (descriptor < 0 || write(descriptor, "nothing\n", 8) != 8) {
        perror(path);
        exit(2);
    }
    close(descriptor);
    return path;
}

/** Whether it is what a person can be shown: something, on one line, without a key of the tests. */
static inline int is_presentable(const char *message) {
    return message[0] != '\0' && strpbrk(message, "\r\n") == NULL && strstr(message, "sandbox-key") == NULL &&
           strstr(message, "canary") == NULL;
}

static inline int begins_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

#endif
