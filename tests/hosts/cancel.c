/* pthread_cancel on a thread inside a call takes effect after the call; the process lives and the client
 * works. */
#include "host.h"
#include <pthread.h>

static anchor_client *client;
static int returned;

static void *stalled(void *unused) {
    (void)unused;
    CHECK(pause_recording(client, "stall") == ANCHOR_TIMEOUT);
    returned = 1;
    pthread_testcancel();
    return NULL;
}

int main(void) {
    alarm(60);
    client = new_client("SANDBOX_URL", 500);
    for (int round = 0; round < 3; round++) {
        pthread_t thread;
        void *result;
        returned = 0;
        CHECK(pthread_create(&thread, NULL, stalled, NULL) == 0);
        sleep_ms(100);
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(returned && result == PTHREAD_CANCELED);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    puts("3 threads cancelled inside calls, the client works on");
    return 0;
}
