/* Makes the n-th occurrence of a system call fail in a child process.
 *
 * A filter sends every system call of the child and its threads to the parent, by the user
 * notification of seccomp. The parent lets them run or makes them fail. It counts and fails only
 * those between begin_window and end_window.
 */
#ifndef INJECT_H
#define INJECT_H

#include "host.h"
#include "syscalls.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* FILTER_SOCKET is the number of the child's socket over which it sends the filter's descriptor. The
 * filter lets sendmsg on it pass. */
enum { FILTER_SOCKET = 1000, MAX_CALLS = 512 };

/* Options of prctl that the kernel does not know. The parent answers them. */
enum { BEGIN_WINDOW = 0x77777701, END_WINDOW = 0x77777702 };

struct fault {
    int call;     /* the number of the system call, -1: none fails */
    unsigned nth; /* the occurrence that fails, from 1 */
    int error;    /* the errno */
    int for_good; /* whether the later ones fail, too */
};

/* What the parent saw between begin_window and end_window. */
struct seen {
    unsigned counts[MAX_CALLS];
    unsigned failed;
    char path[256]; /* the path that the first failed call was given, "" if none */
};

static inline void begin_window(void) {
    CHECK(prctl(BEGIN_WINDOW, 0, 0, 0, 0) == 0);
}

static inline void end_window(void) {
    CHECK(prctl(END_WINDOW, 0, 0, 0, 0) == 0);
}

/* Sends a descriptor through FILTER_SOCKET. */
static inline void send_descriptor(int descriptor) {
    char byte = 0, control[CMSG_SPACE(sizeof descriptor)] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    CHECK(sendmsg(FILTER_SOCKET, &message, 0) == 1);
}

static inline int receive_descriptor(int from) {
    int descriptor;
    char byte, control[CMSG_SPACE(sizeof descriptor)];
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    CHECK(recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL);
    memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
    return descriptor;
}

/* In the child: from here on, the parent sees every system call. */
static inline void install_filter(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_SOCKET, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    CHECK(listener >= 0);
    send_descriptor((int)listener);
    close((int)listener);
    close(FILTER_SOCKET);
}

/* Keeps the path that a call on a file was given. */
static inline void keep_path(const struct seccomp_notif *request, struct seen *seen) {
    int call = request->data.nr;
    if (call != SYS_openat && call != SYS_newfstatat && call != SYS_statx && call != SYS_readlinkat) {
        return;
    }
    for (size_t i = 0; i + 1 < sizeof seen->path; i++) {
        struct iovec from = {(char *)(uintptr_t)request->data.args[1] + i, 1};
        struct iovec to = {seen->path + i, 1};
        if (process_vm_readv((pid_t)request->pid, &to, 1, &from, 1, 0) != 1 || seen->path[i] == '\0') {
            seen->path[i] = '\0';
            return;
        }
    }
}

/* Answers one system call of the child. */
static inline void answer(const struct seccomp_notif *request, struct seccomp_notif_resp *response,
                          const struct fault *fault, int *in_window, struct seen *seen) {
    int call = request->data.nr;
    if (call == SYS_prctl && request->data.args[0] == BEGIN_WINDOW) {
        *in_window = 1;
        return;
    }
    if (call == SYS_prctl && request->data.args[0] == END_WINDOW) {
        *in_window = 0;
        return;
    }
    response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (!*in_window || call < 0 || call >= MAX_CALLS) {
        return;
    }
    unsigned count = ++seen->counts[call];
    if (call != fault->call || count < fault->nth || (count > fault->nth && !fault->for_good)) {
        return;
    }
    if (seen->failed++ == 0) {
        keep_path(request, seen);
    }
    response->flags = 0;
    /* brk reports a failure by the address where the heap ends, never by an errno. */
    response->error = call == SYS_brk ? 0 : -fault->error;
}

/* How a program answers a system call of the child. */
typedef void answer_function(const struct seccomp_notif *request, struct seccomp_notif_resp *response,
                             void *context);

/* Answers the system calls of the child until it ends or the seconds have passed. A child that did
 * not end is killed. Returns its wait status. */
static inline int supervise_by(pid_t child, int listener, double seconds, answer_function *answer_one,
                               void *context) {
    struct seccomp_notif request;
    struct seccomp_notif_resp response;
    double end = monotonic_seconds() + seconds;
    int status, ended = (int)syscall(SYS_pidfd_open, child, 0);
    CHECK(ended >= 0);
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd ready[] = {{.fd = ended, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        if (monotonic_seconds() > end) {
            kill(child, SIGKILL);
        }
        if (poll(ready, 2, 100) <= 0 || (ready[1].revents & POLLIN) == 0) {
            continue;
        }
        memset(&request, 0, sizeof request);
        memset(&response, 0, sizeof response);
        /* Both fail if the thread has ended in the meantime. */
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0) {
            response.id = request.id;
            answer_one(&request, &response, context);
            ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
        }
    }
    close(ended);
    return status;
}

struct supervision {
    const struct fault *fault;
    struct seen *seen;
    int in_window;
};

static inline void answer_for_fault(const struct seccomp_notif *request, struct seccomp_notif_resp *response,
                                    void *context) {
    struct supervision *it = context;
    answer(request, response, it->fault, &it->in_window, it->seen);
}

/* Makes the fault happen. */
static inline int supervise(pid_t child, int listener, const struct fault *fault, double seconds,
                            struct seen *seen) {
    struct supervision context = {fault, seen, 0};
    return supervise_by(child, listener, seconds, answer_for_fault, &context);
}

#endif
