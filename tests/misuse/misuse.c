/* A host that makes every mistake at once:
 *
 *     misuse HEADER [--seed N] [--steps N] [--threads N] [--counts]
 *
 * Threads call all functions of the library in random order, also from its callbacks. They pass
 * handles and strings that are valid, freed, truncated or random, and free what other threads are
 * using. The library promises that nothing but a status results: no crash, no hang, no leak, and no
 * key in a message. Each step checks what the function returned. At the end everything must be
 * freed, and every function of HEADER must have been called. A failure prints the seed that repeats
 * it.
 */
#define _GNU_SOURCE
#include "exports.h"
#include "inputs.h"
#include "judge.h"
#include "pool.h"
#include "requests.h"
/* Last, because it takes CHECK from judge.h. */
#include "../hosts/host.h"

#include <pthread.h>
#include <signal.h>

#define MAX_THREADS 64
#define DEADLINE_SECONDS 600
/* With so many steps, every function must succeed at least once. */
#define STEPS_FOR_SUCCESS 100000

static struct {
    const char *header;
    unsigned long steps;
    unsigned threads;
    int counts;
} settings = {NULL, 200000, 4, 0};

static void read_arguments(int argc, char **argv) {
    run_seed = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--counts") == 0) {
            settings.counts = 1;
        } else if (strcmp(argv[i], "--seed") == 0) {
            run_seed = strtoull(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--steps") == 0) {
            settings.steps = strtoul(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--threads") == 0) {
            settings.threads = (unsigned)strtoul(value, NULL, 10), i++;
        } else {
            settings.header = argv[i];
        }
    }
    if (settings.header == NULL || settings.threads < 1 || settings.threads > MAX_THREADS) {
        fprintf(stderr, "usage: misuse HEADER [--seed N] [--steps N] [--threads 1-%d] [--counts]\n",
                MAX_THREADS);
        exit(2);
    }
}

/* Runs this thread's share of the steps. Its signal mask must not change. */
static void *step_thread(void *number) {
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    seed_random(run_seed * MAX_THREADS + (uintptr_t)number);
    for (unsigned long left = settings.steps / settings.threads; left > 0; left--) {
        run_step();
    }
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < NSIG; signal++) {
        CHECK(sigismember(&before, signal) == sigismember(&after, signal));
    }
    return NULL;
}

static void run_threads(void) {
    pthread_t threads[MAX_THREADS];
    for (uintptr_t i = 0; i < settings.threads; i++) {
        CHECK(pthread_create(&threads[i], NULL, step_thread, (void *)i) == 0);
    }
    for (unsigned i = 0; i < settings.threads; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

int main(int argc, char **argv) {
    read_arguments(argc, argv);
    is_single_threaded = settings.threads == 1;
    alarm(DEADLINE_SECONDS);
    prepare_inputs();
    const int descriptors = count_descriptors(), threads = count_threads();
    run_threads();
    seed_random(run_seed);
    free_pool();
    CHECK(all_freed_once());
    /* Threads that look up names end soon. If one of them or a descriptor stays, the alarm ends the
     * program. */
    while (count_threads() != threads || count_descriptors() != descriptors) {
        sleep_ms(10);
    }
    remove_downloads();
    if (settings.counts) {
        print_counts();
    }
    const unsigned functions = check_header_is_covered(settings.header, settings.steps >= STEPS_FOR_SUCCESS);
    printf("%lu steps, %u functions, %u threads, %lu callbacks, seed %llu: 0 checks failed, %ld MB\n",
           settings.steps, functions, settings.threads, callback_count(), (unsigned long long)run_seed,
           process_status("VmHWM:") / 1024);
    return 0;
}
