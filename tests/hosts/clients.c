/* Clients cost a host neither descriptors nor threads, however many it keeps: 10,000 of them where 256 descriptors may
 * be open. */
#define _GNU_SOURCE
#include "host.h"

enum { CLIENTS = 10000, MOST_KILOBYTES = 64 * 1024 };

int main(void) {
    static anchor_client *clients[CLIENTS];
    struct rusage usage;
    alarm(120);
    limit(RLIMIT_NOFILE, 256);
    int threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
    for (int made = 0; made < CLIENTS; made++) {
        clients[made] = new_client("SANDBOX_URL", 10000);
    }
    CHECK(entries("/proc/self/fd") == descriptors);
    for (int used = 0; used < CLIENTS; used += 10) {
        CHECK(pause_recording(clients[used], "abc") == ANCHOR_OK);
    }
    CHECK(entries("/proc/self/fd") <= descriptors + 4 && entries("/proc/self/task") == threads);
    for (int freed = 0; freed < CLIENTS; freed++) {
        CHECK(anchor_free(clients[freed]) == ANCHOR_OK);
    }
    CHECK(entries("/proc/self/fd") == descriptors);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss < MOST_KILOBYTES);
    printf("%d clients in %ld KB, 4 descriptors, 0 threads\n", CLIENTS, usage.ru_maxrss);
    return 0;
}
