/* A host that counts its threads and descriptors.
 *
 * The library promises that a call to an IP address starts no thread, that the thread which looks
 * up a host name ends soon after, and that a client's connection is closed when the client is
 * freed. The program counts both after it has made a client, during its calls, and after it has
 * freed it.
 */
#define _GNU_SOURCE
#include "host.h"

static void check_name_lookup(int threads) {
    set_named_url();
    anchor_client *client = new_client("NAMED_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    /* If the thread never ends, the alarm ends the program. */
    while (count_threads() != threads) {
        sleep_ms(10);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    alarm(60);
    int threads = count_threads(), descriptors = count_descriptors();
    anchor_client *client = new_client("SANDBOX_URL", 10000);
    CHECK(count_threads() == threads);
    CHECK(count_descriptors() == descriptors);
    for (int i = 0; i < 10; i++) {
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        CHECK(count_threads() == threads);
    }
    /* A pooled runtime holds three descriptors, and its connection is the fourth. */
    CHECK(count_descriptors() <= descriptors + 4);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(count_descriptors() == descriptors);
    check_name_lookup(threads);
    CHECK(count_descriptors() == descriptors);
    puts("0 threads and 0 descriptors left behind");
    return 0;
}
