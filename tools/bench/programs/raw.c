/* The lower limit: a socket that writes the same bytes each time, and parses no more of the answer
 * than necessary. */
#include "bench.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const char REQUEST[] = "POST /v1/sessions/session-id/recordings/pause HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "anchor-api-key: sk-benchmark\r\nAccept: application/json\r\n"
                              "User-Agent: benchmark/1.0\r\nContent-Length: 0\r\n\r\n";
static const char OK[] = "HTTP/1.1 200 ", LENGTH[] = "\r\nContent-Length: ", BLANK_LINE[] = "\r\n\r\n";

void prepare(const char *url) {
    (void)url;
}

void *new_caller(const char *url) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int *caller = malloc(sizeof *caller), on = 1;
    address.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    *caller = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(*caller, (struct sockaddr *)&address, sizeof address));
    check(setsockopt(*caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    return caller;
}

/* The length of the whole answer, or 0 while its head is incomplete. */
static size_t whole(const char *answer) {
    const char *body = strstr(answer, BLANK_LINE), *length = strstr(answer, LENGTH);
    if (body == NULL) {
        return 0;
    }
    check(length == NULL || length > body);
    return (size_t)(body - answer) + sizeof BLANK_LINE - 1 + strtoul(length + sizeof LENGTH - 1, NULL, 10);
}

int call(void *caller) {
    char answer[4096];
    const int descriptor = *(int *)caller;
    if (send(descriptor, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof REQUEST - 1)) {
        return 1;
    }
    for (size_t length = 0, expected = 0; expected == 0 || length < expected; expected = whole(answer)) {
        const ssize_t more = recv(descriptor, answer + length, sizeof answer - 1 - length, 0);
        if (more <= 0) {
            return 1;
        }
        length += (size_t)more;
        answer[length] = '\0';
    }
    return memcmp(answer, OK, sizeof OK - 1) != 0;
}
