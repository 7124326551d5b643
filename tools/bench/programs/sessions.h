/* Pauses many sessions at once, from one thread. PROGRAM URL SESSIONS does it twice and prints a line
 * of JSON: "wall", the milliseconds from the start of the program until all answers are there,
 * "again", those of the second time, the kilobytes that each of the calls in flight adds to the
 * process's peak of memory, and the threads of the process. Each program implements the two functions
 * below. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Runs once. Makes what the calls of so many sessions need. */
void prepare(const char *url, int sessions);
/* Begins all calls and returns when all have been answered. */
void pause_all(int sessions);

static void check(int failed) {
    if (failed != 0) {
        fprintf(stderr, "a call failed: %d\n", failed);
        exit(1);
    }
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A number from /proc/self/status. */
static long process_status(const char *name) {
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = atol(line + strlen(name));
        }
    }
    fclose(status);
    return value;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: %s URL SESSIONS\n", arguments[0]);
        return 2;
    }
    const int sessions = atoi(arguments[2]);
    const double start = milliseconds();
    prepare(arguments[1], sessions);
    const long before = process_status("VmRSS:");
    pause_all(sessions);
    const double first = milliseconds();
    pause_all(sessions);
    const double second = milliseconds();
    const double kilobytes = (double)(process_status("VmHWM:") - before) / sessions;
    printf("{\"wall\": %.3f, \"again\": %.3f, \"kilobytes\": %.2f, \"threads\": %ld}\n", first - start,
           second - first, kilobytes, process_status("Threads:"));
    return 0;
}

#endif
