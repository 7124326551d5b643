/* A host that makes every mistake at once: threads call all functions of the library in random order with handles and
 * strings that are right, stale, cut or nonsense, also from within the library's callbacks, and free what others use.
 * Nothing but statuses may come of it.
 *
 *     misuse HEADER [--seed N] [--steps N] [--threads N] [--counts]
 */
#define _GNU_SOURCE
#include "exports.h"
#include "inputs.h"
#include "judge.h"
#include "pool.h"
#include "requests.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64
#define DEADLINE_SECONDS 600
/* For every function to succeed at least once. */
#define ENOUGH_STEPS 100000

static struct {
    const char *header;
    unsigned long steps;
    unsigned threads;
    int counts;
} settings = {NULL, 200000, 4, 0};

static void read_arguments(int count, char **arguments) {
    first_seed = (uint64_t)time(NULL);
    for (int at = 1; at < count; at++) {
        const char *value = at + 1 < count ? arguments[at + 1] : "";
        if (strcmp(arguments[at], "--counts") == 0) {
            settings.counts = 1;
        } else if (strcmp(arguments[at], "--seed") == 0) {
            first_seed = strtoull(value, NULL, 10), at++;
        } else if (strcmp(arguments[at], "--steps") == 0) {
            settings.steps = strtoul(value, NULL, 10), at++;
        } else if (strcmp(arguments[at], "--threads") == 0) {
            settings.threads = (unsigned)strtoul(value, NULL, 10), at++;
        } else {
            settings.header = arguments[at];
        }
    }
    if (settings.header == NULL || settings.threads < 1 || settings.threads > MAX_THREADS) {
        fprintf(stderr, "usage: misuse HEADER [--seed N] [--steps N] [--threads 1-%d] [--counts]\n",
                MAX_THREADS);
        exit(2);
    }
}

static int entries(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    CHECK(folder != NULL);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static void *work(void *number) {
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    seed_random(first_seed * MAX_THREADS + (uintptr_t)number);
    for (unsigned long left = settings.steps / settings.threads; left > 0; left--) {
        step();
    }
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < NSIG; signal++) {
        CHECK(sigismember(&before, signal) == sigismember(&after, signal));
    }
    return NULL;
}

static void run_threads(void) {
    pthread_t threads[MAX_THREADS];
    for (uintptr_t number = 0; number < settings.threads; number++) {
        CHECK(pthread_create(&threads[number], NULL, work, (void *)number) == 0);
    }
    for (unsigned number = 0; number < settings.threads; number++) {
        CHECK(pthread_join(threads[number], NULL) == 0);
    }
}

static long peak_memory_mb(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmHWM: %ld kB", &peak);
    }
    fclose(status);
    return peak / 1024;
}

int main(int count, char **arguments) {
    const struct timespec moment = {0, 10 * 1000 * 1000};
    read_arguments(count, arguments);
    is_alone = settings.threads == 1;
    alarm(DEADLINE_SECONDS);
    prepare_inputs();
    const int descriptors = entries("/proc/self/fd"), threads = entries("/proc/self/task");
    run_threads();
    seed_random(first_seed);
    free_all_shared();
    CHECK(is_balanced());
    /* Threads that look up names end soon; the alarm ends this if they, or the descriptors, stay. */
    while (entries("/proc/self/task") != threads || entries("/proc/self/fd") != descriptors) {
        nanosleep(&moment, NULL);
    }
    remove_downloads();
    if (settings.counts) {
        print_counts();
    }
    const unsigned functions = check_header_is_covered(settings.header, settings.steps >= ENOUGH_STEPS);
    printf("%lu steps, %u functions, %u threads, %lu callbacks, seed %llu: 0 surprises, %ld MB\n",
           settings.steps, functions, settings.threads, callbacks(), (unsigned long long)first_seed,
           peak_memory_mb());
    return 0;
}
