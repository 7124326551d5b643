/* A host in a sandbox that refuses system calls.
 *
 * The library promises a status and a message that is true: it advises a higher limit only if a
 * limit was reached, and names what the system refused otherwise. It prints nothing, and the
 * process goes on. The program refuses one system call after the other, by seccomp, with several
 * errors, and then makes a client, a call over http, one over https, one to a host name, one
 * through a queue and a download.
 */
#define _GNU_SOURCE
#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What a kind of call needs of the system. */
enum { PLAIN = 1, TLS = 2, NAMED = 4, QUEUED = 8, DOWNLOAD = 16, NETWORK = 31 };

static const struct {
    const char *name;
    long number, other_number;
    /* The calls that cannot succeed without it. */
    int needed_by;
    /* What each of their messages says, besides the text of the error. */
    const char *named;
    int32_t status;
} REFUSED[] = {
    {"eventfd2", SYS_eventfd2, SYS_eventfd2, NETWORK, "eventfd2", ANCHOR_RESOURCE_EXHAUSTED},
    {"epoll_create1", SYS_epoll_create1, SYS_epoll_create1, NETWORK, "epoll_create1",
     ANCHOR_RESOURCE_EXHAUSTED},
    {"clone", SYS_clone, SYS_clone3, NAMED | QUEUED, "no thread", ANCHOR_RESOURCE_EXHAUSTED},
    {"getrandom", SYS_getrandom, SYS_getrandom, TLS, "getrandom", ANCHOR_RESOURCE_EXHAUSTED},
    {"socket", SYS_socket, SYS_socket, PLAIN | TLS, "connect", ANCHOR_CONNECT_FAILED},
    {"connect", SYS_connect, SYS_connect, PLAIN | TLS, "connect", ANCHOR_CONNECT_FAILED},
};
enum { REFUSALS = sizeof REFUSED / sizeof *REFUSED };

/* An error, and whether it means that a limit was reached. */
static const struct {
    int number;
    int is_limit;
} ERRORS[] = {{EPERM, 0}, {ENOSYS, 0}, {EACCES, 0}, {EMFILE, 1}, {ENOMEM, 1}};
enum { ERROR_COUNT = sizeof ERRORS / sizeof *ERRORS };

static void refuse(long number, long other_number, int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)other_number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static int32_t through_queue(anchor_client *client, char **error) {
    anchor_queue *queue;
    anchor_call *call;
    int32_t status = ANCHOR_OK;
    uint64_t tag;
    CHECK(anchor_queue_new(1, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, queue, 1) == ANCHOR_OK);
    int32_t begun = anchor_pause_recording(client, "abc", call, error);
    if (begun == ANCHOR_OK) {
        CHECK(anchor_queue_next(queue, 10000, &tag, &status, error) == ANCHOR_OK);
    }
    CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(queue) == ANCHOR_OK);
    return begun == ANCHOR_OK ? status : begun;
}

static int32_t make_call(int kind, char **error) {
    anchor_options *options;
    anchor_client *client;
    const char *url = getenv(kind == TLS ? "SANDBOX_TLS_URL" : kind == NAMED ? "NAMED_URL" : "SANDBOX_URL");
    char file[64];
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, url);
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_max_retries(options, 0);
    anchor_options_set_timeout_ms(options, 10000);
    int32_t status = anchor_client_new(NULL, options, &client, error);
    CHECK(anchor_free(options) == ANCHOR_OK);
    if (status != ANCHOR_OK) {
        return status;
    }
    snprintf(file, sizeof file, "build/hosts/seccomp.%d.mp4", (int)getpid());
    status = kind == QUEUED     ? through_queue(client, error)
             : kind == DOWNLOAD ? anchor_download_recording(client, "abc", file, NULL, error)
                                : anchor_pause_recording(client, "abc", NULL, error);
    unlink(file);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return status;
}

/* Returns whether the call was refused. */
static int check_call(int refusal, int error_index, int kind) {
    char *error = NULL;
    int32_t status = make_call(kind, &error);
    const char *name = REFUSED[refusal].name, *text = strerror(ERRORS[error_index].number);
    int is_limit = ERRORS[error_index].is_limit;
    int is_needed = (REFUSED[refusal].needed_by & kind) != 0;
    if (REFUSED[refusal].number == SYS_getrandom && ERRORS[error_index].number == ENOSYS) {
        /* As on an old kernel: there is /dev/urandom. */
        is_needed = 0;
    }
    int is_right = status == ANCHOR_OK ? !is_needed : error != NULL && status != ANCHOR_INTERNAL;
    if (is_needed && is_right) {
        int32_t expected = is_limit ? ANCHOR_RESOURCE_EXHAUSTED : REFUSED[refusal].status;
        is_right = status == expected && strstr(error, REFUSED[refusal].named) != NULL &&
                   (strstr(error, "raise the limit") != NULL) == is_limit &&
                   (strstr(error, text) != NULL || REFUSED[refusal].number == SYS_clone);
    }
    if (!is_right) {
        fprintf(stderr, "%s refused with \"%s\", kind of call %d: status %d: %s\n", name, text, kind, status,
                error == NULL ? "no message" : error);
    }
    CHECK(is_right);
    return status != ANCHOR_OK;
}

static void *stall(void *client) {
    pause_recording(client, "stall");
    return NULL;
}

/* A filter that is installed after the first connection was made. */
static void check_late_filter(void) {
    anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
    pthread_t thread;
    char *error;
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    refuse(SYS_getrandom, SYS_getrandom, EPERM);
    /* The connection of the first call is used by this one, so that the next call needs another. */
    CHECK(pthread_create(&thread, NULL, stall, client) == 0);
    sleep_ms(200);
    CHECK(anchor_pause_recording(client, "abc", NULL, &error) == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(strstr(error, "getrandom") != NULL && strstr(error, strerror(EPERM)) != NULL);
    _exit(1);
}

/* Neither getrandom nor a device: even a table of the standard library needs random numbers. */
static void check_without_devices(void) {
    char *error = NULL;
    anchor_client *client = new_client("SANDBOX_URL", 10000);
    refuse(SYS_getrandom, SYS_openat, EPERM);
    int32_t status = anchor_pause_recording(client, "abc", NULL, &error);
    if (status != ANCHOR_OK && (status != ANCHOR_RESOURCE_EXHAUSTED || strstr(error, "getrandom") == NULL)) {
        fprintf(stderr, "status %d: %s\n", status, error);
        CHECK(0);
    }
    _exit(status != ANCHOR_OK);
}

static void check_nothing_printed(FILE *child_stderr) {
    char line[1024];
    int lines = 0;
    rewind(child_stderr);
    for (; fgets(line, sizeof line, child_stderr) != NULL; lines++) {
        fprintf(stderr, "printed: %s", line);
    }
    CHECK(lines == 0);
}

int main(void) {
    int refused = 0, status;
    FILE *child_stderr = tmpfile();
    alarm(120);
    set_named_url();
    for (int refusal = 0; refusal < REFUSALS; refusal++) {
        for (int index = 0; index < ERROR_COUNT; index++) {
            pid_t child = fork();
            if (child == 0) {
                int count = 0;
                alarm(60);
                CHECK(dup2(fileno(child_stderr), STDERR_FILENO) == STDERR_FILENO);
                refuse(REFUSED[refusal].number, REFUSED[refusal].other_number, ERRORS[index].number);
                for (int kind = PLAIN; kind < NETWORK; kind *= 2) {
                    count += check_call(refusal, index, kind);
                }
                _exit(count);
            }
            CHECK(child > 0 && waitpid(child, &status, 0) == child);
            check_nothing_printed(child_stderr);
            CHECK(WIFEXITED(status));
            refused += WEXITSTATUS(status);
        }
    }
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            CHECK(dup2(fileno(child_stderr), STDERR_FILENO) == STDERR_FILENO);
            (i == 0 ? check_late_filter : check_without_devices)();
        }
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        check_nothing_printed(child_stderr);
        CHECK(WIFEXITED(status));
        refused += WEXITSTATUS(status);
    }
    printf("%d calls refused by the system, each with a true message, 0 bytes on stderr\n", refused);
    return 0;
}
