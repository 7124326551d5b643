/* Runs the scenarios of a host, each in a process of its own, and reports each by itself.
 *
 * A scenario fails if a check of it fails, if it ends by a signal, or if anything is printed to
 * stderr. EXPECT notes a failed check and continues; a scenario that calls CHECK of host.h ends
 * there. The notes are in memory that the processes share, so that they survive a crash, and so
 * that a check on a small stack prints nothing.
 */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "host.h"
#include <sys/mman.h>

typedef struct scenario {
    const char *name;
    void (*run)(void);
} scenario;

enum { MAX_NOTES = 32, FIGURE_BYTES = 160, SCENARIO_SECONDS = 60 };

typedef struct note {
    const char *file;
    int line;
    const char *condition;
    /* What was seen the first time, if it is a status. */
    int32_t seen;
    int count;
} note;

static struct notes {
    int count;
    note notes[MAX_NOTES];
    char figure[FIGURE_BYTES];
    /* For figures: how often the state of a thread was checked. */
    int thread_states_read;
} * shared_notes;

static inline int expect(int holds, const char *file, int line, const char *condition, int32_t seen) {
    if (holds) {
        return 1;
    }
    for (int i = 0; i < shared_notes->count; i++) {
        if (shared_notes->notes[i].line == line && strcmp(shared_notes->notes[i].condition, condition) == 0) {
            shared_notes->notes[i].count++;
            return 0;
        }
    }
    if (shared_notes->count < MAX_NOTES) {
        shared_notes->notes[shared_notes->count++] = (note){file, line, condition, seen, 1};
    }
    return 0;
}

#define EXPECT(condition) expect((condition) ? 1 : 0, __FILE__, __LINE__, #condition, -1)
#define EXPECT_STATUS(actual, expected)                                                                      \
    do {                                                                                                     \
        int32_t seen_ = (actual);                                                                            \
        expect(seen_ == (expected), __FILE__, __LINE__, #actual " is " #expected, seen_);                    \
    } while (0)

/* The figure of the scenario, which its line shows. */
#define FIGURE(...) snprintf(shared_notes->figure, FIGURE_BYTES, __VA_ARGS__)

/* Returns what the scenario printed to stderr, which is freed with the process. */
static inline const char *run_in_child(const scenario *scenario, int *wait_status) {
    static char printed[4096];
    FILE *output = tmpfile();
    CHECK(output != NULL);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(SCENARIO_SECONDS);
        CHECK(dup2(fileno(output), STDERR_FILENO) == STDERR_FILENO);
        scenario->run();
        _exit(0);
    }
    CHECK(waitpid(child, wait_status, 0) == child);
    rewind(output);
    printed[fread(printed, 1, sizeof printed - 1, output)] = '\0';
    fclose(output);
    return printed;
}

/* Runs a scenario, prints how it ended, and returns whether it passed. */
static inline int passes(const scenario *scenario) {
    int wait_status;
    memset(shared_notes, 0, sizeof *shared_notes);
    double begun = monotonic_seconds();
    const char *printed = run_in_child(scenario, &wait_status);
    int passed = wait_status == 0 && printed[0] == '\0' && shared_notes->count == 0;
    printf("%s %s, %.1f s%s%s\n", passed ? "ok    " : "FAILED", scenario->name, monotonic_seconds() - begun,
           shared_notes->figure[0] != '\0' ? ": " : "", shared_notes->figure);
    for (int i = 0; i < shared_notes->count; i++) {
        const note *note = &shared_notes->notes[i];
        printf("         %s:%d: %s: fails %d times", note->file, note->line, note->condition, note->count);
        printf(note->seen >= 0 ? ", first with %s (%d)\n" : "\n", anchor_status_name(note->seen), note->seen);
    }
    if (wait_status != 0) {
        printf(WIFSIGNALED(wait_status) ? "         ended by signal %d\n" : "         exit code %d\n",
               WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
    }
    if (printed[0] != '\0') {
        printf("         on stderr: %s\n", printed);
    }
    return passed;
}

/* Runs the scenarios that the arguments name, or all of them. Returns the exit code. */
static inline int run_scenarios(int argc, char **argv, const scenario *scenarios, int count) {
    int run = 0, failed = 0;
    shared_notes =
        mmap(NULL, sizeof *shared_notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared_notes != MAP_FAILED);
    for (int i = 0; i < count; i++) {
        int is_chosen = argc < 2;
        for (int j = 1; j < argc; j++) {
            is_chosen |= strcmp(argv[j], scenarios[i].name) == 0;
        }
        run += is_chosen;
        failed += is_chosen && !passes(&scenarios[i]);
    }
    printf("%d scenarios, %d failed\n", run, failed);
    return run > 0 && failed == 0 ? 0 : 1;
}

#endif
