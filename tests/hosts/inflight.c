/* Thousands of calls under way at once, on one thread of the library: inflight CALLS KILOBYTES, of which each takes at
 * most that many. The server answers none before it has them all, and the library takes half of the descriptors. */
#define _GNU_SOURCE
#include "host.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
                             "{\"data\":{\"status\":\"paused\"}}";

/* Whether the connection's request, which has no body, has come to its end. */
static int is_request(int connection) {
    char head[4096];
    ssize_t length = recv(connection, head, sizeof head, 0);
    return length >= 4 && memcmp(head + length - 4, "\r\n\r\n", 4) == 0;
}

/* Answers `calls` requests at once, twice: the second time they come on the same connections. */
static void serve(int listener, int calls) {
    int waiting = epoll_create1(0), *connections = calloc((size_t)calls, sizeof *connections);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    CHECK(waiting != -1 && epoll_ctl(waiting, EPOLL_CTL_ADD, listener, &event) == 0);
    for (int answered = 0, begun = 0; answered < 2 * calls;) {
        CHECK(epoll_wait(waiting, &event, 1, -1) == 1);
        if (event.data.fd == listener) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = accept(listener, NULL, NULL)};
            CHECK(event.data.fd != -1 && epoll_ctl(waiting, EPOLL_CTL_ADD, event.data.fd, &event) == 0);
        } else if (is_request(event.data.fd)) {
            connections[begun++] = event.data.fd;
        } else {
            close(event.data.fd);
        }
        for (; begun == calls; begun = 0) {
            for (int call = 0; call < calls; call++, answered++) {
                CHECK(send(connections[call], ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) > 0);
            }
        }
    }
    _exit(0);
}

static pid_t start_server(int calls) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char url[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 4096) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("INFLIGHT_URL", url, 1);
    pid_t server = fork();
    if (server == 0) {
        alarm(120);
        serve(listener, calls);
    }
    close(listener);
    return server;
}

/* What /proc/self/status says in kilobytes or as a number. */
static long status_of(const char *name) {
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = atol(line + strlen(name) + 1);
        }
    }
    fclose(status);
    return value;
}

static anchor_queue *queue;

/* Begins the calls and takes them all. */
static double run(anchor_client *client, anchor_call **all, int calls, char *taken) {
    double begun = seconds();
    memset(taken, 0, (size_t)calls);
    for (int call = 0; call < calls; call++) {
        CHECK(anchor_pause_recording(client, "abc", all[call], NULL) == ANCHOR_OK);
    }
    for (int call = 0; call < calls; call++) {
        uint64_t tag;
        int32_t status;
        char *error;
        CHECK(anchor_queue_next(queue, 60000, &tag, &status, &error) == ANCHOR_OK);
        if (status != ANCHOR_OK) {
            fprintf(stderr, "%s\n", error);
            _exit(1);
        }
        CHECK(!taken[tag]++);
    }
    return seconds() - begun;
}

int main(int count, char **arguments) {
    alarm(120);
    CHECK(count == 3);
    int calls = atoi(arguments[1]);
    limit(RLIMIT_NOFILE, 2 * (rlim_t)calls + 1000);
    pid_t server = start_server(calls);
    anchor_client *client = new_client("INFLIGHT_URL", 60000);
    anchor_call **all = calloc((size_t)calls, sizeof *all);
    char *taken = calloc((size_t)calls, 1);
    CHECK(anchor_queue_new((uint32_t)calls, &queue) == ANCHOR_OK);
    for (int call = 0; call < calls; call++) {
        CHECK(anchor_call_new(&all[call]) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(all[call], queue, (uint64_t)call) == ANCHOR_OK);
    }
    long before = status_of("VmRSS:");
    double first = run(client, all, calls, taken), second = run(client, all, calls, taken);
    long peak = status_of("VmHWM:") - before, threads = status_of("Threads:");
    check_ended(server, 0);
    for (int call = 0; call < calls; call++) {
        CHECK(anchor_free(all[call]) == ANCHOR_OK);
    }
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    printf("%d calls under way at once: %.1f KB each, %ld threads, %.4f s, again %.4f s\n", calls,
           (double)peak / calls, threads, first, second);
    return threads <= 2 && peak <= atol(arguments[2]) * calls ? 0 : 1;
}
