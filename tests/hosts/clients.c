/* A host that keeps 10,000 clients alive while it may open only 256 descriptors.
 *
 * The library promises that a client costs neither a descriptor nor a thread: clients share one
 * pool of connections. The program counts both after it has made the clients, after calls on every
 * tenth of them and after it has freed them, and limits the memory that they take.
 */
#define _GNU_SOURCE
#include "host.h"

enum { CLIENTS = 10000, MAX_KILOBYTES = 64 * 1024 };

int main(void) {
    static anchor_client *clients[CLIENTS];
    struct rusage usage;
    alarm(120);
    set_soft_limit(RLIMIT_NOFILE, 256);
    int threads = count_threads(), descriptors = count_descriptors();
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = new_client("SANDBOX_URL", 10000);
    }
    CHECK(count_descriptors() == descriptors);
    for (int i = 0; i < CLIENTS; i += 10) {
        CHECK(pause_recording(clients[i], "abc") == ANCHOR_OK);
    }
    CHECK(count_descriptors() <= descriptors + 4 && count_threads() == threads);
    for (int i = 0; i < CLIENTS; i++) {
        CHECK(anchor_free(clients[i]) == ANCHOR_OK);
    }
    CHECK(count_descriptors() == descriptors);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss < MAX_KILOBYTES);
    printf("%d clients in %ld KB, 4 descriptors, 0 threads\n", CLIENTS, usage.ru_maxrss);
    return 0;
}
