/* A host that cancels its threads with pthread_cancel while they are inside calls.
 *
 * The library promises that the cancellation takes effect after the call, not within it. The
 * program checks that each cancelled call returns with its own status, that the thread then ends as
 * cancelled, and that the client still works.
 */
#include "host.h"
#include <pthread.h>

static anchor_client *client;
static int call_returned;

static void *stalled_thread(void *unused) {
    (void)unused;
    CHECK(pause_recording(client, "stall") == ANCHOR_TIMEOUT);
    call_returned = 1;
    pthread_testcancel();
    return NULL;
}

int main(void) {
    alarm(60);
    client = new_client("SANDBOX_URL", 500);
    for (int round = 0; round < 3; round++) {
        pthread_t thread;
        void *result;
        call_returned = 0;
        CHECK(pthread_create(&thread, NULL, stalled_thread, NULL) == 0);
        sleep_ms(100);
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(call_returned && result == PTHREAD_CANCELED);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
    CHECK(anchor_free(client) == ANCHOR_OK);
    puts("3 threads cancelled inside calls, and the client still works");
    return 0;
}
