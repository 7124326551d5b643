/* A network between a client and a server on this machine: relay PORT DELAY
 *
 * Delivers what each side sends to the other one after DELAY milliseconds, in order and with no
 * limit of bandwidth. The kernel accepts a connection at once, so the relay stands in for the round
 * trip that connecting takes: it delivers the first bytes of a client a round trip later. Until then it
 * reads nothing else from that client. A connection that is reset ends like one that is closed.
 *
 * Prints the port that it listens on. When its standard input ends, it prints a line of JSON, with
 * the number of connections and the bytes that clients and servers sent, and exits. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
/* The bytes of this many connections are also printed one by one. */
#define LISTED 3

/* Some bytes on their way. No bytes are the end of the stream. */
struct chunk {
    struct chunk *next;
    struct side *to;
    int64_t due;
    size_t length, sent;
    char bytes[];
};

struct queue {
    struct chunk *first, *last;
};

/* The relay's socket to a client or a server. */
struct side {
    int socket;
    struct side *peer;
    struct connection *connection;
    uint64_t received;
    /* Whether the stream from the socket has ended, and whether it must not be read now. */
    bool ended, held;
    /* What has arrived, and waits until the socket takes it. */
    struct queue unsent;
};

/* Connections are never freed, so that an event of a closed one can do no harm. */
struct connection {
    struct connection *next;
    struct side client, server;
    int streams;
};

/* In each queue every chunk waits for the same time, so the first one is due first. */
static struct queue connecting, travelling;
static struct connection *oldest, *newest;
static struct sockaddr_in server = {.sin_family = AF_INET};
static int64_t delay;
static int epoll, listener;

static void check(bool ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void append(struct queue *queue, struct chunk *chunk) {
    chunk->next = NULL;
    *(queue->first == NULL ? &queue->first : &queue->last->next) = chunk;
    queue->last = chunk;
}

static struct chunk *take(struct queue *queue) {
    struct chunk *chunk = queue->first;
    queue->first = chunk->next;
    return chunk;
}

static void post(struct queue *queue, struct side *to, int64_t due, const char *bytes, size_t length) {
    struct chunk *chunk = malloc(sizeof *chunk + length);
    check(chunk != NULL, "malloc");
    *chunk = (struct chunk){.to = to, .due = due, .length = length};
    memcpy(chunk->bytes, bytes, length);
    append(queue, chunk);
}

static void watch(int descriptor, uint32_t events, void *user) {
    struct epoll_event event = {.events = events | EPOLLET, .data.ptr = user};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

static void begin(struct side *side) {
    const int on = 1;
    setsockopt(side->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(side->socket, EPOLLIN | EPOLLOUT, side);
}

/* Accepts all clients that wait. If no descriptor is left, they wait until a connection is closed. */
static void accept_clients(void) {
    for (;;) {
        const int to_server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const int to_client = to_server == -1 ? -1 : accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (to_client == -1) {
            close(to_server);
            return;
        }
        struct connection *new = calloc(1, sizeof *new);
        check(new != NULL, "calloc");
        new->client = (struct side){.socket = to_client, .peer = &new->server, .connection = new};
        new->server = (struct side){.socket = to_server, .peer = &new->client, .connection = new};
        new->streams = 2;
        *(oldest == NULL ? &oldest : &newest->next) = new;
        newest = new;
        begin(&new->client);
    }
}

static void connect_to_server(struct side *side) {
    const int failed = connect(side->socket, (struct sockaddr *)&server, sizeof server);
    check(failed == 0 || errno == EINPROGRESS, "connect");
    begin(side);
}

static void receive(struct side *from, int64_t now) {
    static char bytes[1 << 16];
    while (!from->ended && !from->held) {
        ssize_t length = recv(from->socket, bytes, sizeof bytes, 0);
        if (length == -1 && errno == EAGAIN) {
            return;
        }
        length = length == -1 ? 0 : length;
        from->ended = length == 0;
        from->held = from == &from->connection->client && from->received == 0;
        from->received += (uint64_t)length;
        if (from->held) {
            post(&connecting, from->peer, now + 3 * delay, bytes, (size_t)length);
        } else {
            post(&travelling, from->peer, now + delay, bytes, (size_t)length);
        }
    }
}

static void end_stream(struct side *to) {
    shutdown(to->socket, SHUT_WR);
    if (--to->connection->streams == 0) {
        close(to->socket);
        close(to->peer->socket);
        accept_clients();
    }
}

/* Sends what has arrived, as far as the socket takes it. What can no longer be sent is lost. */
static void send_arrived(struct side *to) {
    while (to->unsent.first != NULL) {
        struct chunk *chunk = to->unsent.first;
        const size_t rest = chunk->length - chunk->sent;
        const ssize_t sent = rest == 0 ? 0 : send(to->socket, chunk->bytes + chunk->sent, rest, MSG_NOSIGNAL);
        if (sent == -1 && errno == EAGAIN) {
            return;
        }
        chunk->sent += sent == -1 ? rest : (size_t)sent;
        if (chunk->sent == chunk->length) {
            const bool end = chunk->length == 0;
            free(take(&to->unsent));
            if (end) {
                end_stream(to);
            }
        }
    }
}

static void deliver(int64_t now) {
    while (connecting.first != NULL && connecting.first->due <= now) {
        struct chunk *chunk = take(&connecting);
        struct side *to = chunk->to;
        connect_to_server(to);
        append(&to->unsent, chunk);
        send_arrived(to);
        to->peer->held = false;
        receive(to->peer, now);
    }
    while (travelling.first != NULL && travelling.first->due <= now) {
        struct chunk *chunk = take(&travelling);
        append(&chunk->to->unsent, chunk);
        send_arrived(chunk->to);
    }
}

static int64_t next_due(const struct queue *queue) {
    return queue->first == NULL ? INT64_MAX : queue->first->due;
}

/* Waits for events until the next chunk is due, and returns their number. */
static int wait_for_events(struct epoll_event *events) {
    const int64_t first = next_due(&connecting), second = next_due(&travelling);
    const int64_t due = first < second ? first : second;
    const int64_t now = nanoseconds(), rest = due > now ? due - now : 0;
    const struct timespec timeout = {.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
    return epoll_pwait2(epoll, events, EVENTS, due == INT64_MAX ? NULL : &timeout, NULL);
}

static int report(void) {
    uint64_t count = 0, up = 0, down = 0;
    printf("{");
    for (struct connection *each = oldest; each != NULL; each = each->next) {
        up += each->client.received;
        down += each->server.received;
        if (++count <= LISTED) {
            printf("\"bytes%lu\": %lu, ", count, each->client.received + each->server.received);
        }
    }
    printf("\"connections\": %lu, \"up\": %lu, \"down\": %lu}\n", count, up, down);
    return 0;
}

static void start(char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((uint16_t)atoi(arguments[1]));
    delay = atoi(arguments[2]) * 1000000LL;
    /* Otherwise each timeout is late by 50 microseconds. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    epoll = epoll_create1(0);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    check(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    check(listen(listener, 8192) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    watch(listener, EPOLLIN, &listener);
    watch(STDIN_FILENO, EPOLLIN, NULL);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: %s PORT DELAY\n", arguments[0]);
        return 2;
    }
    start(arguments);
    for (;;) {
        struct epoll_event events[EVENTS];
        const int ready = wait_for_events(events);
        const int64_t now = nanoseconds();
        for (int i = 0; i < ready; i++) {
            struct side *side = events[i].data.ptr;
            if (side == NULL) {
                return report();
            } else if (events[i].data.ptr == &listener) {
                accept_clients();
            } else {
                send_arrived(side);
                receive(side, now);
            }
        }
        deliver(nanoseconds());
    }
}
