/* The limit: a socket that writes and reads the same bytes each time, and looks at none of them. */
#include "bench.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const char REQUEST[] = "POST /v1/sessions/session-id/recordings/pause HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "anchor-api-key: sk-benchmark\r\nAccept: application/json\r\n"
                              "User-Agent: benchmark/1.0\r\nContent-Length: 0\r\n\r\n";

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

int call(void *caller) {
    char answer[4096];
    const int descriptor = *(int *)caller;
    if (send(descriptor, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof REQUEST - 1)) {
        return 1;
    }
    return recv(descriptor, answer, sizeof answer, 0) < 15 || memcmp(answer + 9, "200", 3) != 0;
}
