/* A host during an outage of its name servers: each look-up takes 15 s, as with the defaults of the
 * system's resolver.
 *
 * The library promises that its look-ups never take more than 16 threads of the process, that one
 * look-up serves all who wait for its name, that nothing is kept for a call that has ended, and
 * that a name which hangs stops no other while a thread is left. The program interposes
 * getaddrinfo, in which names that begin with "hung" hang.
 */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

enum { MOST_THREADS = 16, DESCRIPTORS = 256, CALLS = 400 };

static atomic_int look_ups, hung_now, most_hung;
static volatile int outage_is_over;
static const char *port;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    static int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    look_ups++;
    if (strncmp(name, "hung", 4) != 0) {
        *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
        return next(name, service, hints, found);
    }
    int hung = ++hung_now;
    most_hung = hung > most_hung ? hung : most_hung;
    for (double end = monotonic_seconds() + 15; !outage_is_over && monotonic_seconds() < end;) {
        sleep_ms(10);
    }
    hung_now--;
    return EAI_AGAIN;
}

static anchor_client *client_of(const char *host, uint64_t timeout_ms) {
    char url[128];
    snprintf(url, sizeof url, "http://%s%s", host, port);
    setenv("OUTAGE_URL", url, 1);
    return new_client("OUTAGE_URL", timeout_ms);
}

static void end_outage(void) {
    outage_is_over = 1;
    while (hung_now > 0) {
        sleep_ms(1);
    }
    outage_is_over = 0;
}

/* The host can open pipes all the time, and calls cost no threads and descriptors that last. */
static void check_calls_one_after_the_other(int is_one_name) {
    int threads = count_threads(), descriptors = count_descriptors(), most = 0;
    anchor_client *client = client_of("hung", 20);
    for (int i = 0; i < CALLS; i++) {
        if (!is_one_name) {
            char name[32];
            snprintf(name, sizeof name, "hung-%d", i);
            CHECK(anchor_free(client) == ANCHOR_OK);
            client = client_of(name, 20);
        }
        CHECK(pause_recording(client, "abc") == ANCHOR_TIMEOUT);
        int pipes[2];
        CHECK(pipe(pipes) == 0 && close(pipes[0]) == 0 && close(pipes[1]) == 0);
        most = count_threads() > most ? count_threads() : most;
        CHECK(count_threads() <= threads + (is_one_name ? 1 : MOST_THREADS));
        CHECK(count_descriptors() <= descriptors + 5);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(count_descriptors() == descriptors);
    printf("%d calls of 20 ms for %s: %d threads at most; ", CALLS,
           is_one_name ? "one name" : "as many names", most - threads);
    end_outage();
}

static void begin(anchor_client *client, anchor_queue *queue, uint64_t tag) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, tag) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
}

/* In a queue, a name is looked up while fewer than 16 others hang. */
static void check_another_name(int hung, int32_t expected) {
    anchor_queue *queue;
    uint64_t tag;
    int32_t status;
    char *error;
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
    for (int i = 0; i < hung; i++) {
        char name[32];
        snprintf(name, sizeof name, "hung-%d", i);
        begin(client_of(name, 10000), queue, 0);
    }
    while (hung_now < (hung < MOST_THREADS ? hung : MOST_THREADS)) {
        sleep_ms(1);
    }
    begin(client_of("localhost", 2000), queue, 1);
    CHECK(anchor_queue_next(queue, 5000, &tag, &status, &error) == ANCHOR_OK);
    CHECK(tag == 1 && status == expected);
    /* If the outage is the reason, the message says so. */
    CHECK(status == ANCHOR_OK || strstr(error, "all threads that look up host names") != NULL);
    CHECK(anchor_free(error) == ANCHOR_OK && anchor_free(queue) == ANCHOR_OK);
    CHECK(most_hung <= MOST_THREADS);
}

static void *call_hung_name(void *client) {
    CHECK(pause_recording(client, "abc") == ANCHOR_CONNECT_FAILED);
    return NULL;
}

/* Callers that wait for the same name share a look-up. */
static void check_shared_look_up(void) {
    pthread_t threads[8];
    anchor_client *client = client_of("hung-shared", 10000);
    int before = look_ups;
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_create(&threads[i], NULL, call_hung_name, client) == 0);
    }
    sleep_ms(300);
    CHECK(look_ups == before + 1);
    outage_is_over = 1;
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    outage_is_over = 0;
    CHECK(anchor_free(client) == ANCHOR_OK);
}

/* With socks5:// the library looks the server's name up, by the same resolver. */
static void check_look_up_for_a_proxy(void) {
    char proxy[64], *error;
    snprintf(proxy, sizeof proxy, "socks5://127.0.0.1%s", port);
    setenv("http_proxy", proxy, 1);
    anchor_client *client = client_of("hung-behind-a-proxy", 200);
    unsetenv("http_proxy");
    int before = look_ups;
    CHECK(anchor_pause_recording(client, "abc", NULL, &error) == ANCHOR_TIMEOUT);
    CHECK(strstr(error, "the system's resolver did not answer") != NULL && look_ups == before + 1);
    CHECK(anchor_free(error) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    end_outage();
}

/* A child has threads of its own for look-ups. */
static void check_fork(void) {
    anchor_client *hung = client_of("hung-parent", 20), *client = client_of("localhost", 10000);
    CHECK(pause_recording(hung, "abc") == ANCHOR_TIMEOUT && hung_now > 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        _exit(0);
    }
    check_exit_code(child, 0);
    CHECK(anchor_free(hung) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    alarm(60);
    port = strrchr(getenv("SANDBOX_URL"), ':');
    const struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check_calls_one_after_the_other(1);
    check_calls_one_after_the_other(0);
    check_another_name(MOST_THREADS - 1, ANCHOR_OK);
    end_outage();
    check_another_name(MOST_THREADS + 4, ANCHOR_TIMEOUT);
    end_outage();
    check_another_name(0, ANCHOR_OK);
    check_shared_look_up();
    check_look_up_for_a_proxy();
    check_fork();
    puts("another name is found while 15 hang");
    return 0;
}
