/* The names of the system calls that a library may make. */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

static const struct {
    int number;
    const char *name;
} SYSTEM_CALLS[] = {
    {SYS_accept4, "accept4"},
#ifdef SYS_access
    {SYS_access, "access"},
#endif
    {SYS_brk, "brk"},
    {SYS_clock_gettime, "clock_gettime"},
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_clone, "clone"},
#ifdef SYS_clone3
    {SYS_clone3, "clone3"},
#endif
    {SYS_close, "close"},
#ifdef SYS_close_range
    {SYS_close_range, "close_range"},
#endif
    {SYS_connect, "connect"},
#ifdef SYS_copy_file_range
    {SYS_copy_file_range, "copy_file_range"},
#endif
    {SYS_dup, "dup"},
#ifdef SYS_dup2
    {SYS_dup2, "dup2"},
#endif
    {SYS_dup3, "dup3"},
    {SYS_epoll_create1, "epoll_create1"},
    {SYS_epoll_ctl, "epoll_ctl"},
    {SYS_epoll_pwait, "epoll_pwait"},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_pwait2"},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait"},
#endif
    {SYS_eventfd2, "eventfd2"},
    {SYS_exit, "exit"},
    {SYS_exit_group, "exit_group"},
    {SYS_faccessat, "faccessat"},
#ifdef SYS_faccessat2
    {SYS_faccessat2, "faccessat2"},
#endif
    {SYS_fallocate, "fallocate"},
    {SYS_fchmod, "fchmod"},
    {SYS_fchown, "fchown"},
    {SYS_fcntl, "fcntl"},
    {SYS_fdatasync, "fdatasync"},
    {SYS_fgetxattr, "fgetxattr"},
    {SYS_flock, "flock"},
    {SYS_fremovexattr, "fremovexattr"},
    {SYS_fsetxattr, "fsetxattr"},
    {SYS_fstat, "fstat"},
    {SYS_fstatfs, "fstatfs"},
    {SYS_fsync, "fsync"},
    {SYS_ftruncate, "ftruncate"},
    {SYS_futex, "futex"},
    {SYS_getcwd, "getcwd"},
    {SYS_getdents64, "getdents64"},
    {SYS_getegid, "getegid"},
    {SYS_geteuid, "geteuid"},
    {SYS_getgid, "getgid"},
    {SYS_getpeername, "getpeername"},
    {SYS_getpid, "getpid"},
    {SYS_getppid, "getppid"},
    {SYS_getrandom, "getrandom"},
#ifdef SYS_getrlimit
    {SYS_getrlimit, "getrlimit"},
#endif
    {SYS_getsockname, "getsockname"},
    {SYS_getsockopt, "getsockopt"},
    {SYS_gettid, "gettid"},
    {SYS_getuid, "getuid"},
#ifdef SYS_io_uring_setup
    {SYS_io_uring_setup, "io_uring_setup"},
#endif
    {SYS_ioctl, "ioctl"},
    {SYS_kill, "kill"},
#ifdef SYS_link
    {SYS_link, "link"},
#endif
    {SYS_linkat, "linkat"},
    {SYS_lseek, "lseek"},
#ifdef SYS_lstat
    {SYS_lstat, "lstat"},
#endif
    {SYS_madvise, "madvise"},
#ifdef SYS_membarrier
    {SYS_membarrier, "membarrier"},
#endif
#ifdef SYS_memfd_create
    {SYS_memfd_create, "memfd_create"},
#endif
#ifdef SYS_mkdir
    {SYS_mkdir, "mkdir"},
#endif
    {SYS_mkdirat, "mkdirat"},
    {SYS_mmap, "mmap"},
    {SYS_mprotect, "mprotect"},
    {SYS_mremap, "mremap"},
    {SYS_munmap, "munmap"},
    {SYS_nanosleep, "nanosleep"},
#ifdef SYS_newfstatat
    {SYS_newfstatat, "newfstatat"},
#endif
#ifdef SYS_open
    {SYS_open, "open"},
#endif
    {SYS_openat, "openat"},
#ifdef SYS_openat2
    {SYS_openat2, "openat2"},
#endif
#ifdef SYS_pipe
    {SYS_pipe, "pipe"},
#endif
    {SYS_pipe2, "pipe2"},
#ifdef SYS_poll
    {SYS_poll, "poll"},
#endif
    {SYS_ppoll, "ppoll"},
    {SYS_prctl, "prctl"},
    {SYS_pread64, "pread64"},
    {SYS_preadv, "preadv"},
    {SYS_prlimit64, "prlimit64"},
    {SYS_pselect6, "pselect6"},
    {SYS_pwrite64, "pwrite64"},
    {SYS_read, "read"},
#ifdef SYS_readlink
    {SYS_readlink, "readlink"},
#endif
    {SYS_readlinkat, "readlinkat"},
    {SYS_readv, "readv"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_recvmmsg, "recvmmsg"},
    {SYS_recvmsg, "recvmsg"},
#ifdef SYS_rename
    {SYS_rename, "rename"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "renameat"},
#endif
    {SYS_renameat2, "renameat2"},
    {SYS_restart_syscall, "restart_syscall"},
#ifdef SYS_rseq
    {SYS_rseq, "rseq"},
#endif
    {SYS_rt_sigaction, "rt_sigaction"},
    {SYS_rt_sigpending, "rt_sigpending"},
    {SYS_rt_sigprocmask, "rt_sigprocmask"},
    {SYS_rt_sigreturn, "rt_sigreturn"},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
    {SYS_sched_getaffinity, "sched_getaffinity"},
    {SYS_sched_getparam, "sched_getparam"},
    {SYS_sched_getscheduler, "sched_getscheduler"},
    {SYS_sched_setattr, "sched_setattr"},
    {SYS_sched_setparam, "sched_setparam"},
    {SYS_sched_setscheduler, "sched_setscheduler"},
    {SYS_sched_yield, "sched_yield"},
#ifdef SYS_select
    {SYS_select, "select"},
#endif
    {SYS_sendfile, "sendfile"},
    {SYS_sendmmsg, "sendmmsg"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendto, "sendto"},
    {SYS_set_robust_list, "set_robust_list"},
    {SYS_set_tid_address, "set_tid_address"},
    {SYS_setsockopt, "setsockopt"},
    {SYS_shutdown, "shutdown"},
    {SYS_sigaltstack, "sigaltstack"},
    {SYS_socket, "socket"},
    {SYS_socketpair, "socketpair"},
#ifdef SYS_stat
    {SYS_stat, "stat"},
#endif
    {SYS_statfs, "statfs"},
#ifdef SYS_statx
    {SYS_statx, "statx"},
#endif
#ifdef SYS_symlink
    {SYS_symlink, "symlink"},
#endif
    {SYS_symlinkat, "symlinkat"},
    {SYS_sysinfo, "sysinfo"},
    {SYS_tgkill, "tgkill"},
#ifdef SYS_time
    {SYS_time, "time"},
#endif
    {SYS_timerfd_create, "timerfd_create"},
    {SYS_timerfd_settime, "timerfd_settime"},
    {SYS_uname, "uname"},
#ifdef SYS_unlink
    {SYS_unlink, "unlink"},
#endif
    {SYS_unlinkat, "unlinkat"},
    {SYS_utimensat, "utimensat"},
    {SYS_wait4, "wait4"},
    {SYS_write, "write"},
    {SYS_writev, "writev"},
};

enum { SYSTEM_CALL_COUNT = sizeof SYSTEM_CALLS / sizeof *SYSTEM_CALLS };

/* NULL if the number is not in the table. */
static inline const char *system_call_name(int number) {
    for (size_t i = 0; i < SYSTEM_CALL_COUNT; i++) {
        if (SYSTEM_CALLS[i].number == number) {
            return SYSTEM_CALLS[i].name;
        }
    }
    return NULL;
}

/* -1 if the name is not in the table. */
static inline int system_call_number(const char *name) {
    for (size_t i = 0; i < SYSTEM_CALL_COUNT; i++) {
        if (strcmp(SYSTEM_CALLS[i].name, name) == 0) {
            return SYSTEM_CALLS[i].number;
        }
    }
    return -1;
}

#endif
