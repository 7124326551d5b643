/* The library owns no thread, and what a client opened is closed when it is freed. */
#define _GNU_SOURCE
#include "host.h"
#include <dirent.h>
#include <string.h>
#include <time.h>

static int entries(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    CHECK(folder != NULL);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* A host name is looked up on a thread that is gone soon after. */
static void check_host_name(int threads) {
    const struct timespec moment = {0, 10 * 1000 * 1000};
    char url[64];
    snprintf(url, sizeof url, "http://localhost%s", strrchr(getenv("SANDBOX_URL"), ':'));
    setenv("NAMED_URL", url, 1);
    anchor_client *client = new_client("NAMED_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    /* The alarm ends this if it never comes true. */
    while (entries("/proc/self/task") != threads) {
        nanosleep(&moment, NULL);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    alarm(60);
    int threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
    anchor_client *client = new_client("SANDBOX_URL", 10000);
    CHECK(entries("/proc/self/task") == threads);
    CHECK(entries("/proc/self/fd") == descriptors);
    for (int call = 0; call < 10; call++) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        CHECK(entries("/proc/self/task") == threads);
    }
    /* A runtime is three descriptors, its connection the fourth. */
    CHECK(entries("/proc/self/fd") <= descriptors + 4);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(entries("/proc/self/fd") == descriptors);
    check_host_name(threads);
    CHECK(entries("/proc/self/fd") == descriptors);
    return 0;
}
