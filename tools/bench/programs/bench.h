/* The main function of the C programs: PROGRAM URL CALLS CALLERS makes CALLS calls from each of CALLERS threads, and prints
 * a line of JSON. Each program defines prepare, new_caller and call. */
#ifndef BENCH_H
#define BENCH_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The maximum number of unmeasured calls. It never exceeds the number of measured ones. */
#define WARM_UP 50

/* prepare runs before the first caller is created. */
void prepare(const char *url);
void *new_caller(const char *url);
/* Returns 0 if the recording is paused. */
int call(void *caller);

static pthread_barrier_t warm, begin, end;
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

static void *run(void *times_of_caller) {
    int64_t *times = times_of_caller;
    void *caller = new_caller(base_url);
    for (int warming = 0; warming < WARM_UP && warming < calls; warming++) {
        check(call(caller));
    }
    pthread_barrier_wait(&warm);
    pthread_barrier_wait(&begin);
    for (int each = 0; each < calls; each++) {
        const int64_t begun = nanoseconds(CLOCK_MONOTONIC);
        check(call(caller));
        times[each] = nanoseconds(CLOCK_MONOTONIC) - begun;
    }
    pthread_barrier_wait(&end);
    return NULL;
}

static int by_length(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s URL CALLS CALLERS\n", arguments[0]);
        return 2;
    }
    const int callers = atoi(arguments[3]);
    base_url = arguments[1], calls = atoi(arguments[2]);
    const size_t all = (size_t)calls * (size_t)callers;
    int64_t *times = calloc(all, sizeof *times);
    pthread_barrier_init(&warm, NULL, (unsigned)callers + 1);
    pthread_barrier_init(&begin, NULL, (unsigned)callers + 1);
    pthread_barrier_init(&end, NULL, (unsigned)callers + 1);
    prepare(base_url);
    pthread_t *threads = calloc((size_t)callers, sizeof *threads);
    for (int caller = 0; caller < callers; caller++) {
        check(pthread_create(&threads[caller], NULL, run, times + (size_t)caller * (size_t)calls));
    }
    pthread_barrier_wait(&warm);
    const int64_t wall = nanoseconds(CLOCK_MONOTONIC), cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    const double wall_each = (double)(nanoseconds(CLOCK_MONOTONIC) - wall) / (double)all / 1000;
    const double cpu_each = (double)(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)all / 1000;
    /* Wait for their cleanup, which must not overlap the end of the process. */
    for (int caller = 0; caller < callers; caller++) {
        check(pthread_join(threads[caller], NULL));
    }
    qsort(times, all, sizeof *times, by_length);
    printf("{\"wall\": %.3f, \"cpu\": %.3f, \"p50\": %.3f, \"p99\": %.3f}\n", wall_each, cpu_each,
           (double)times[all / 2] / 1000, (double)times[all * 99 / 100] / 1000);
    return 0;
}

#endif
