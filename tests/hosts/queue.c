/* A queue in a host's event loop and over a fork: queue ROUNDS. Its descriptor is readable exactly while completions wait,
 * by poll and by epoll, and no wake-up is lost. */
#define _GNU_SOURCE
#include "host.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>

enum { CALLS = 8 };

static anchor_client *client;

static int readable(int descriptor, int timeout_ms) {
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&watched, 1, timeout_ms);
    CHECK(ready >= 0 && (ready == 0 || watched.revents == POLLIN));
    return ready;
}

static int descriptor_of(anchor_queue *queue) {
    int descriptor;
    CHECK(anchor_queue_fd(queue, &descriptor) == ANCHOR_OK && descriptor >= 0);
    return descriptor;
}

/* One that is complete already; -1 if none is. */
static int64_t take(anchor_queue *queue) {
    uint64_t tag;
    int32_t status, taken = anchor_queue_next(queue, 0, &tag, &status, NULL);
    CHECK(taken == ANCHOR_OK ? status == ANCHOR_OK || status == ANCHOR_CANCELLED : taken == ANCHOR_TIMEOUT);
    return taken == ANCHOR_OK ? (int64_t)tag : -1;
}

static void begin(anchor_call *call, unsigned *seed) {
    /* A call that is cancelled before it begins completes at once: the driver, not the network, sets the pace. */
    CHECK(anchor_call_cancel(call) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_OK);
    for (int pause = rand_r(seed) % 64; pause > 0; pause--) {
        sched_yield();
    }
}

/* Random numbers of calls, of which random numbers are taken after each wake-up. */
static void rounds(int number, int with_epoll, unsigned seed) {
    anchor_queue *queue;
    anchor_call *calls[CALLS];
    int free_calls[CALLS], unused = CALLS, events = epoll_create1(EPOLL_CLOEXEC);
    CHECK(anchor_queue_new(CALLS, &queue) == ANCHOR_OK && events != -1);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK(epoll_ctl(events, EPOLL_CTL_ADD, descriptor_of(queue), &event) == 0);
    for (int call = 0; call < CALLS; call++) {
        CHECK(anchor_call_new(&calls[call]) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(calls[call], queue, (uint64_t)call) == ANCHOR_OK);
        free_calls[call] = call;
    }
    for (int round = 0; round < number; round++) {
        for (int more = rand_r(&seed) % (unused + 1); more > 0; more--) {
            begin(calls[free_calls[--unused]], &seed);
        }
        if (unused == CALLS) {
            CHECK(!readable(descriptor_of(queue), 0));
            continue;
        }
        CHECK(with_epoll ? epoll_wait(events, &event, 1, 10000) == 1 : readable(descriptor_of(queue), 10000));
        for (int wanted = 1 + rand_r(&seed) % CALLS; wanted > 0; wanted--) {
            int64_t tag = take(queue);
            CHECK(tag >= 0 || wanted <= CALLS - 1 || !"readable, but nothing to take");
            if (tag < 0) {
                break;
            }
            free_calls[unused++] = (int)tag;
        }
    }
    close(events);
    CHECK(anchor_free(queue) == ANCHOR_OK);
    for (int call = 0; call < CALLS; call++) {
        CHECK(anchor_free(calls[call]) == ANCHOR_OK);
    }
}

static void complete(anchor_queue *queue, anchor_call *call, const char *session_id) {
    uint64_t tag;
    int32_t status;
    CHECK(anchor_call_set_queue(call, queue, 9) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, session_id, call, NULL) == ANCHOR_OK);
    CHECK(readable(descriptor_of(queue), 10000));
    CHECK(anchor_queue_next(queue, 10000, &tag, &status, NULL) == ANCHOR_OK && tag == 9 &&
          status == ANCHOR_OK);
    CHECK(!readable(descriptor_of(queue), 0));
}

/* A child has none of its parent's calls, and makes its own; the parent's go on. */
static void forks(int number) {
    anchor_queue *queue;
    anchor_call *call, *open;
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_new(&open) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(open, queue, 1) == ANCHOR_OK);
    for (int child = 0; child < number; child++) {
        uint64_t tag;
        int32_t status;
        CHECK(anchor_pause_recording(client, "abc", open, NULL) == ANCHOR_OK);
        pid_t forked = fork();
        if (forked == 0) {
            alarm(20);
            CHECK(take(queue) == -1);
            complete(queue, call, "abc");
            CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(call) == ANCHOR_OK &&
                  anchor_free(open) == ANCHOR_OK);
            _exit(0);
        }
        CHECK(anchor_queue_next(queue, 10000, &tag, &status, NULL) == ANCHOR_OK && tag == 1 &&
              status == ANCHOR_OK);
        check_ended(forked, 0);
    }
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(call) == ANCHOR_OK &&
          anchor_free(open) == ANCHOR_OK);
}

static volatile sig_atomic_t on_other_thread;
static pthread_t main_thread;

static void on_signal(int signal) {
    (void)signal;
    on_other_thread += !pthread_equal(pthread_self(), main_thread);
}

/* No handler of the host's runs on the library's thread, which ends soon after the queue. */
static void signals(void) {
    anchor_queue *queue;
    anchor_call *call;
    main_thread = pthread_self();
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
    sigset_t usr1;
    CHECK(sigemptyset(&usr1) == 0 && sigaddset(&usr1, SIGUSR1) == 0);
    for (int sent = 0; sent < 200; sent++) {
        /* Blocked here, so that only another thread could take it at once. */
        CHECK(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0 && kill(getpid(), SIGUSR1) == 0);
        complete(queue, call, "abc");
        CHECK(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
    }
    CHECK(on_other_thread == 0);
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(call) == ANCHOR_OK);
    for (int waited = 0; entries("/proc/self/task") > 1; waited++) {
        CHECK(waited < 500);
        sleep_ms(10);
    }
}

int main(int count, char **arguments) {
    alarm(300);
    CHECK(count == 2);
    int number = atoi(arguments[1]), descriptors = entries("/proc/self/fd");
    client = new_client("SANDBOX_URL", 20000);
    CHECK(entries("/proc/self/fd") == descriptors);
    rounds(number / 2, 0, 1);
    rounds(number / 2, 1, 2);
    signals();
    forks(50);
    CHECK(anchor_free(client) == ANCHOR_OK);
    for (int waited = 0; entries("/proc/self/fd") > descriptors; waited++) {
        CHECK(waited < 500);
        sleep_ms(10);
    }
    printf(
        "%d rounds of poll and epoll without a lost wake-up, 50 forks, 0 signals on the library's thread\n",
        number);
    return 0;
}
