/* A host that forks with a client in hand: fork [URL_VARIABLE]
 *
 * The library promises that a child may use and free what its parent made, whatever the parent's
 * other threads are doing, and that the parent is not disturbed. Children are made by fork and by a
 * raw clone, before and inside a call, and while eight threads call. Each child does one of six
 * jobs and must exit with 0, and the parent's next call must succeed.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static anchor_client *client;
static volatile int stop;
static int children;

static void *calling_thread(void *unused) {
    (void)unused;
    while (!stop) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
    return NULL;
}

static void use_twice(void) {
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

static void free_unused(void) {
    CHECK(anchor_free(client) == ANCHOR_OK);
}

static void use_and_free(void) {
    use_twice();
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(pause_recording(client, "abc") == ANCHOR_INVALID_HANDLE);
}

static void make_another_client(void) {
    anchor_client *another = new_client("SANDBOX_URL", 10000);
    CHECK(pause_recording(another, "abc") == ANCHOR_OK);
    CHECK(anchor_free(another) == ANCHOR_OK);
    use_twice();
}

static void run_in_child(pid_t (*make_child)(void), void (*job)(void)) {
    pid_t child = make_child();
    children++;
    if (child == 0) {
        alarm(20);
        job();
        _exit(0);
    }
    check_exit_code(child, 0);
}

static void use_in_grandchild(void) {
    use_twice();
    run_in_child(fork, use_and_free);
    use_twice();
}

static void use_and_exit(void) {
    use_twice();
    exit(0);
}

/* A progress function that forks once, inside the call. */
static int32_t fork_once(void *child, uint64_t done, uint64_t total) {
    (void)done;
    (void)total;
    if (*(pid_t *)child == -1) {
        *(pid_t *)child = fork();
        alarm(20);
    }
    return 0;
}

/* The child's copy of the call fails. The parent's call completes. */
static void check_fork_inside_a_call(void) {
    pid_t child = -1;
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, fork_once, &child) == ANCHOR_OK);
    int32_t status = anchor_pause_recording(client, "delay", call, NULL);
    if (child == 0) {
        CHECK(status == ANCHOR_CONNECTION_LOST);
        use_and_free();
        _exit(0);
    }
    CHECK(status == ANCHOR_OK);
    check_exit_code(child, 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* A fork that does not run the handlers of pthread_atfork. */
static pid_t raw_clone(void) {
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void run_every_job(pid_t (*make_child)(void)) {
    void (*jobs[])(void) = {use_twice,           free_unused,       use_and_free,
                            make_another_client, use_in_grandchild, use_and_exit};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        run_in_child(make_child, jobs[i]);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
}

/* What another thread changes all the time. */
static anchor_options *changing_options;
static anchor_call *changing_call;

static int32_t set_long_header(const char *value) {
    return anchor_options_set_header(changing_options, "X-Long", value);
}

static void *changing_thread(void *value) {
    while (!stop) {
        CHECK(set_long_header(value) == ANCHOR_OK);
        CHECK(anchor_call_set_progress(changing_call, NULL, NULL) == ANCHOR_OK);
        int32_t http_status;
        CHECK(anchor_call_http_status(changing_call, &http_status) == ANCHOR_OK);
    }
    return NULL;
}

/* Children that are forked while a thread changes options and a call use both. */
static void change_in_children(void) {
    static char value[60000];
    pthread_t thread;
    memset(value, 'x', sizeof value - 1);
    CHECK(anchor_options_new(&changing_options) == ANCHOR_OK && anchor_call_new(&changing_call) == ANCHOR_OK);
    anchor_options_set_base_url(changing_options, "http://127.0.0.1");
    CHECK(pthread_create(&thread, NULL, changing_thread, value) == 0);
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        if (child == 0) {
            anchor_client *made;
            alarm(20);
            CHECK(anchor_client_new("key", changing_options, &made, NULL) == ANCHOR_OK);
            CHECK(set_long_header("short") == ANCHOR_OK);
            CHECK(anchor_call_set_progress(changing_call, NULL, NULL) == ANCHOR_OK);
            CHECK(anchor_pause_recording(client, "abc", changing_call, NULL) == ANCHOR_OK);
            CHECK(anchor_free(changing_options) == ANCHOR_OK && anchor_free(changing_call) == ANCHOR_OK);
            _exit(0);
        }
        check_exit_code(child, 0);
        children++;
    }
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(anchor_free(changing_options) == ANCHOR_OK && anchor_free(changing_call) == ANCHOR_OK);
    stop = 0;
}

int main(int argc, char **argv) {
    pthread_t threads[8];
    alarm(120);
    client = new_client(argc > 1 ? argv[1] : "SANDBOX_URL", 10000);
    run_every_job(fork);
    run_every_job(raw_clone);
    check_fork_inside_a_call();
    alarm(120);
    change_in_children();
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_create(&threads[i], NULL, calling_thread, NULL) == 0);
    }
    for (int round = 0; round < 10; round++) {
        run_every_job(fork);
    }
    stop = 1;
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("%d children, 0 failed\n", children);
    return 0;
}
