/* The library owns no thread, and what a client opened is closed when it is freed. */
#define _GNU_SOURCE
#include "host.h"

/* A host name is looked up on a thread that is gone soon after. */
static void check_host_name(int threads) {
    set_named_url();
    anchor_client *client = new_client("NAMED_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    /* The alarm ends this if it never comes true. */
    while (entries("/proc/self/task") != threads) {
        sleep_ms(10);
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
    puts("0 threads, 0 descriptors left");
    return 0;
}
