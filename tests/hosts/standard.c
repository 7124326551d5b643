/* A host that has closed descriptors 0 to 2.
 *
 * The library's files and sockets never get these numbers: what the host prints would go into a
 * video or a request. A thread writes to all three all the while, which must fail with EBADF, and
 * checks who uses them. At most there is a placeholder, and none after the last call.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

/* A copy of standard error with a higher number. */
static int report = -1;

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            dprintf(report, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);                    \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { THREADS = 8, ROUNDS = 40, FORKS = 20 };

static anchor_client *plain, *tls;
static atomic_bool is_over;
static atomic_long writes, placeholders;

/* A placeholder is the root folder, opened so that it can be neither read nor written. */
static void check_number(int number) {
    char path[32], target[256], byte;
    ssize_t written = write(number, "printed by the host", 19);
    int why_not_written = errno;
    ssize_t taken = read(number, &byte, 1);
    int why_not_taken = errno;
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    if (length >= 0 && strcmp(target, "/") != 0) {
        dprintf(report, "descriptor %d is %s\n", number, target);
    }
    CHECK(written == -1 && why_not_written == EBADF);
    CHECK(taken == -1 && why_not_taken == EBADF);
    CHECK(length < 0 || strcmp(target, "/") == 0);
    placeholders += length >= 0;
    writes++;
}

static void *print_all_the_while(void *unused) {
    while (!is_over) {
        for (int number = 0; number < 3; number++) {
            check_number(number);
        }
    }
    return unused;
}

static int count_open(void) {
    int open = 0;
    for (int number = 0; number < 3; number++) {
        open += fcntl(number, F_GETFD) != -1 || errno != EBADF;
    }
    return open;
}

/* A thread of the library that is just ending may still hold a placeholder. */
static void check_all_closed(void) {
    for (double end = monotonic_seconds() + 5; count_open() > 0 && monotonic_seconds() < end;) {
        sleep_ms(1);
    }
    CHECK(count_open() == 0);
}

static void download(anchor_client *client, const char *file) {
    char *error;
    int32_t status = anchor_download_recording(client, "abc", file, NULL, &error);
    if (status != ANCHOR_OK) {
        dprintf(report, "%s\n", error);
    }
    CHECK(status == ANCHOR_OK);
    CHECK(unlink(file) == 0);
}

/* Clients of its own, so that connections and trust stores are made all the time. */
static void *call(void *number) {
    char file[64];
    snprintf(file, sizeof file, "build/hosts/standard.%d.%ld.mp4", (int)getpid(), (long)(intptr_t)number);
    for (int round = 0; round < ROUNDS; round++) {
        anchor_client *client = new_client(round % 2 ? "SANDBOX_TLS_URL" : "SANDBOX_URL", 30000);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        CHECK(pause_recording(plain, "abc") == ANCHOR_OK);
        CHECK(pause_recording(tls, "abc") == ANCHOR_OK);
        download(client, file);
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    return NULL;
}

static void complete_through_queue(void) {
    anchor_queue *queue;
    anchor_call *calls[THREADS];
    char *error;
    CHECK(anchor_queue_new(THREADS, &queue) == ANCHOR_OK);
    int32_t descriptor;
    CHECK(anchor_queue_fd(queue, &descriptor) == ANCHOR_OK && descriptor >= 3);
    for (int i = 0; i < THREADS; i++) {
        CHECK(anchor_call_new(&calls[i]) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(calls[i], queue, (uint64_t)i) == ANCHOR_OK);
        CHECK(anchor_pause_recording(tls, "abc", calls[i], &error) == ANCHOR_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        uint64_t tag;
        int32_t status;
        CHECK(anchor_queue_next(queue, 30000, &tag, &status, &error) == ANCHOR_OK);
        CHECK(status == ANCHOR_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        anchor_free(calls[i]);
    }
    CHECK(anchor_free(queue) == ANCHOR_OK);
}

/* A child that is forked while other threads call has no thread that could close a placeholder. */
static void fork_and_call(void) {
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            CHECK(pause_recording(tls, "abc") == ANCHOR_OK);
            check_all_closed();
            _exit(0);
        }
        check_exit_code(child, 0);
    }
}

int main(void) {
    pthread_t threads[THREADS], printer;
    alarm(120);
    report = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    CHECK(report >= 10 && output >= 10);
    /* To make another arena, malloc reads a file. */
    CHECK(mallopt(M_ARENA_MAX, 1) == 1);
    for (int number = 0; number < 3; number++) {
        close(number);
    }
    plain = new_client("SANDBOX_URL", 30000);
    tls = new_client("SANDBOX_TLS_URL", 30000);
    CHECK(pthread_create(&printer, NULL, print_all_the_while, NULL) == 0);
    for (intptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, call, (void *)i) == 0);
    }
    complete_through_queue();
    fork_and_call();
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    is_over = true;
    CHECK(pthread_join(printer, NULL) == 0);
    check_all_closed();
    dprintf(output, "%ld writes and reads of closed descriptors failed, %ld met a placeholder\n",
            (long)writes, (long)placeholders);
    return 0;
}
