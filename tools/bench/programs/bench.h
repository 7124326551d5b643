/* The benchmark loop. PROGRAM URL CALLS CALLERS makes CALLS calls from each of CALLERS threads, and
 * prints a line of JSON with microseconds: wall and CPU time per call, the latency at the 50th and
 * 99th percentile, "first", the time from the start of the program until each thread has had its first
 * answer, and "prepared", the time until the threads start. If BENCH_SILENCE is set, no call is made
 * for so many seconds before those that are measured. Each program implements the three functions
 * below. */
#ifndef BENCH_H
#define BENCH_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Unmeasured calls of each thread, or CALLS if that is less. */
#define WARM_UP 50

/* Runs once, before any thread starts. */
void prepare(const char *url);
/* Runs on each thread. The result is passed to that thread's calls. */
void *new_caller(const char *url);
/* Makes a call. Returns 0 if the recording is paused. */
int call(void *caller);

static pthread_barrier_t answered, warm, begin, end;
static const char *base_url;
static int calls;

static inline int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void check(int failed) {
    if (failed != 0) {
        fprintf(stderr, "a call failed: %d\n", failed);
        exit(1);
    }
}

static void *run_calls(void *latencies_of_caller) {
    int64_t *latencies = latencies_of_caller;
    void *caller = new_caller(base_url);
    for (int each = 0; each < WARM_UP && each < calls; each++) {
        check(call(caller));
        if (each == 0) {
            pthread_barrier_wait(&answered);
        }
    }
    pthread_barrier_wait(&warm);
    pthread_barrier_wait(&begin);
    for (int each = 0; each < calls; each++) {
        const int64_t start = nanoseconds(CLOCK_MONOTONIC);
        check(call(caller));
        latencies[each] = nanoseconds(CLOCK_MONOTONIC) - start;
    }
    pthread_barrier_wait(&end);
    return NULL;
}

static int compare(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s URL CALLS CALLERS\n", arguments[0]);
        return 2;
    }
    const int64_t start = nanoseconds(CLOCK_MONOTONIC);
    const int callers = atoi(arguments[3]);
    base_url = arguments[1], calls = atoi(arguments[2]);
    const size_t all = (size_t)calls * (size_t)callers;
    int64_t *latencies = calloc(all, sizeof *latencies);
    pthread_barrier_init(&answered, NULL, (unsigned)callers + 1);
    pthread_barrier_init(&warm, NULL, (unsigned)callers + 1);
    pthread_barrier_init(&begin, NULL, (unsigned)callers + 1);
    pthread_barrier_init(&end, NULL, (unsigned)callers + 1);
    prepare(base_url);
    const double prepared = (double)(nanoseconds(CLOCK_MONOTONIC) - start) / 1000;
    pthread_t *threads = calloc((size_t)callers, sizeof *threads);
    for (int caller = 0; caller < callers; caller++) {
        check(pthread_create(&threads[caller], NULL, run_calls, latencies + (size_t)caller * (size_t)calls));
    }
    pthread_barrier_wait(&answered);
    const double first = (double)(nanoseconds(CLOCK_MONOTONIC) - start) / 1000;
    pthread_barrier_wait(&warm);
    if (getenv("BENCH_SILENCE") != NULL) {
        sleep((unsigned)atoi(getenv("BENCH_SILENCE")));
    }
    const int64_t wall = nanoseconds(CLOCK_MONOTONIC), cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    const double wall_each = (double)(nanoseconds(CLOCK_MONOTONIC) - wall) / (double)all / 1000;
    const double cpu_each = (double)(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)all / 1000;
    /* Threads clean up when they end, and must finish that before the process exits. */
    for (int caller = 0; caller < callers; caller++) {
        check(pthread_join(threads[caller], NULL));
    }
    qsort(latencies, all, sizeof *latencies, compare);
    printf("{\"wall\": %.3f, \"cpu\": %.3f, \"first\": %.3f, \"prepared\": %.3f, ", wall_each, cpu_each,
           first, prepared);
    printf("\"p50\": %.3f, \"p99\": %.3f}\n", (double)latencies[all / 2] / 1000,
           (double)latencies[all * 99 / 100] / 1000);
    return 0;
}

#endif
