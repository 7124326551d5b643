"""The checks of reliability: what can hurt a host, what is promised, and the command that fails if it does not hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    #: For running it alone.
    name: str
    hazard: str
    promise: str
    #: A shell command in the root of the sources; the last line that it prints is its figure.
    command: str
    #: Seconds, with room to spare.
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
        "no signal reaches the host, and its mask and what it had pending stay",
    ),
    host("fork", "fork while threads call", "children use and free what the parent made"),
    host("fork-tls", "the same over TLS", "children use and free what the parent made"),
    host("python-fork", "fork, pools and --preload in Python", "children call and end, without a warning"),
    host("cancel", "pthread_cancel inside a call", "it takes effect after the call, and the client works on"),
    host("quiet", "threads and descriptors left behind", "none after creation, after calls, after free"),
    host("setenv", "the host's setenv beside new clients", "the environment is read once, without a crash"),
    host("proxy", "a proxy in the environment", "loopback is never proxied, an option sets or disables it"),
    host(
        "download",
        "a download that is cut, forked, killed, or fills the disk",
        "whole or not there, in constant memory, no SIGXFSZ",
    ),
    host("unload", "dlclose while threads live", "the library stays, and nothing it left behind can crash"),
    host("symbols", "a host with functions named as ours", "none of them is called by the library"),
    host(
        "resolver", "a resolver that takes 8 s", "call, free and exit do not wait for it; no handler runs on its thread"
    ),
    host("limits", "no descriptors, no threads", "a status, nothing printed, and it works again"),
    host("many", "1,000 threads on one client", "every call succeeds"),
    host(
        "many-descriptors",
        "the same with 512 descriptors",
        "every call succeeds: half of the descriptors are the host's",
    ),
    host("clients", "10,000 clients with 256 descriptors", "a client is a key and some numbers"),
    host("stack", "threads and coroutines with 16 KB of stack", "every call succeeds"),
    host("queue-long", "a queue in an event loop, and over forks", "no wake-up is lost, a child finds it empty"),
    host("inflight", "9,500 calls under way at once", "on one thread, 48 KB each at most"),
    host("storm", "signals all the time", "calls are interrupted, none fails, deadlines hold"),
    host("exits", "the process ends inside calls", "at once, with its own code"),
    host("late", "calls from atexit and key destructors", "every call succeeds"),
    host(
        "pausing",
        "a begin or an end of which any step fails",
        "the status, what is held and the API's own state agree",
    ),
    host("spawn", "programs started beside calls", "they inherit no descriptor"),
    host("stopped", "SIGSTOP and SIGCONT", "time passes, and answers that came are read"),
    host("memory-long", "100,000 calls, 20,000 clients, 10,000 threads", "memory and descriptors stay"),
    host("go", "12,000 goroutines, resets, checked pointers", "a Go service lives on"),
    suite(
        "hostile",
        "servers that mean harm or are broken",
        "the right status in time, below 64 MB, and the client works on",
    ),
    misuse("random", "any function with any argument, four threads", "nothing but statuses, and never the key"),
    misuse("long", "the same, millions of times", "nothing but statuses, and never the key"),
    misuse("sanitized", "the same in a host with AddressSanitizer and UBSan", "nothing is found"),
    misuse("valgrind", "the same under valgrind", "no error, nothing lost"),
    misuse("c-sanitized", "the C wrapper with AddressSanitizer and UBSan", "nothing is found"),
    misuse("models", "the tables of handles and strings, in every order of events", "no order breaks them"),
    misuse("limits", "as many handles as there can be", "refused in words, and usable again"),
    misuse("panics", "a panic inside the library", "a status, nothing printed, and the client works on"),
    suite("secrets", "messages, logs, tracebacks in every language", "no key and no password is in them"),
    host("valgrind", "errors and leaks of memory, C", "none"),
    host("valgrind-python", "errors and leaks of memory, Python", "none of the library's"),
]
