"""The reliability checks: a hazard for the host, the promise, and the command that fails if the
promise is broken.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    #: The argument of run.py that runs this check alone.
    name: str
    hazard: str
    promise: str
    #: A shell command, run in the root folder. Its last line of output is its figure.
    command: str
    #: Seconds, with a generous margin.
    deadline: int = 300


def host(name, hazard, promise):
    return Check(f"host-{name}", hazard, promise, f"python3 tests/hosts/run.py {name}")


def misuse(name, hazard, promise):
    return Check(f"misuse-{name}", hazard, promise, f"python3 tests/misuse/run.py {name}", 600)


def suite(name, hazard, promise):
    return Check(f"test-{name}", hazard, promise, f"make -s test-{name}", 600)


CHECKS = [
    host(
        "sigpipe",
        "a peer resets a TLS connection",
        "no signal reaches the host, and its mask and pending signals are unchanged",
    ),
    host("fork", "fork while threads call", "children can use and free the parent's objects"),
    host("fork-tls", "the same over TLS", "children can use and free the parent's objects"),
    host("python-fork", "fork, pools and --preload in Python", "children make calls and exit, without a warning"),
    host("cancel", "pthread_cancel inside a call", "it takes effect after the call, and the client still works"),
    host("quiet", "leaked threads and descriptors", "none after creation, after calls, after free"),
    host("setenv", "setenv in the host while clients are created", "the environment is read once, without a crash"),
    host("proxy", "a proxy in the environment", "loopback is never proxied, an option sets or disables it"),
    host(
        "download",
        "a download that is cut off, forked, killed, or fills the disk",
        "all or nothing, in constant memory, no SIGXFSZ",
    ),
    host("unload", "dlclose while threads live", "the library stays loaded, and no destructor crashes"),
    host("symbols", "functions of the host with names that the library uses", "the library calls none of them"),
    host(
        "resolver",
        "a resolver that takes 8 s",
        "call, free and exit do not wait for it, and no signal handler runs on its thread",
    ),
    host("limits", "no descriptors or threads left", "a status, no output, and calls succeed when there is room again"),
    host("many", "1,000 threads on one client", "every call succeeds"),
    host(
        "many-descriptors",
        "the same with 512 descriptors",
        "every call succeeds, and half of the descriptors stay free for the host",
    ),
    host("clients", "10,000 clients with 256 descriptors", "clients take neither descriptors nor threads"),
    host("stack", "threads and coroutines with 16 KB of stack", "every call succeeds"),
    host("queue-long", "a queue in an event loop, and over forks", "no wake-up is lost, and a child's queue is empty"),
    host("inflight", "9,500 calls in flight", "one thread, and at most 48 KB per call"),
    host("storm", "constant signals", "no call fails, and deadlines hold"),
    host("exits", "the process exits during calls", "immediately, with its own exit code"),
    host("late", "calls from atexit and key destructors", "every call succeeds"),
    host(
        "pausing",
        "a failure at any step of the begin or the end of a pause",
        "the status, the pause count and the state in the API agree",
    ),
    host("spawn", "programs started during calls", "they inherit no descriptor"),
    host("stopped", "SIGSTOP and SIGCONT", "deadlines pass, and answers that arrived are read"),
    host("memory-long", "100,000 calls, 20,000 clients, 10,000 threads", "memory and descriptors do not grow"),
    host("go", "12,000 goroutines, connection resets, checked pointers", "a Go service keeps running"),
    suite(
        "hostile",
        "hostile and broken servers",
        "the right status in time, below 64 MB, and the client still works",
    ),
    misuse("random", "any function with any argument, four threads", "only statuses, and never the key"),
    misuse("long", "the same, millions of times", "only statuses, and never the key"),
    misuse("sanitized", "the same with AddressSanitizer and UBSan", "no error"),
    misuse("valgrind", "the same under valgrind", "no error and no leak"),
    misuse("c-sanitized", "the C wrapper with AddressSanitizer and UBSan", "no error"),
    misuse("models", "several threads in the tables of handles and strings", "correct in every interleaving"),
    misuse("limits", "the maximum number of handles", "refused with a message, and usable again"),
    misuse("panics", "a panic inside the library", "a status, no output, and the client still works"),
    suite("secrets", "messages, logs, tracebacks in every language", "no key and no password in them"),
    host("valgrind", "memory errors and leaks, C", "none"),
    host("valgrind-python", "memory errors and leaks, Python", "none in the library"),
]
