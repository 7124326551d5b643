/* Functions of atexit can make calls. A body that does not return leaves the recording paused. */
#include <pthread.h>
#include <setjmp.h>

#include "test_client.h"
#include "test_process.h"
#include "test_session.h"

#define DEADLINE_S 120
#define ROUNDS 5

/* Global, because functions of atexit take no argument. */
static anchor_client *client;
static const char *session_id;

/** Ends the process with an exit code that its parent counts as a failure, unless `holds`. With 3, abort()
 * ends it on Windows. */
static void require(int holds) {
    if (!holds) {
        _exit(4);
    }
}

static void resume_at_exit(void) {
    const anchor_easy_result result = anchor_easy_resume(client, session_id);
    require(result.status == ANCHOR_OK && result.attempts == 1);
    anchor_easy_close(&client);
}

static int check_paused(void *user) {
    ++*(int *)user;
    require(recording_is(session_id, "paused"));
    return 0;
}

static void block_at_exit(void) {
    int runs = 0;
    const anchor_easy_held held = anchor_while_paused(client, session_id, check_paused, &runs);
    require(held.paused.status == ANCHOR_OK && held.resumed.status == ANCHOR_OK && runs == 1);
    anchor_easy_close(&client);
}

static int end_by_exit(void *user) {
    check_paused(user);
    exit(0);
}

static int end_by__exit(void *user) {
    check_paused(user);
    _exit(0);
}

static int end_by_abort(void *user) {
    check_paused(user);
    abort();
}

static jmp_buf out_of_the_body;

static int end_by_longjmp(void *user) {
    check_paused(user);
    longjmp(out_of_the_body, 1);
}

static int end_by_pthread_exit(void *user) {
    check_paused(user);
    pthread_exit(NULL);
    return 0; /* For a compiler that does not know that it is not reached. */
}

static void pause_here(void) {
    require(anchor_easy_pause(client, session_id).status == ANCHOR_OK && recording_is(session_id, "paused"));
}

/** Runs a body that does not return. After longjmp or pthread_exit the process ends by itself. */
static int run_body(int (*body)(void *user)) {
    static int runs;
    if (setjmp(out_of_the_body) != 0) {
        return 0;
    }
    return anchor_while_paused(client, session_id, body, &runs).paused.status != ANCHOR_OK;
}

static int run_role(const char *role) {
    require(anchor_easy_open(&client, NULL).status == ANCHOR_OK);
    if (strcmp(role, "resume") == 0) {
        pause_here();
        return atexit(resume_at_exit);
    }
    if (strcmp(role, "resume by exit") == 0) {
        pause_here();
        require(atexit(resume_at_exit) == 0);
        exit(0);
    }
    if (strcmp(role, "block") == 0) {
        return atexit(block_at_exit);
    }
    if (strcmp(role, "exit, and resume") == 0) {
        require(atexit(resume_at_exit) == 0);
        return run_body(end_by_exit);
    }
    if (strcmp(role, "exit") == 0) {
        return run_body(end_by_exit);
    }
    if (strcmp(role, "_exit") == 0) {
        return run_body(end_by__exit);
    }
    if (strcmp(role, "longjmp") == 0) {
        return run_body(end_by_longjmp);
    }
    if (strcmp(role, "pthread_exit") == 0) {
        return run_body(end_by_pthread_exit);
    }
    return run_body(end_by_abort);
}

static void test_each_way_to_exit_leaves_the_documented_state(const char *program) {
    static const struct {
        const char *role;
        int code;
        /** The state of the recording after the end of the process. */
        const char *recording;
    } rows[] = {
        {"resume", 0, "recording"},
        {"resume by exit", 0, "recording"},
        {"block", 0, "recording"},
        {"exit, and resume", 0, "recording"},
        /* As documented, these leave it paused. */
        {"exit", 0, "paused"},
        {"_exit", 0, "paused"},
        {"longjmp", 0, "paused"},
        {"pthread_exit", 0, "paused"},
        {"abort", -1, "paused"},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        int as_expected = 0;
        for (int round = 0; round < ROUNDS; round++) {
            const test_session session = start_session();
            child_process child = start_child(program, rows[row].role, session.id);
            as_expected +=
                end_child(&child) == rows[row].code && recording_is(session.id, rows[row].recording);
        }
        printf("%s: %d of %d processes left the recording %s\n", rows[row].role, as_expected, ROUNDS,
               rows[row].recording);
        CHECK_ROW(rows[row].role, as_expected == ROUNDS);
    }
}

int main(int count, char **arguments) {
    alarm(DEADLINE_S);
    if (count == 3) {
        session_id = arguments[2];
        return run_role(arguments[1]);
    }
    test_each_way_to_exit_leaves_the_documented_state(arguments[0]);
    return conclude_test("test_process_exit");
}
