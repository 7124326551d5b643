/* A host on a kernel that cannot wipe a page in forked children (before Linux 4.14).
 *
 * The library promises that a child never uses a connection of its parent. Here the only evidence
 * of a fork would be the process id, and both processes have the id 1, in two namespaces. Needs
 * root.
 */
#define _GNU_SOURCE
#include "host.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { GENERATIONS = 5 };

static anchor_client *client;

static void refuse_wipe_on_fork(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 18 /* MADV_WIPEONFORK */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* A fork into a new namespace: the child's id is 1. */
static pid_t fork_as_first_process(void) {
    CHECK(unshare(CLONE_NEWPID) == 0);
    return fork();
}

/* Counts by dup: /proc shows the processes of another namespace. */
static int lowest_free_descriptor(void) {
    int lowest = dup(0);
    CHECK(lowest >= 0 && close(lowest) == 0);
    return lowest;
}

/* Calls with what the parent made, and has the next generation do the same. */
static void use(int generation) {
    int before = lowest_free_descriptor();
    alarm(30);
    CHECK(getpid() == 1);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    /* A runtime and a connection of its own. */
    CHECK(lowest_free_descriptor() > before);
    if (generation < GENERATIONS) {
        pid_t child = fork_as_first_process();
        if (child == 0) {
            use(generation + 1);
            _exit(0);
        }
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        check_exit_code(child, 0);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    }
}

int main(void) {
    alarm(60);
    if (unshare(CLONE_NEWPID) != 0) {
        printf("SKIPPED: no namespace of processes can be made: %s\n", strerror(errno));
        return 0;
    }
    refuse_wipe_on_fork();
    CHECK(madvise(NULL, 0, 18) == -1 && errno == EINVAL);
    client = new_client("SANDBOX_URL", 10000);
    pid_t child = fork();
    if (child == 0) {
        use(1);
        _exit(0);
    }
    check_exit_code(child, 0);
    printf("%d processes with the id 1, each child of the one before, with connections of their own\n",
           GENERATIONS);
    return 0;
}
