/* A host at the limit of its descriptors or threads.
 *
 * The library promises a status and a message, prints nothing, and works again when there is room.
 * The program leaves room for 0 to 8 descriptors, then allows no more threads, and checks each
 * status. Its child's stderr must stay empty.
 */
#define _GNU_SOURCE
#include "host.h"
#include <fcntl.h>
#include <grp.h>

static const uid_t NOBODY = 65534;

/* Makes a client and a call. The only failure that is expected is a lack of resources: others are
 * printed, and the caller checks the status. */
static int32_t make_client_and_call(const char *url_variable) {
    anchor_options *options;
    anchor_client *client;
    char *error = NULL;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv(url_variable));
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_max_retries(options, 0);
    int32_t status = anchor_client_new(NULL, options, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, "abc", NULL, &error);
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    CHECK((status == ANCHOR_OK) == (error == NULL));
    if (status != ANCHOR_OK && status != ANCHOR_RESOURCE_EXHAUSTED) {
        printf("%s\n", error);
    }
    anchor_free(error);
    anchor_free(options);
    return status;
}

/* Opens descriptors until only `room` more are possible. Returns the first one that it opened. */
static int fill_descriptors(int room) {
    int first = open("/dev/null", O_RDONLY), last = first, next;
    while ((next = open("/dev/null", O_RDONLY)) >= 0) {
        last = next;
    }
    for (int i = 0; i < room; i++) {
        CHECK(close(last - i) == 0);
    }
    return first;
}

/* Returns how many calls were refused. */
static int check_descriptor_limit(const char *url_variable) {
    int refused = 0;
    set_soft_limit(RLIMIT_NOFILE, 64);
    for (int room = 0; room <= 8; room++) {
        int before = count_descriptors();
        int first = fill_descriptors(room);
        int32_t status = make_client_and_call(url_variable);
        CHECK(status == ANCHOR_RESOURCE_EXHAUSTED || (room >= 4 && status == ANCHOR_OK));
        CHECK(room < 8 || status == ANCHOR_OK);
        refused += status != ANCHOR_OK;
        close_range((unsigned)first, ~0U, 0);
        CHECK(count_descriptors() == before);
        CHECK(make_client_and_call(url_variable) == ANCHOR_OK);
    }
    return refused;
}

/* A look-up of a host name needs a thread. A call to an IP address does not. */
static void check_thread_limit(void) {
    /* The limit does not apply to root. */
    if (geteuid() == 0) {
        CHECK(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    }
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NPROC, &before) == 0);
    set_soft_limit(RLIMIT_NPROC, 1);
    for (int i = 0; i < 10; i++) {
        CHECK(make_client_and_call("NAMED_URL") == ANCHOR_RESOURCE_EXHAUSTED);
        CHECK(make_client_and_call("SANDBOX_URL") == ANCHOR_OK);
    }
    set_soft_limit(RLIMIT_NPROC, before.rlim_cur);
    CHECK(make_client_and_call("NAMED_URL") == ANCHOR_OK);
}

int main(void) {
    char printed[512];
    FILE *child_stderr = tmpfile();
    alarm(60);
    set_named_url();
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        CHECK(dup2(fileno(child_stderr), STDERR_FILENO) == STDERR_FILENO);
        int refused = check_descriptor_limit("SANDBOX_URL") + check_descriptor_limit("SANDBOX_TLS_URL");
        check_thread_limit();
        printf("%d calls refused without a descriptor, 10 without a thread, 0 bytes on stderr\n", refused);
        return 0;
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    rewind(child_stderr);
    while (fgets(printed, sizeof printed, child_stderr) != NULL) {
        fprintf(stderr, "printed: %s", printed);
        status = 1;
    }
    return status == 0 ? 0 : 1;
}
