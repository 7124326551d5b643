/* A host that is stopped by SIGSTOP inside a call and continued a second later, as by a debugger.
 *
 * The library promises that time passes meanwhile. A call whose timeout has passed must end at once
 * after SIGCONT, and a call whose answer has arrived must succeed.
 */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>

/* Stops a child inside its call for a second. Returns how long it then takes to end. */
static double stop_inside_call(anchor_client *client, const char *session_id, int32_t expected_status) {
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(pause_recording(client, session_id) == expected_status ? 0 : 1);
    }
    sleep_ms(300);
    CHECK(kill(child, SIGSTOP) == 0);
    sleep_ms(1000);
    double start = monotonic_seconds();
    CHECK(kill(child, SIGCONT) == 0);
    check_exit_code(child, 0);
    return monotonic_seconds() - start;
}

int main(void) {
    alarm(60);
    anchor_client *short_timeout = new_client("SANDBOX_URL", 700);
    anchor_client *long_timeout = new_client("SANDBOX_URL", 20000);
    CHECK(stop_inside_call(short_timeout, "stall", ANCHOR_TIMEOUT) < 0.5);
    stop_inside_call(long_timeout, "delay", ANCHOR_OK);
    CHECK(anchor_free(short_timeout) == ANCHOR_OK && anchor_free(long_timeout) == ANCHOR_OK);
    puts("a timeout that passed meanwhile ends the call at once, and an answer that arrived is read");
    return 0;
}
