/* A process that is stopped and goes on, as under a debugger: time passes for its calls meanwhile. */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>

/* Stops the child in its call for a second; tells how long it then took to end. */
static double stop_in_call(anchor_client *client, const char *session_id, int32_t expected) {
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(pause_recording(client, session_id) == expected ? 0 : 1);
    }
    sleep_ms(300);
    CHECK(kill(child, SIGSTOP) == 0);
    sleep_ms(1000);
    double begun = seconds();
    CHECK(kill(child, SIGCONT) == 0);
    check_ended(child, 0);
    return seconds() - begun;
}

int main(void) {
    alarm(60);
    anchor_client *impatient = new_client("SANDBOX_URL", 700), *patient = new_client("SANDBOX_URL", 20000);
    double late = stop_in_call(impatient, "stall", ANCHOR_TIMEOUT);
    CHECK(late < 0.5);
    stop_in_call(patient, "delay", ANCHOR_OK);
    CHECK(anchor_free(impatient) == ANCHOR_OK && anchor_free(patient) == ANCHOR_OK);
    puts("a timeout that passes meanwhile ends the call at once, an answer is read");
    return 0;
}
