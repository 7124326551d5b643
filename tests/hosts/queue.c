/* A host that waits for a completion queue in its event loop, gets signals and forks: queue ROUNDS
 *
 * The library promises that the queue's descriptor is readable exactly while completions wait, by
 * poll and by epoll, that no wake-up is lost, that none of the host's signal handlers runs on the
 * library's thread, and that a child finds the queue empty and can use it. At the end of the
 * program no descriptor and no thread may be left.
 */
#define _GNU_SOURCE
#include "host.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>

enum { CALLS = 8 };

static anchor_client *client;

static int is_readable(int descriptor, int timeout_ms) {
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&polled, 1, timeout_ms);
    CHECK(ready >= 0 && (ready == 0 || polled.revents == POLLIN));
    return ready;
}

static int descriptor_of(anchor_queue *queue) {
    int descriptor;
    CHECK(anchor_queue_fd(queue, &descriptor) == ANCHOR_OK && descriptor >= 0);
    return descriptor;
}

/* Takes a completion that is already waiting, and returns its tag, or -1 if there is none. */
static int64_t take_completion(anchor_queue *queue) {
    uint64_t tag;
    int32_t status, next = anchor_queue_next(queue, 0, &tag, &status, NULL);
    CHECK(next == ANCHOR_OK ? status == ANCHOR_OK || status == ANCHOR_CANCELLED : next == ANCHOR_TIMEOUT);
    return next == ANCHOR_OK ? (int64_t)tag : -1;
}

/* Waits for the completion of a call, which must have succeeded. */
static void wait_for_success(anchor_queue *queue, uint64_t expected_tag) {
    uint64_t tag;
    int32_t status;
    CHECK(anchor_queue_next(queue, 10000, &tag, &status, NULL) == ANCHOR_OK && tag == expected_tag &&
          status == ANCHOR_OK);
}

/* Starts a call that is already cancelled: it completes at once, so the library's thread, not the
 * network, sets the pace. */
static void start_cancelled_call(anchor_call *call, unsigned *seed) {
    CHECK(anchor_call_cancel(call) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_OK);
    for (int yields = rand_r(seed) % 64; yields > 0; yields--) {
        sched_yield();
    }
}

/* In each round, starts a random number of calls, and takes a random number of completions after
 * each wake-up. */
static void run_event_loop(int rounds, int with_epoll, unsigned seed) {
    anchor_queue *queue;
    anchor_call *calls[CALLS];
    int idle_calls[CALLS], idle = CALLS, epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(anchor_queue_new(CALLS, &queue) == ANCHOR_OK && epoll != -1);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor_of(queue), &event) == 0);
    for (int i = 0; i < CALLS; i++) {
        CHECK(anchor_call_new(&calls[i]) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(calls[i], queue, (uint64_t)i) == ANCHOR_OK);
        idle_calls[i] = i;
    }
    for (int round = 0; round < rounds; round++) {
        for (int starts = rand_r(&seed) % (idle + 1); starts > 0; starts--) {
            start_cancelled_call(calls[idle_calls[--idle]], &seed);
        }
        if (idle == CALLS) {
            CHECK(!is_readable(descriptor_of(queue), 0));
            continue;
        }
        CHECK(with_epoll ? epoll_wait(epoll, &event, 1, 10000) == 1
                         : is_readable(descriptor_of(queue), 10000));
        for (int wanted = 1 + rand_r(&seed) % CALLS, taken = 0; taken < wanted; taken++) {
            int64_t tag = take_completion(queue);
            CHECK(tag >= 0 || taken > 0 || !"the descriptor is readable, but no completion waits");
            if (tag < 0) {
                break;
            }
            idle_calls[idle++] = (int)tag;
        }
    }
    close(epoll);
    CHECK(anchor_free(queue) == ANCHOR_OK);
    for (int i = 0; i < CALLS; i++) {
        CHECK(anchor_free(calls[i]) == ANCHOR_OK);
    }
}

/* Makes a call through the queue while it is the only one: the descriptor becomes readable for it,
 * and is not readable after it was taken. */
static void complete_one_call(anchor_queue *queue, anchor_call *call, const char *session_id) {
    CHECK(anchor_call_set_queue(call, queue, 9) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, session_id, call, NULL) == ANCHOR_OK);
    CHECK(is_readable(descriptor_of(queue), 10000));
    wait_for_success(queue, 9);
    CHECK(!is_readable(descriptor_of(queue), 0));
}

/* A child has none of its parent's calls and can make its own. The parent's calls complete. */
static void check_forks(int forks) {
    anchor_queue *queue;
    anchor_call *child_call, *parent_call;
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    CHECK(anchor_call_new(&child_call) == ANCHOR_OK && anchor_call_new(&parent_call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(parent_call, queue, 1) == ANCHOR_OK);
    for (int i = 0; i < forks; i++) {
        CHECK(anchor_pause_recording(client, "abc", parent_call, NULL) == ANCHOR_OK);
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            CHECK(take_completion(queue) == -1);
            complete_one_call(queue, child_call, "abc");
            CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(child_call) == ANCHOR_OK &&
                  anchor_free(parent_call) == ANCHOR_OK);
            _exit(0);
        }
        wait_for_success(queue, 1);
        check_exit_code(child, 0);
    }
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(child_call) == ANCHOR_OK &&
          anchor_free(parent_call) == ANCHOR_OK);
}

static volatile sig_atomic_t signals_on_other_threads;
static pthread_t main_thread;

static void count_signal(int signal) {
    (void)signal;
    signals_on_other_threads += !pthread_equal(pthread_self(), main_thread);
}

/* No signal handler runs on the library's thread. That thread ends soon after its queue is freed. */
static void check_signals(void) {
    anchor_queue *queue;
    anchor_call *call;
    main_thread = pthread_self();
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
    sigset_t usr1;
    CHECK(sigemptyset(&usr1) == 0 && sigaddset(&usr1, SIGUSR1) == 0);
    for (int sent = 0; sent < 200; sent++) {
        /* Blocked on this thread, so that only another thread could receive it at once. */
        CHECK(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0 && kill(getpid(), SIGUSR1) == 0);
        complete_one_call(queue, call, "abc");
        CHECK(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
    }
    CHECK(signals_on_other_threads == 0);
    CHECK(anchor_free(queue) == ANCHOR_OK && anchor_free(call) == ANCHOR_OK);
    for (int waits = 0; count_threads() > 1; waits++) {
        CHECK(waits < 500);
        sleep_ms(10);
    }
}

int main(int argc, char **argv) {
    alarm(300);
    CHECK(argc == 2);
    int rounds = atoi(argv[1]), descriptors = count_descriptors();
    client = new_client("SANDBOX_URL", 20000);
    CHECK(count_descriptors() == descriptors);
    run_event_loop(rounds / 2, 0, 1);
    run_event_loop(rounds / 2, 1, 2);
    check_signals();
    check_forks(50);
    CHECK(anchor_free(client) == ANCHOR_OK);
    for (int waits = 0; count_descriptors() > descriptors; waits++) {
        CHECK(waits < 500);
        sleep_ms(10);
    }
    printf("%d rounds of poll and epoll, no lost wake-up; 50 forks; 0 signals on the library's thread\n",
           rounds);
    return 0;
}
