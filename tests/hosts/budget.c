/* A host with 512 descriptors, many queues, threads, clients and CA files.
 *
 * The library promises that it never uses more than half of the descriptors, whatever the host has
 * many of, and that idle connections give way to calls. A thread of the program counts the
 * descriptors all the time. Every call must succeed.
 */
#define _GNU_SOURCE
#include "scenarios.h"
#include <pthread.h>
#include <stdatomic.h>

enum { DESCRIPTORS = 512, QUEUES = 6, IN_QUEUE = 200, CA_FILES = 6, CLIENTS = 1000, THREADS = 64 };
/* How many calls can be in flight at once at the least, and how late one may be that found room. */
enum { AT_ONCE = 90, DELAY_MS = 3000, LATE_MS = 1500 };
enum { LOWERED = 128 };

static anchor_client *clients[CLIENTS];
static atomic_int must_end, most, calls;
/* The descriptors of the host itself, and the one that counting takes. */
static int own;
static char folder[] = "/tmp/anchor-budget-XXXXXX";

static void *count_all_the_time(void *unused) {
    (void)unused;
    while (!must_end) {
        int count = count_descriptors();
        most = count > most ? count : most;
        usleep(500);
    }
    return NULL;
}

static pthread_t start_counting(void) {
    pthread_t thread;
    set_soft_limit(RLIMIT_NOFILE, DESCRIPTORS);
    own = count_descriptors();
    CHECK(pthread_create(&thread, NULL, count_all_the_time, NULL) == 0);
    return thread;
}

/* Ends the count. At no time was more than half of the descriptors the library's. */
static void expect_half_left(pthread_t counter) {
    must_end = 1;
    CHECK(pthread_join(counter, NULL) == 0);
    EXPECT(most - own <= DESCRIPTORS / 2);
    EXPECT(count_descriptors() - own <= DESCRIPTORS / 2);
}

/* Writes a file with `count` copies of the certificate, which no two clients have in common. */
static void write_ca_file(char *file, size_t capacity, int count) {
    static char certificate[65536];
    FILE *from = fopen(getenv("SANDBOX_CA"), "r");
    CHECK(from != NULL);
    size_t length = fread(certificate, 1, sizeof certificate, from);
    fclose(from);
    snprintf(file, capacity, "%s/%d.pem", folder, count);
    FILE *to = fopen(file, "w");
    CHECK(to != NULL);
    for (int i = 0; i < count; i++) {
        CHECK(fwrite(certificate, 1, length, to) == length);
    }
    CHECK(fclose(to) == 0);
}

static void make_clients(int count) {
    char files[CA_FILES][64];
    CHECK(mkdtemp(folder) != NULL);
    for (int i = 0; i < CA_FILES; i++) {
        write_ca_file(files[i], sizeof files[i], i + 1);
    }
    for (int i = 0; i < count; i++) {
        anchor_options *options;
        CHECK(anchor_options_new(&options) == ANCHOR_OK);
        anchor_options_set_base_url(options, getenv(i % 2 == 0 ? "SANDBOX_TLS_URL" : "SANDBOX_URL"));
        anchor_options_set_ca_file(options, files[i / 2 % CA_FILES]);
        anchor_options_set_timeout_ms(options, 40000);
        CHECK(anchor_client_new(NULL, options, &clients[i], NULL) == ANCHOR_OK);
        CHECK(anchor_free(options) == ANCHOR_OK);
    }
    for (int i = 0; i < CA_FILES; i++) {
        CHECK(unlink(files[i]) == 0);
    }
    CHECK(rmdir(folder) == 0);
}

static void begin(anchor_queue *queue, anchor_client *client, const char *session_id) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, 0) == ANCHOR_OK);
    EXPECT_STATUS(anchor_pause_recording(client, session_id, call, NULL), ANCHOR_OK);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void complete_one(anchor_queue *queue) {
    int32_t status = -1;
    char *error;
    EXPECT_STATUS(anchor_queue_next(queue, 60000, NULL, &status, &error), ANCHOR_OK);
    EXPECT_STATUS(status, ANCHOR_OK);
    anchor_free(error);
    calls++;
}

/* Keeps IN_QUEUE calls in flight for a few seconds. */
static void *use_queue(void *end) {
    anchor_queue *queue;
    unsigned next = 0;
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    for (int i = 0; i < IN_QUEUE; i++) {
        begin(queue, clients[next++ % CLIENTS], "abc");
    }
    while (monotonic_seconds() < *(double *)end) {
        complete_one(queue);
        begin(queue, clients[next++ % CLIENTS], "abc");
    }
    for (int i = 0; i < IN_QUEUE; i++) {
        complete_one(queue);
    }
    return queue;
}

static void *use_thread(void *end) {
    static atomic_uint next;
    while (monotonic_seconds() < *(double *)end) {
        EXPECT_STATUS(pause_recording(clients[next++ % CLIENTS], "abc"), ANCHOR_OK);
        calls++;
    }
    return NULL;
}

static void all_together(void) {
    pthread_t threads[QUEUES + THREADS];
    anchor_queue *queues[QUEUES];
    make_clients(CLIENTS);
    pthread_t counter = start_counting();
    double end = monotonic_seconds() + 4;
    for (int i = 0; i < QUEUES + THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, i < QUEUES ? use_queue : use_thread, &end) == 0);
    }
    for (int i = 0; i < QUEUES + THREADS; i++) {
        CHECK(pthread_join(threads[i], i < QUEUES ? (void **)&queues[i] : NULL) == 0);
    }
    /* Idle connections are inside the budget, too. */
    int idle = count_descriptors() - own;
    expect_half_left(counter);
    for (int i = 0; i < QUEUES; i++) {
        EXPECT_STATUS(anchor_free(queues[i]), ANCHOR_OK);
    }
    FIGURE("%d calls, %d descriptors at most, %d afterwards", calls, most - own, idle);
}

/* Makes calls at once until the queue has many connections, and returns when they are idle. */
static void fill(anchor_queue *queue, anchor_client *client) {
    for (int i = 0; i < IN_QUEUE; i++) {
        begin(queue, client, "abc");
    }
    for (int i = 0; i < IN_QUEUE; i++) {
        complete_one(queue);
    }
}

/* So many calls of 3 s need a connection each. They find room at once. */
static double expect_room_for_queue(anchor_queue *queue, anchor_client *client) {
    double begun = monotonic_seconds();
    for (int i = 0; i < AT_ONCE; i++) {
        begin(queue, client, "delay");
    }
    for (int i = 0; i < AT_ONCE; i++) {
        complete_one(queue);
    }
    double took = monotonic_seconds() - begun;
    EXPECT(took * 1000 < DELAY_MS + LATE_MS);
    return took;
}

static void *delayed_thread(void *client) {
    EXPECT_STATUS(pause_recording(client, "delay"), ANCHOR_OK);
    return NULL;
}

static double expect_room_for_threads(anchor_client *client) {
    pthread_t threads[THREADS];
    double begun = monotonic_seconds();
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, delayed_thread, client) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    double took = monotonic_seconds() - begun;
    EXPECT(took * 1000 < DELAY_MS + LATE_MS);
    return took;
}

static void idle_connections_give_way(const char *url_variable) {
    anchor_queue *one, *other;
    double took[3];
    pthread_t counter = start_counting();
    anchor_client *client = new_client(url_variable, 40000);
    CHECK(anchor_queue_new(0, &one) == ANCHOR_OK && anchor_queue_new(0, &other) == ANCHOR_OK);
    fill(one, client);
    int idle = count_descriptors() - own;
    EXPECT(idle > AT_ONCE / 2);
    took[0] = expect_room_for_queue(other, client);
    took[1] = expect_room_for_threads(client);
    took[2] = expect_room_for_queue(one, client);
    expect_half_left(counter);
    EXPECT_STATUS(anchor_free(one), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(other), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("with %d idle ones, calls of 3 s took %.1f, %.1f and %.1f s; %d at most", idle, took[0], took[1],
           took[2], most - own);
}

static void idle_ones_give_way(void) {
    idle_connections_give_way("SANDBOX_URL");
}

static void idle_ones_give_way_over_tls(void) {
    idle_connections_give_way("SANDBOX_TLS_URL");
}

/* A queue whose worker is busy with a call closes its idle connections as well. */
static void idle_ones_of_a_busy_queue_give_way(void) {
    anchor_queue *busy, *other;
    pthread_t counter = start_counting();
    anchor_client *client = new_client("SANDBOX_URL", 40000);
    CHECK(anchor_queue_new(0, &busy) == ANCHOR_OK && anchor_queue_new(0, &other) == ANCHOR_OK);
    fill(busy, client);
    begin(busy, client, "stall");
    double took = expect_room_for_queue(other, client);
    expect_half_left(counter);
    EXPECT_STATUS(anchor_free(busy), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(other), ANCHOR_OK);
    FIGURE("calls of 3 s took %.1f s", took);
}

/* The calls of the parent use all of the budget. That of the child is its own. */
static void child_has_its_own(void) {
    anchor_queue *queue;
    set_soft_limit(RLIMIT_NOFILE, DESCRIPTORS);
    own = count_descriptors();
    anchor_client *client = new_client("SANDBOX_URL", 40000);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    for (int i = 0; i < IN_QUEUE; i++) {
        begin(queue, client, "stall");
    }
    while (count_descriptors() - own < AT_ONCE) {
        sleep_ms(1);
    }
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        double begun = monotonic_seconds();
        EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
        EXPECT(monotonic_seconds() - begun < 1);
        expect_room_for_queue(queue, client);
        _exit(0);
    }
    check_exit_code(child, 0);
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    /* What the freed queue held is free again. */
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
}

/* The first call finds no descriptor, the next ones as many as the host has set since. */
static void follows_the_limit(void) {
    anchor_queue *queue;
    anchor_client *client = new_client("SANDBOX_URL", 40000);
    own = count_descriptors();
    set_soft_limit(RLIMIT_NOFILE, 3);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_RESOURCE_EXHAUSTED);
    set_soft_limit(RLIMIT_NOFILE, DESCRIPTORS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    double took = expect_room_for_queue(queue, client);
    int idle = count_descriptors() - own;
    EXPECT(idle > AT_ONCE / 2);
    /* A new connection makes the idle ones give way, until all are within the lower limit. */
    set_soft_limit(RLIMIT_NOFILE, LOWERED);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    int left = count_descriptors() - own;
    EXPECT(left <= LOWERED / 2);
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    FIGURE("calls of 3 s took %.1f s; %d idle, %d with a limit of %d", took, idle, left, LOWERED);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"all-together", all_together},
        {"idle-ones-give-way", idle_ones_give_way},
        {"idle-ones-give-way-over-tls", idle_ones_give_way_over_tls},
        {"idle-ones-of-a-busy-queue-give-way", idle_ones_of_a_busy_queue_give_way},
        {"child-has-its-own", child_has_its_own},
        {"follows-the-limit", follows_the_limit},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
