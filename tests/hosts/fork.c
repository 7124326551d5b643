/* A child uses and frees what its parent made, whatever the parent's other threads are doing, and both go on.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static anchor_client *client;
static volatile int done;
static int children;

static void *calling(void *unused) {
    (void)unused;
    while (!done) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
    return NULL;
}

static void use_twice(void) {
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

static void free_untouched(void) {
    CHECK(anchor_free(client) == ANCHOR_OK);
}

static void use_and_free(void) {
    use_twice();
    free_untouched();
    CHECK(pause_recording(client, "abc") == ANCHOR_INVALID_HANDLE);
}

static void make_another(void) {
    anchor_client *own = new_client("SANDBOX_URL", 10000);
    CHECK(pause_recording(own, "abc") == ANCHOR_OK);
    CHECK(anchor_free(own) == ANCHOR_OK);
    use_twice();
}

static void in_child(pid_t (*make_child)(void), void (*job)(void)) {
    pid_t child = make_child();
    children++;
    if (child == 0) {
        alarm(20);
        job();
        _exit(0);
    }
    check_ended(child, 0);
}

static void use_in_grandchild(void) {
    use_twice();
    in_child(fork, use_and_free);
    use_twice();
}

static void exit_normally(void) {
    use_twice();
    exit(0);
}

/* Forks inside a call that is under way: the child's copy of it ends, the parent's goes on. */
static int32_t fork_once(void *child, uint64_t done, uint64_t total) {
    (void)done;
    (void)total;
    if (*(pid_t *)child == -1) {
        *(pid_t *)child = fork();
        alarm(20);
    }
    return 0;
}

static void fork_inside_a_call(void) {
    pid_t child = -1;
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, fork_once, &child) == ANCHOR_OK);
    int32_t paused = anchor_pause_recording(client, "delay", call, NULL);
    if (child == 0) {
        CHECK(paused == ANCHOR_CONNECTION_LOST);
        use_and_free();
        _exit(0);
    }
    CHECK(paused == ANCHOR_OK);
    check_ended(child, 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* Skips the handlers of pthread_atfork. */
static pid_t raw_clone(void) {
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void each_job(pid_t (*make_child)(void)) {
    void (*jobs[])(void) = {use_twice,    free_untouched,    use_and_free,
                            make_another, use_in_grandchild, exit_normally};
    for (size_t job = 0; job < sizeof jobs / sizeof *jobs; job++) {
        in_child(make_child, jobs[job]);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
}

int main(int count, char **arguments) {
    pthread_t threads[8];
    alarm(120);
    client = new_client(count > 1 ? arguments[1] : "SANDBOX_URL", 10000);
    each_job(fork);
    each_job(raw_clone);
    fork_inside_a_call();
    alarm(120);
    for (int thread = 0; thread < 8; thread++) {
        CHECK(pthread_create(&threads[thread], NULL, calling, NULL) == 0);
    }
    for (int round = 0; round < 10; round++) {
        each_job(fork);
    }
    done = 1;
    for (int thread = 0; thread < 8; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("%d children, 0 failed\n", children);
    return 0;
}
