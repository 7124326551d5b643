/* A host at the limit of its descriptors or threads gets a status and a message, and calls succeed when there is room
 * again. Nothing is printed. */
#define _GNU_SOURCE
#include "host.h"
#include <fcntl.h>
#include <grp.h>

static const uid_t NOBODY = 65534;

/* Makes a client and calls. Each may find no room; nothing else goes wrong. */
static int32_t try(const char *url_variable) {
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

/* Leaves room for so many descriptors; the first one taken is given back, to go on from there. */
static int fill_descriptors(int room) {
    int first = open("/dev/null", O_RDONLY), last = first, next;
    while ((next = open("/dev/null", O_RDONLY)) >= 0) {
        last = next;
    }
    for (int freed = 0; freed < room; freed++) {
        CHECK(close(last - freed) == 0);
    }
    return first;
}

static int no_descriptors(const char *url_variable) {
    int refused = 0;
    limit(RLIMIT_NOFILE, 64);
    for (int room = 0; room <= 8; room++) {
        int before = entries("/proc/self/fd");
        int first = fill_descriptors(room);
        int32_t status = try(url_variable);
        CHECK(status == ANCHOR_RESOURCE_EXHAUSTED || (room >= 4 && status == ANCHOR_OK));
        CHECK(room < 8 || status == ANCHOR_OK);
        refused += status != ANCHOR_OK;
        close_range((unsigned)first, ~0U, 0);
        CHECK(entries("/proc/self/fd") == before);
        CHECK(try(url_variable) == ANCHOR_OK);
    }
    return refused;
}

/* Root may have as many threads as it likes. */
static void no_threads(void) {
    if (geteuid() == 0) {
        CHECK(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    }
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NPROC, &before) == 0);
    limit(RLIMIT_NPROC, 1);
    for (int call = 0; call < 10; call++) {
        CHECK(try("NAMED_URL") == ANCHOR_RESOURCE_EXHAUSTED);
        CHECK(try("SANDBOX_URL") == ANCHOR_OK);
    }
    limit(RLIMIT_NPROC, before.rlim_cur);
    CHECK(try("NAMED_URL") == ANCHOR_OK);
}

int main(void) {
    char printed[512];
    FILE *file = tmpfile();
    alarm(60);
    set_named_url();
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        CHECK(dup2(fileno(file), STDERR_FILENO) == STDERR_FILENO);
        int refused = no_descriptors("SANDBOX_URL") + no_descriptors("SANDBOX_TLS_URL");
        no_threads();
        printf("%d calls found no descriptor and 10 no thread, 0 bytes on stderr\n", refused);
        return 0;
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    rewind(file);
    while (fgets(printed, sizeof printed, file) != NULL) {
        fprintf(stderr, "printed: %s", printed);
        status = 1;
    }
    return status == 0 ? 0 : 1;
}
