/* Helpers shared by the host programs in this folder.
 *
 * Each program plays one kind of host, and is judged by how it ends: it exits with 0 if the library
 * kept its promises. CHECK ends it with 1, an alarm turns a hang into a failure, and the last line
 * that it prints is its figure. The addresses of the servers come from tools/with_sandbox.py.
 */
#ifndef HOST_H
#define HOST_H

#include "anchor.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A program may define a CHECK of its own before it includes this file. */
#ifndef CHECK
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);                    \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)
#endif

/* A client of the server whose URL is in the environment variable. */
static inline anchor_client *new_client(const char *url_variable, uint64_t timeout_ms) {
    anchor_options *options;
    anchor_client *client;
    char *error;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv(url_variable));
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_timeout_ms(options, timeout_ms);
    if (anchor_client_new(NULL, options, &client, &error) != ANCHOR_OK) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    CHECK(anchor_free(options) == ANCHOR_OK);
    return client;
}

static inline int32_t pause_recording(anchor_client *client, const char *session_id) {
    char *error;
    int32_t status = anchor_pause_recording(client, session_id, NULL, &error);
    CHECK((status == ANCHOR_OK) == (error == NULL));
    anchor_free(error);
    return status;
}

/* Sets NAMED_URL to the sandbox's URL with a host name, so that the resolver is used. */
static inline void set_named_url(void) {
    char url[64];
    snprintf(url, sizeof url, "http://localhost%s", strrchr(getenv("SANDBOX_URL"), ':'));
    setenv("NAMED_URL", url, 1);
}

/* Seconds on the monotonic clock. */
static inline double monotonic_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void sleep_ms(long milliseconds) {
    const struct timespec duration = {milliseconds / 1000, milliseconds % 1000 * 1000 * 1000};
    nanosleep(&duration, NULL);
}

/* The number of entries in a folder: files, or the descriptors or threads listed in /proc. */
static inline int count_entries(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    CHECK(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static inline int count_descriptors(void) {
    return count_entries("/proc/self/fd");
}

static inline int count_threads(void) {
    return count_entries("/proc/self/task");
}

/* A number from /proc/self/status, such as "VmRSS:" in kilobytes. */
static inline long process_status(const char *field) {
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            value = atol(line + strlen(field));
        }
    }
    fclose(status);
    CHECK(value >= 0);
    return value;
}

/* Sets the soft limit of a resource, and leaves the hard limit unchanged. */
static inline void set_soft_limit(int resource, rlim_t value) {
    struct rlimit limits;
    CHECK(getrlimit(resource, &limits) == 0);
    limits.rlim_cur = value;
    CHECK(setrlimit(resource, &limits) == 0);
}

/* Waits for the child, which must exit with this code. */
static inline void check_exit_code(pid_t child, int code) {
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code) {
        fprintf(stderr, "a child ended with wait status %#x\n", (unsigned)status);
        _exit(1);
    }
}

#endif
