/* A host with thousands of calls in flight on one queue: inflight CALLS KILOBYTES
 *
 * The library promises that one thread drives all calls of a queue, that each call takes at most
 * KILOBYTES of memory, and that the library uses at most half of the descriptors that the process
 * may open. The server answers no request before it has received all of them, so all calls are in
 * flight at the same time. A second round reuses the connections of the first.
 *
 * tools/bench reads the last line too: the memory of a call, the threads and the times of the two
 * rounds.
 */
#define _GNU_SOURCE
#include "host.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
                             "{\"data\":{\"status\":\"paused\"}}";

/* Whether a complete request, which has no body, can be read from the connection. */
static int receive_request(int connection) {
    char head[4096];
    ssize_t length = recv(connection, head, sizeof head, 0);
    return length >= 4 && memcmp(head + length - 4, "\r\n\r\n", 4) == 0;
}

/* Waits for `calls` requests and answers them all, twice. Then ends the process. */
static void serve(int listener, int calls) {
    int epoll = epoll_create1(0), *connections = calloc((size_t)calls, sizeof *connections);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    CHECK(epoll != -1 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
    for (int answered = 0, waiting = 0; answered < 2 * calls;) {
        CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
        if (event.data.fd == listener) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = accept(listener, NULL, NULL)};
            CHECK(event.data.fd != -1 && epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) == 0);
        } else if (receive_request(event.data.fd)) {
            connections[waiting++] = event.data.fd;
        } else {
            close(event.data.fd);
        }
        for (; waiting == calls; waiting = 0) {
            for (int i = 0; i < calls; i++, answered++) {
                CHECK(send(connections[i], ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) > 0);
            }
        }
    }
    _exit(0);
}

/* Starts the server in a child. Its URL is in INFLIGHT_URL. */
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

static anchor_queue *queue;

/* Starts all calls, takes all completions, each once, and returns the seconds that it took. */
static double run_round(anchor_client *client, anchor_call **calls, int count, char *completed) {
    double start = monotonic_seconds();
    memset(completed, 0, (size_t)count);
    for (int i = 0; i < count; i++) {
        CHECK(anchor_pause_recording(client, "abc", calls[i], NULL) == ANCHOR_OK);
    }
    for (int i = 0; i < count; i++) {
        uint64_t tag;
        int32_t status;
        char *error;
        CHECK(anchor_queue_next(queue, 60000, &tag, &status, &error) == ANCHOR_OK);
        if (status != ANCHOR_OK) {
            fprintf(stderr, "%s\n", error);
            _exit(1);
        }
        CHECK(!completed[tag]++);
    }
    return monotonic_seconds() - start;
}

int main(int argc, char **argv) {
    alarm(120);
    CHECK(argc == 3);
    int count = atoi(argv[1]);
    set_soft_limit(RLIMIT_NOFILE, 2 * (rlim_t)count + 1000);
    pid_t server = start_server(count);
    anchor_client *client = new_client("INFLIGHT_URL", 60000);
    anchor_call **calls = calloc((size_t)count, sizeof *calls);
    char *completed = calloc((size_t)count, 1);
    CHECK(anchor_queue_new((uint32_t)count, &queue) == ANCHOR_OK);
    for (int i = 0; i < count; i++) {
        CHECK(anchor_call_new(&calls[i]) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(calls[i], queue, (uint64_t)i) == ANCHOR_OK);
    }
    long before = process_status("VmRSS:");
    double first = run_round(client, calls, count, completed);
    double second = run_round(client, calls, count, completed);
    long peak = process_status("VmHWM:") - before, threads = process_status("Threads:");
    check_exit_code(server, 0);
    for (int i = 0; i < count; i++) {
        CHECK(anchor_free(calls[i]) == ANCHOR_OK);
    }
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    printf("%d calls in flight: %.1f KB each, %ld threads, %.4f s, again %.4f s\n", count,
           (double)peak / count, threads, first, second);
    return threads <= 2 && peak <= atol(argv[2]) * count ? 0 : 1;
}
