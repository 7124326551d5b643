/* A host in which one system call fails. sweep.py chooses the cases and judges what happened.
 *
 * Reads a case per line from stdin: SCENARIO CALL NTH ERRNO FOR_GOOD DESCRIPTORS. CALL is - if
 * none is to fail. Each case runs in a child of its own, because much happens only once in a
 * process. After the fault the child does the same once more, without a fault, then frees
 * everything. Writes a line per case to stdout, in fields that end with a tab:
 *
 *     failed  how many system calls failed
 *     path    the path that the first of them was given
 *     wait    the wait status of the child
 *     phase   where the child was when it ended: setup, fault, next, end or exited
 *     status  of the operation with the fault
 *     ms      that it took
 *     next    the status of the next operation
 *     open    how many descriptors were open at the end
 *     text    the message of the operation with the fault
 *     later   the message of the next one, or what was wrong about it
 *     output  what the child printed
 *     calls   the counts of the system calls, as NAME=COUNT
 *
 * With --list, the names of the scenarios are printed.
 */
#define _GNU_SOURCE
#include "inject.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { TIMEOUT_MS = 1000, NEXT_TIMEOUT_MS = 10000, CASE_SECONDS = 25, OLD_BYTES = 7 };

enum action { NEW_CLIENT, NEW_QUEUE, PAUSE, DOWNLOAD, FREE };

/* What the host does. Its first call in the process has the fault, unless it is warm. */
static const struct scenario {
    const char *name;
    enum action action;
    const char *url_variable;
    int queued;       /* through a completion queue */
    int warm;         /* after another call, whose connection is kept */
    int system_store; /* certificates from SSL_CERT_FILE instead of an option */
} SCENARIOS[] = {
    {"client", NEW_CLIENT, "SANDBOX_URL", 0, 0, 0},
    {"client-https", NEW_CLIENT, "SANDBOX_TLS_URL", 0, 0, 0},
    {"queue", NEW_QUEUE, "SANDBOX_URL", 1, 0, 0},
    {"call-http-ip", PAUSE, "SANDBOX_URL", 0, 0, 0},
    {"call-http-name", PAUSE, "NAMED_URL", 0, 0, 0},
    {"call-https-ip", PAUSE, "SANDBOX_TLS_URL", 0, 0, 0},
    {"call-https-name", PAUSE, "NAMED_TLS_URL", 0, 0, 0},
    {"call-https-store", PAUSE, "SANDBOX_TLS_URL", 0, 0, 1},
    {"call-warm", PAUSE, "SANDBOX_URL", 0, 1, 0},
    {"queue-http-ip", PAUSE, "SANDBOX_URL", 1, 0, 0},
    {"queue-http-name", PAUSE, "NAMED_URL", 1, 0, 0},
    {"queue-https-ip", PAUSE, "SANDBOX_TLS_URL", 1, 0, 0},
    {"queue-https-name", PAUSE, "NAMED_TLS_URL", 1, 0, 0},
    {"queue-warm", PAUSE, "SANDBOX_URL", 1, 1, 0},
    {"download", DOWNLOAD, "SANDBOX_URL", 0, 0, 0},
    {"download-resumed", DOWNLOAD, "SANDBOX_URL", 0, 1, 0},
    {"download-queue", DOWNLOAD, "SANDBOX_URL", 1, 0, 0},
    {"free", FREE, "SANDBOX_URL", 0, 1, 0},
    {"free-queue", FREE, "SANDBOX_URL", 1, 1, 0},
};

/* Written by the child, read by the parent. */
static struct outcome {
    char phase[8];
    int32_t status, next_status;
    double seconds;
    int descriptors;
    char text[1200], later[1200];
} * outcome;

static char folder[] = "/tmp/anchor-sweep-XXXXXX";
static char file[sizeof folder + 16];
/* A folder of certificates, as SSL_CERT_DIR names one. */
static char store[] = "/tmp/anchor-store-XXXXXX";
/* The objects of the host. */
static anchor_options *options;
static anchor_client *client;
static anchor_queue *queue;

static void enter(const char *phase) {
    snprintf(outcome->phase, sizeof outcome->phase, "%s", phase);
}

static void keep_message(char *kept, size_t size, char *error) {
    if (error != NULL) {
        snprintf(kept, size, "%s", error);
        anchor_free(error);
    }
}

static int32_t make_options(const struct scenario *scenario) {
    int32_t status = anchor_options_new(&options);
    if (status == ANCHOR_OK) {
        CHECK(anchor_options_set_base_url(options, getenv(scenario->url_variable)) == ANCHOR_OK);
        CHECK(anchor_options_set_ca_file(options, scenario->system_store ? NULL : getenv("SANDBOX_CA")) ==
              ANCHOR_OK);
        CHECK(anchor_options_set_timeout_ms(options, TIMEOUT_MS) == ANCHOR_OK);
        CHECK(anchor_options_set_max_retries(options, 0) == ANCHOR_OK);
    }
    return status;
}

/* Makes the client and the queue, unless they exist. */
static int32_t make_objects(const struct scenario *scenario, char **error) {
    int32_t status = ANCHOR_OK;
    if (options == NULL) {
        status = make_options(scenario);
    }
    if (status == ANCHOR_OK && client == NULL) {
        status = anchor_client_new(NULL, options, &client, error);
    }
    if (status == ANCHOR_OK && scenario->queued && queue == NULL) {
        int32_t descriptor;
        status = anchor_queue_new(0, &queue);
        status = status == ANCHOR_OK ? anchor_queue_fd(queue, &descriptor) : status;
    }
    return status;
}

/* Takes completions until that with this tag, whose outcome it returns. */
static int32_t take(uint64_t expected, uint64_t timeout_ms, char **error) {
    for (;;) {
        uint64_t tag = 0;
        int32_t status = 0, taken = anchor_queue_next(queue, timeout_ms, &tag, &status, error);
        if (taken != ANCHOR_OK || tag == expected) {
            return taken != ANCHOR_OK ? taken : status;
        }
        anchor_free(*error);
    }
}

static int32_t begin(const struct scenario *scenario, anchor_call *call, char **error) {
    return scenario->action == DOWNLOAD ? anchor_download_recording(client, "abc", file, call, error)
                                        : anchor_pause_recording(client, "abc", call, error);
}

/* Makes one call. Through a queue, `tag` identifies it. */
static int32_t make_call(const struct scenario *scenario, anchor_call *call, uint64_t tag,
                         uint64_t timeout_ms, char **error) {
    int32_t status = begin(scenario, call, error);
    if (status == ANCHOR_OK && scenario->queued) {
        status = take(tag, timeout_ms + 1000, error);
    }
    return status;
}

static anchor_call *new_call(const struct scenario *scenario, uint64_t tag, uint64_t timeout_ms) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_timeout_ms(call, timeout_ms) == ANCHOR_OK);
    if (scenario->queued) {
        CHECK(anchor_call_set_queue(call, queue, tag) == ANCHOR_OK);
    }
    return call;
}

static int32_t stop_at_first_byte(void *user, uint64_t done, uint64_t total) {
    (void)user;
    (void)total;
    return done > 0;
}

/* Leaves an old file and the part of a new one. */
static void prepare_resumption(void) {
    int old = open(file, O_CREAT | O_WRONLY, 0600);
    CHECK(old >= 0 && write(old, "an old.", OLD_BYTES) == OLD_BYTES && close(old) == 0);
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, stop_at_first_byte, NULL) == ANCHOR_OK);
    CHECK(anchor_download_recording(client, "abc", file, call, NULL) == ANCHOR_CANCELLED);
    CHECK(anchor_free(call) == ANCHOR_OK);
    CHECK(count_entries(folder) == 2);
}

static void set_up(const struct scenario *scenario) {
    char *error = NULL;
    if (scenario->action == NEW_CLIENT || scenario->action == NEW_QUEUE) {
        return;
    }
    CHECK(make_objects(scenario, &error) == ANCHOR_OK);
    if (scenario->action == DOWNLOAD && scenario->warm) {
        prepare_resumption();
    } else if (scenario->warm) {
        anchor_call *call = new_call(scenario, 1, NEXT_TIMEOUT_MS);
        CHECK(make_call(scenario, call, 1, NEXT_TIMEOUT_MS, &error) == ANCHOR_OK);
        CHECK(anchor_free(call) == ANCHOR_OK);
    }
}

static int32_t free_objects(void) {
    int32_t status = client != NULL ? anchor_free(client) : ANCHOR_OK;
    int32_t of_queue = queue != NULL ? anchor_free(queue) : ANCHOR_OK;
    client = NULL;
    queue = NULL;
    return status != ANCHOR_OK ? status : of_queue;
}

/* The operation during which a system call fails. */
static int32_t operate(const struct scenario *scenario, anchor_call *call, char **error) {
    switch (scenario->action) {
    case NEW_CLIENT:
    case NEW_QUEUE:
        return make_objects(scenario, error);
    case FREE:
        return free_objects();
    default:
        return make_call(scenario, call, 2, TIMEOUT_MS, error);
    }
}

/* The whole new video, or what was there before. A thread may complete the video after the event
 * loop has failed. */
static void check_file(const struct scenario *scenario, int32_t status) {
    struct stat found;
    int exists = stat(file, &found) == 0, is_new = exists && found.st_size > OLD_BYTES;
    int event_loop_failed = status == ANCHOR_INTERNAL || status == ANCHOR_CONNECTION_LOST;
    if (status == ANCHOR_OK) {
        CHECK(is_new);
    } else if (scenario->warm) {
        CHECK(exists && (found.st_size == OLD_BYTES || (event_loop_failed && is_new)));
    } else {
        CHECK(!exists || (event_loop_failed && is_new));
    }
}

/* A call that a queue accepted always completes, and only then may its object be used again. */
static void check_completion(anchor_call *call) {
    int32_t http_status;
    if (anchor_call_http_status(call, &http_status) == ANCHOR_OK) {
        return;
    }
    char *error = NULL;
    take(2, 2 * TIMEOUT_MS, &error);
    anchor_free(error);
    if (anchor_call_http_status(call, &http_status) != ANCHOR_OK) {
        snprintf(outcome->later, sizeof outcome->later, "the call with the fault never completed");
        outcome->next_status = -1;
    }
}

static void run_next(const struct scenario *scenario) {
    char *error = NULL;
    outcome->next_status = make_objects(scenario, &error);
    if (outcome->next_status == ANCHOR_OK) {
        anchor_call *call = new_call(scenario, 3, NEXT_TIMEOUT_MS);
        outcome->next_status = make_call(scenario, call, 3, NEXT_TIMEOUT_MS, &error);
        CHECK(anchor_free(call) == ANCHOR_OK);
    }
    keep_message(outcome->later, sizeof outcome->later, error);
    if (scenario->action == DOWNLOAD && outcome->next_status == ANCHOR_OK) {
        check_file(scenario, ANCHOR_OK);
        CHECK(count_entries(folder) == 1);
    }
}

/* The queue's thread closes its descriptors a little later. */
static void count_open_descriptors(int expected) {
    double end = monotonic_seconds() + 0.5;
    while ((outcome->descriptors = count_descriptors()) > expected && monotonic_seconds() < end) {
        sleep_ms(5);
    }
}

static void run_child(const struct scenario *scenario, int expected_descriptors) {
    char *error = NULL;
    anchor_call *call = NULL;
    enter("setup");
    install_filter();
    set_up(scenario);
    if (scenario->action == PAUSE || scenario->action == DOWNLOAD) {
        call = new_call(scenario, 2, TIMEOUT_MS);
    }
    enter("fault");
    double start = monotonic_seconds();
    begin_window();
    outcome->status = operate(scenario, call, &error);
    end_window();
    outcome->seconds = monotonic_seconds() - start;
    enter("next");
    keep_message(outcome->text, sizeof outcome->text, error);
    if (scenario->action == DOWNLOAD) {
        check_file(scenario, outcome->status);
    }
    if (call != NULL && scenario->queued) {
        check_completion(call);
    }
    if (outcome->next_status == ANCHOR_OK) {
        run_next(scenario);
    }
    enter("end");
    anchor_free(call);
    anchor_free(options);
    CHECK(free_objects() == ANCHOR_OK);
    count_open_descriptors(expected_descriptors);
    enter("exited");
    exit(0);
}

static void empty_folder(const char *path) {
    DIR *entries = opendir(path);
    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    closedir(entries);
}

/* Prints a text as one field. */
static void put(const char *text) {
    for (; *text != '\0'; text++) {
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('\t');
}

static void put_output(int output) {
    char text[2000] = "";
    ssize_t length = pread(output, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    put(text);
}

static void put_calls(const struct seen *seen) {
    for (int call = 0; call < MAX_CALLS; call++) {
        const char *name = system_call_name(call);
        if (seen->counts[call] > 0 && name != NULL) {
            printf("%s=%u ", name, seen->counts[call]);
        } else if (seen->counts[call] > 0) {
            printf("%d=%u ", call, seen->counts[call]);
        }
    }
    putchar('\n');
}

static void run_case(const struct scenario *scenario, const struct fault *fault, int expected_descriptors) {
    struct seen seen = {0};
    int sockets[2], output = memfd_create("output", 0);
    memset(outcome, 0, sizeof *outcome);
    CHECK(output >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_RDONLY);
        CHECK(dup2(null, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2);
        CHECK(dup2(sockets[1], FILTER_SOCKET) == FILTER_SOCKET);
        close_range(3, FILTER_SOCKET - 1, 0);
        run_child(scenario, expected_descriptors);
    }
    int listener = receive_descriptor(sockets[0]);
    int status = supervise(child, listener, fault, CASE_SECONDS, &seen);
    printf("%u\t", seen.failed);
    put(seen.path);
    printf("%d\t%s\t%d\t%.0f\t%d\t%d\t", status, outcome->phase, outcome->status, outcome->seconds * 1e3,
           outcome->next_status, outcome->descriptors);
    put(outcome->text);
    put(outcome->later);
    put_output(output);
    put_calls(&seen);
    fflush(stdout);
    close(listener);
    close(output);
    close(sockets[0]);
    close(sockets[1]);
    empty_folder(folder);
}

static const struct scenario *find_scenario(const char *name) {
    for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++) {
        if (strcmp(SCENARIOS[i].name, name) == 0) {
            return &SCENARIOS[i];
        }
    }
    return NULL;
}

static void set_environment(void) {
    char url[64], certificate[sizeof store + 16];
    CHECK(mkdtemp(folder) != NULL && mkdtemp(store) != NULL);
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    snprintf(certificate, sizeof certificate, "%s/ca.pem", store);
    CHECK(symlink(getenv("SANDBOX_CA"), certificate) == 0);
    setenv("SSL_CERT_DIR", store, 1);
    set_named_url();
    snprintf(url, sizeof url, "https://localhost%s", strrchr(getenv("SANDBOX_TLS_URL"), ':'));
    setenv("NAMED_TLS_URL", url, 1);
    setenv("SSL_CERT_FILE", getenv("SANDBOX_CA"), 1);
}

int main(int count, char **arguments) {
    char line[256];
    if (count > 1 && strcmp(arguments[1], "--list") == 0) {
        for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++) {
            puts(SCENARIOS[i].name);
        }
        return 0;
    }
    set_environment();
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(outcome != MAP_FAILED);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char name[64], call[64];
        struct fault fault;
        int descriptors;
        CHECK(sscanf(line, "%63s %63s %u %d %d %d", name, call, &fault.nth, &fault.error, &fault.for_good,
                     &descriptors) == 6);
        CHECK(find_scenario(name) != NULL);
        fault.call = system_call_number(call);
        run_case(find_scenario(name), &fault, descriptors);
    }
    empty_folder(folder);
    empty_folder(store);
    return rmdir(folder) == 0 && rmdir(store) == 0 ? 0 : 1;
}
