/* What the small hosts share. Each is judged by how it ends, an alarm makes a hang a failure, and the last line that it
 * prints is its figure. */
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

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                          \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

/* A client of the server whose address stands in the environment variable. */
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

/* The sandbox by name instead of by address: the C library's resolver is asked. */
static inline void set_named_url(void) {
    char url[64];
    snprintf(url, sizeof url, "http://localhost%s", strrchr(getenv("SANDBOX_URL"), ':'));
    setenv("NAMED_URL", url, 1);
}

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void sleep_ms(long milliseconds) {
    const struct timespec moment = {milliseconds / 1000, milliseconds % 1000 * 1000 * 1000};
    nanosleep(&moment, NULL);
}

/* How many files, threads or descriptors the folder lists. */
static inline int entries(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    CHECK(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static inline void limit(int resource, rlim_t value) {
    struct rlimit limits;
    CHECK(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    limits.rlim_cur = value;
    CHECK(setrlimit((__rlimit_resource_t)resource, &limits) == 0);
}

/* The child has ended by itself, with this code. */
static inline void check_ended(pid_t child, int code) {
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code) {
        fprintf(stderr, "a child ended with wait status %#x\n", (unsigned)status);
        _exit(1);
    }
}

#endif
