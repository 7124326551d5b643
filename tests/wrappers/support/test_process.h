/** @file Other processes of the same test program: main finds a role and a session in its
 * arguments, and goes on step by step with the process that started it.
 */

#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <sys/wait.h>

#include "test_support.h"

/** Another process, and the pipes to and from it. */
typedef struct other_process {
    pid_t id;
    int to;
    int from;
} other_process;

/** Starts `program ROLE SESSION`. Its standard input and output are the pipes. */
static inline other_process start_other(const char *program, const char *role, const char *session_id) {
    int to[2];
    int from[2];
    other_process other;
    if (pipe(to) != 0 || pipe(from) != 0 || (other.id = fork()) < 0) {
        perror(role);
        exit(2);
    }
    if (other.id == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        execl(program, program, role, session_id, (char *)NULL);
        perror(program);
        _exit(2);
    }
    close(to[0]);
    close(from[1]);
    other.to = to[1];
    other.from = from[0];
    return other;
}

/** Lets the process at the other end of the pipe go on. */
static inline int tell(int descriptor) {
    return write(descriptor, ".", 1) == 1;
}

/** Waits until the process at the other end says so; 0 if it has ended. */
static inline int await(int descriptor) {
    char step;
    return read(descriptor, &step, 1) == 1;
}

/** Says that a step is done, and waits for the next one. For the process that was started. */
static inline int step(void) {
    return tell(STDOUT_FILENO) && await(STDIN_FILENO);
}

/** Waits for the end of the process; gives its exit code, or -1 if a signal ended it. */
static inline int end_other(other_process *other) {
    int status = -1;
    close(other->to);
    close(other->from);
    if (waitpid(other->id, &status, 0) != other->id || !WIFEXITED(status)) {
        return -1;
    }
    return WEXITSTATUS(status);
}

#endif
