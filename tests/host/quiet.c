/* The library owns no thread, and what a client opened is closed when it is freed. */
#include "host.h"
#include <dirent.h>

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
    return 0;
}
