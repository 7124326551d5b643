"""Which system calls fail in the sweep, with which errors, and what the library may answer.

A pattern is SCENARIO/CALL/ERRNO/NTH. NTH ends with + if the later calls fail, too. Missing parts
match everything.
"""

import fnmatch
from dataclasses import dataclass

#: Every system call fails with these.
ERRORS = ["EPERM", "ENOSYS", "EMFILE", "ENOMEM"]
#: Further errors that the kernel gives for these calls. EAGAIN of a socket is left out: it means
#: that there is nothing to read yet, and the kernel then reports later that there is.
MORE_ERRORS = {
    "clone": ["EAGAIN"],
    "clone3": ["EAGAIN"],
    "connect": ["EACCES", "EAGAIN"],
    "epoll_ctl": ["ENOSPC"],
    "eventfd2": ["ENFILE"],
    "fallocate": ["ENOSPC"],
    "ftruncate": ["ENOSPC", "EIO"],
    "getrandom": ["EAGAIN"],
    "linkat": ["EACCES", "ENOSPC"],
    "mmap": ["EAGAIN"],
    "openat": ["ENFILE", "EACCES", "ENOSPC", "EIO"],
    "pwrite64": ["ENOSPC", "EIO"],
    "read": ["EIO"],
    "rename": ["EACCES", "ENOSPC"],
    "renameat": ["EACCES", "ENOSPC"],
    "renameat2": ["EACCES", "ENOSPC"],
    "socket": ["ENFILE", "EACCES"],
    "unlink": ["EACCES"],
    "unlinkat": ["EACCES"],
    "write": ["ENOSPC", "EIO"],
    "writev": ["ENOSPC", "EIO"],
}
#: What has run out or is denied often stays so. These fail from an occurrence on, too.
FOR_GOOD = ["clone", "clone3", "connect", "epoll_create1", "eventfd2", "getrandom", "mmap", "openat", "socket"]
FOR_GOOD_ERRORS = ["EMFILE", "ENOMEM", "EPERM"]
#: For the others, a higher limit is the wrong advice.
EXHAUSTION = ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ENOSPC"]

#: In place of a status: the process ended.
ENDS = "the process ends"


@dataclass(frozen=True)
class Rule:
    patterns: str
    #: Separated by commas.
    statuses: str
    #: Empty if nothing needs to be explained.
    reason: str = ""

    def matches(self, case):
        return any(matches(case, pattern) for pattern in self.patterns.split())

    def allows(self, status):
        return status in self.statuses.split(", ")


def matches(case, pattern):
    return all(
        fnmatch.fnmatchcase(part, it) for part, it in zip(str(case).split("/"), pattern.split("/"), strict=False)
    )


#: These are not run.
EXCLUDED = [
    Rule("*/exit */exit_group */rt_sigreturn", "", "They do not return to the caller."),
    Rule(
        "*/brk/EPERM */brk/ENOSYS */brk/EMFILE",
        "",
        "`brk` reports no errno. `ENOMEM` stands for its only failure.",
    ),
    Rule(
        "*/futex",
        "",
        "glibc ends the process: `The futex facility returned an unexpected error code.` "
        "Without locks no thread of the host works either.",
    ),
    Rule(
        "*/rseq",
        "",
        "glibc ends the process: `Fatal glibc error: rseq registration failed`. Its thread start "
        "relies on what worked for the first thread.",
    ),
]

NO_CONNECTION = "CONNECT_FAILED, RESOURCE_EXHAUSTED"
NOT_OK = "CONNECT_FAILED, TLS_FAILED, CONNECTION_LOST, RESOURCE_EXHAUSTED"
FILE = "INVALID_ARGUMENT, RESOURCE_EXHAUSTED"


def with_an_address(*calls):
    """Patterns of the scenarios that need no name look-up, which survives many failures."""
    scenarios = ("call-*-ip", "call-*-store", "queue-*-ip", "download*")
    return " ".join(f"{scenario}/{call}" for scenario in scenarios for call in calls)


#: The first rule that matches a case counts.
RULES = [
    Rule(
        "*/getrandom/*/[2-9]* */getrandom/*/1[0-9]*",
        f"OK, {NOT_OK}, {ENDS}",
        "The library checks the random source before it is used. The cryptography ends the process "
        "if the source fails after it was seen to work.",
    ),
    Rule(
        "*/mmap/*/*+",
        f"OK, {NOT_OK}, {ENDS}",
        "When memory has run out for good, glibc or the library's allocator ends the process.",
    ),
    Rule(
        "*/epoll_wait */epoll_pwait",
        f"OK, INTERNAL, {NOT_OK}",
        "The event loop cannot work without waiting. Only a filter of system calls makes this fail, "
        "and such a filter stops every event loop of the host.",
    ),
    Rule(
        "download-queue/write",
        f"OK, INTERNAL, CONNECTION_LOST, {FILE}",
        "As below. If the thread of a queue cannot be woken, the queue gives up its calls.",
    ),
    Rule(
        "download*/write download*/writev",
        f"OK, INTERNAL, {FILE}",
        "As for the other scenarios, and `INVALID_ARGUMENT` names a file that cannot be written.",
    ),
    Rule(
        "*/write",
        f"OK, INTERNAL, TIMEOUT, {NOT_OK}",
        "These writes wake another thread through an eventfd. Only a filter of system calls makes "
        "them fail, and the thread is then not woken.",
    ),
    Rule(
        "*/close",
        f"OK, INTERNAL, {NOT_OK}",
        "Closing a folder cannot fail unless a filter of system calls denies it, and Rust's "
        "standard library treats that as a fault.",
    ),
    Rule(with_an_address("socket", "connect", "epoll_create1", "eventfd2"), NO_CONNECTION),
    Rule("call-*/epoll_create1 queue-*/epoll_create1", NO_CONNECTION),
    Rule(with_an_address("sendto", "recvfrom"), NOT_OK),
    Rule(
        "download-resumed/rename",
        f"OK, {FILE}",
        "A file that the system does not let the library replace is written in place.",
    ),
    Rule("download*/rename download*/ftruncate", "RESOURCE_EXHAUSTED"),
    Rule(
        "download*",
        f"OK, INVALID_ARGUMENT, {NOT_OK}",
        "`INVALID_ARGUMENT` names a file that cannot be written.",
    ),
    Rule(
        "client*/openat client*/read client*/fcntl client*/*stat* queue/openat queue/read queue/*stat*",
        "OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED",
        "`INVALID_ARGUMENT` names a CA file that cannot be read.",
    ),
    Rule("client* queue", "OK, RESOURCE_EXHAUSTED"),
    Rule("free*", "OK"),
    Rule("*", f"OK, {NOT_OK}"),
]
#: Cases after which a descriptor may stay open.
KEPT_OPEN = [
    Rule("*/close", "", "The descriptor was not closed."),
    Rule("queue-*-name/write", "", "The runtime loses a reference to itself if it cannot be woken."),
    Rule("*/getrandom", "", "Rust's standard library keeps `/dev/urandom` open once it needed it."),
]


def rule_for(case, rules):
    return next((rule for rule in rules if rule.matches(case)), None)
