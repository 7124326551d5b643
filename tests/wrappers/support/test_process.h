/** @file
 * Child processes of a test. The test program starts itself with a role and a session as arguments,
 * and both processes advance step by step: each waits for a byte from the other.
 */

#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <stdint.h>

#include "test_support.h"

#ifndef _WIN32
#include <sys/wait.h>
#endif

/** A child process, and the pipes to and from it. */
typedef struct child_process {
    intptr_t id;
    int to;
    int from;
} child_process;

#ifdef _WIN32

/** Starts `program ROLE SESSION`, with the pipes as its standard input and output: a child inherits those
 * that its parent has at that moment. */
static inline child_process start_child(const char *program, const char *role, const char *session_id) {
    int to[2];
    int from[2];
    child_process child;
    char quoted[128];
    const int input = dup(STDIN_FILENO);
    const int output = dup(STDOUT_FILENO);
    /* The arguments become a single text, which the child divides at the spaces. */
    snprintf(quoted, sizeof quoted, "\"%s\"", role);
    if (_pipe(to, 64, _O_BINARY | _O_NOINHERIT) != 0 || _pipe(from, 64, _O_BINARY | _O_NOINHERIT) != 0) {
        perror(role);
        exit(2);
    }
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    child.id = _spawnl(_P_NOWAIT, program, program, quoted, session_id, (char *)NULL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    close(input);
    close(output);
    close(to[0]);
    close(from[1]);
    child.to = to[1];
    child.from = from[0];
    return child;
}

/** The exit code of abort(). */
#define ABORTED 3

/** Waits for the child to end, and returns its exit code, or -1 if it aborted. */
static inline int end_child(child_process *child) {
    int status = -1;
    close(child->to);
    close(child->from);
    return _cwait(&status, child->id, _WAIT_CHILD) == child->id && status != ABORTED ? status : -1;
}

#else

/** Starts `program ROLE SESSION`, with the pipes as its standard input and output. */
static inline child_process start_child(const char *program, const char *role, const char *session_id) {
    int to[2];
    int from[2];
    child_process child;
    if (pipe(to) != 0 || pipe(from) != 0 || (child.id = fork()) < 0) {
        perror(role);
        exit(2);
    }
    if (child.id == 0) {
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
    child.to = to[1];
    child.from = from[0];
    return child;
}

/** Waits for the child to end, and returns its exit code, or -1 if a signal ended it. */
static inline int end_child(child_process *child) {
    int status = -1;
    close(child->to);
    close(child->from);
    if (waitpid((pid_t)child->id, &status, 0) != (pid_t)child->id || !WIFEXITED(status)) {
        return -1;
    }
    return WEXITSTATUS(status);
}

#endif

/** Signals the process at the other end of the pipe to continue. */
static inline int signal_step(int descriptor) {
    return write(descriptor, ".", 1) == 1;
}

/** Waits for a signal from the process at the other end of the pipe; 0 if it has ended. */
static inline int await_step(int descriptor) {
    char step;
    return read(descriptor, &step, 1) == 1;
}

/** In the child: reports the end of a step, and waits for the next one. */
static inline int finish_step(void) {
    return signal_step(STDOUT_FILENO) && await_step(STDIN_FILENO);
}

#endif
