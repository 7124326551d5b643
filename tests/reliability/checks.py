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
    host(
        "fork",
        "fork while threads call, or change options and call objects",
        "children can use and free the parent's objects",
    ),
    host(
        "handshake",
        "fork while threads set up TLS and hold its locks",
        "a fork waits 0.1 s at most, and every child makes its call",
    ),
    host(
        "namespace",
        "fork on a kernel without MADV_WIPEONFORK, into namespaces where every process has the id 1",
        "no child uses a connection of its parent",
    ),
    host("fork-tls", "the same over TLS", "children can use and free the parent's objects"),
    host("python-fork", "fork, pools and --preload in Python", "children make calls and exit, without a warning"),
    host(
        "cancel",
        "pthread_cancel inside a call, a progress function or any other function",
        "it takes effect after the call or in the host's own function, and everything stays usable",
    ),
    host("quiet", "leaked threads and descriptors", "none after creation, after calls, after free"),
    host("language", "a host whose system texts are in another language and encoding", "messages are in English"),
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
    host(
        "outage",
        "an outage of the name servers",
        "16 threads at most, no descriptors, and other names are found while a thread is left",
    ),
    host(
        "download-faults",
        "a file system that fails at every step of a download, kills, and cleaners that delete the part",
        "the old file or the whole video, nothing of another user touched, and the next call succeeds",
    ),
    host(
        "places",
        "links, FIFOs, files and parts of other users in shared folders",
        "nothing of another user is followed, written or taken up",
    ),
    host(
        "refusals",
        "mount points, immutable files, closed folders, names of 143 bytes, no extended attributes",
        "found before the request, written in place, or the whole video is kept",
    ),
    host(
        "readers",
        "150 pipes whose readers do not read, and 150 downloads to a FIFO that nobody reads",
        "timeouts hold, other calls and files do not wait, and nothing is written afterwards",
    ),
    host(
        "last-step",
        "a video that is put in place late, that another program moves on, or whose file is locked",
        "the status and the file agree",
    ),
    host(
        "disk",
        "a file system that stops answering during a download, and a folder with 20,000 files",
        "only that download waits, its timeout and its cancellation hold, and no call lists a folder",
    ),
    host("limits", "no descriptors or threads left", "a status, no output, and calls succeed when there is room again"),
    Check(
        "host-sweep",
        "each system call fails in turn: denied, missing, or out of something",
        "a status in time, no output, no descriptor lost, and the next call works: see FAULTS.md",
        "python3 tests/hosts/run.py sweep",
        900,
    ),
    host("many", "1,000 threads on one client", "every call succeeds"),
    host(
        "many-descriptors",
        "the same with 512 descriptors",
        "every call succeeds, and half of the descriptors stay free for the host",
    ),
    host(
        "budget",
        "6 queues, 6 CA files, 64 threads and 1,000 clients with 512 descriptors",
        "half of the descriptors stay free for the host, idle connections give way, and every call succeeds",
    ),
    host(
        "closed",
        "a host that closes all descriptors without forking",
        "every call gets a status in time, later calls succeed, and nothing is printed",
    ),
    host(
        "trust",
        "a FIFO, a device, a folder or an endless file as CA file, SSL_CERT_FILE or SSL_CERT_DIR",
        "refused by name, without waiting",
    ),
    host("privileged", "the environment of a set-user-id program", "no variable is read"),
    host("scheduling", "calls from a real-time thread", "threads of the library are of the normal scheduling class"),
    host(
        "seccomp",
        "a sandbox that refuses eventfd2, epoll_create1, clone, getrandom, socket or connect",
        "a status that names what was refused, no output, and no advice to raise a limit that was not reached",
    ),
    host(
        "standard",
        "descriptors 0 to 2 closed by the host",
        "the library's files and sockets never get these numbers, and what the host prints goes nowhere",
    ),
    host("clients", "10,000 clients with 256 descriptors", "clients take neither descriptors nor threads"),
    host("stack", "threads and coroutines with 16 KB of stack", "every call succeeds"),
    host(
        "bounds",
        "a coroutine with 16 KB of stack, if the system does not know the end of its thread's stack, or a wrong one",
        "every call succeeds, and the memory beside the coroutine's stack is unchanged",
    ),
    host("queue-long", "a queue in an event loop, and over forks", "no wake-up is lost, and a child's queue is empty"),
    host("inflight", "9,500 calls in flight", "one thread, and at most 32 KB per call"),
    host("storm", "constant signals", "no call fails, and deadlines hold"),
    host(
        "exits",
        "the process exits during calls",
        "immediately, with its own exit code, also if a thread then makes its first call",
    ),
    host("late", "calls from atexit and key destructors", "every call succeeds"),
    host(
        "pausing",
        "a failure at any step of the begin or the end of a pause",
        "the status, the pause count and the state in the API agree",
    ),
    host(
        "coroutines",
        "progress and log functions that switch to other calls on the same thread",
        "every call returns its own status, and the thread is as the host left it",
    ),
    host(
        "turns",
        "a call that would wait for one that is suspended on the same thread",
        "it is refused at once, and the pause count is right",
    ),
    Check(
        "python-interleaved",
        "gevent, eventlet, greenlets, trio's and anyio's threads, with callbacks that switch",
        "every call returns or raises what is its own, and the thread is as the program left it",
        "make -s lib sandbox-program build/venv/ready && cd bindings/python && "
        "../../build/venv/bin/python -m pytest -q tests/test_interleaved.py",
    ),
    host("spawn", "programs started during calls", "they inherit no descriptor"),
    host("stopped", "SIGSTOP and SIGCONT", "deadlines pass, and answers that arrived are read"),
    host("memory-long", "100,000 calls, 20,000 clients, 10,000 threads", "memory and descriptors do not grow"),
    host("go", "12,000 goroutines, connection resets, checked pointers", "a Go service keeps running"),
    suite(
        "hostile",
        "hostile and broken servers",
        "the right status in time, less than 48 MB, and the client still works",
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
