/* A host whose system cannot tell how large a thread's stack is, or tells it wrongly.
 *
 * The library promises that it never writes below a small stack: if the bounds are unknown, its part
 * of a call runs on a temporary stack, and a failure to find out is not remembered. The first call
 * of a thread is made while the bounds cannot be found out. Then calls are made in a coroutine of
 * 16 KB, below which the memory is painted with a pattern.
 */
#define _GNU_SOURCE
#include "scenarios.h"
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <ucontext.h>

enum { STACK_BYTES = 16 * 1024, BELOW_BYTES = 256 * 1024, PAINT = 0xA5, COROUTINES = 20 };

/* What the interposed functions return. 0: what the C library returns. */
static int getattr_error, getstack_error;

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes) {
    int (*next)(pthread_t, pthread_attr_t *);
    *(void **)&next = dlsym(RTLD_NEXT, "pthread_getattr_np");
    return getattr_error != 0 ? getattr_error : next(thread, attributes);
}

int pthread_attr_getstack(const pthread_attr_t *attributes, void **end, size_t *size) {
    int (*next)(const pthread_attr_t *, void **, size_t *);
    *(void **)&next = dlsym(RTLD_NEXT, "pthread_attr_getstack");
    return getstack_error != 0 ? getstack_error : next(attributes, end, size);
}

static anchor_client *client;
static ucontext_t thread_context, coroutine;
static const char *session_id;
static int32_t status_in_coroutine;
static size_t deepest;

static void coroutine_body(void) {
    status_in_coroutine = anchor_pause_recording(client, session_id, NULL, NULL);
}

/* Makes a call in a coroutine. Nothing below its stack is written. */
static void expect_call_in_coroutine(int32_t expected) {
    size_t bytes = BELOW_BYTES + STACK_BYTES, untouched = 0;
    unsigned char *memory = malloc(bytes);
    CHECK(memory != NULL);
    memset(memory, PAINT, bytes);
    CHECK(getcontext(&coroutine) == 0);
    coroutine.uc_stack.ss_sp = memory + BELOW_BYTES, coroutine.uc_stack.ss_size = STACK_BYTES;
    coroutine.uc_link = &thread_context;
    makecontext(&coroutine, coroutine_body, 0);
    CHECK(swapcontext(&thread_context, &coroutine) == 0);
    while (untouched < bytes && memory[untouched] == PAINT) {
        untouched++;
    }
    deepest = bytes - untouched > deepest ? bytes - untouched : deepest;
    EXPECT(untouched >= BELOW_BYTES);
    EXPECT_STATUS(status_in_coroutine, expected);
    /* It is not freed, so that the next one has another address. */
}

static void expect_calls_in_coroutines(void) {
    for (int i = 0; i < COROUTINES; i++) {
        expect_call_in_coroutine(ANCHOR_OK);
    }
    FIGURE("a coroutine was used %zu bytes deep", deepest);
}

static void *on_thread(void *body) {
    void (*function)(void);
    *(void **)&function = body;
    function();
    return NULL;
}

static void run_on_new_thread(void (*function)(void)) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, on_thread, *(void **)&function) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void make_client(void) {
    client = new_client("SANDBOX_TLS_URL", 10000);
}

/* On another thread, so that the first call of this one is still to come. */
static void set_up(void) {
    session_id = "abc";
    run_on_new_thread(make_client);
}

static void unknown_first(void) {
    for (getattr_error = ENOENT; getattr_error != 0; getattr_error = getattr_error == ENOENT   ? EMFILE
                                                                     : getattr_error == EMFILE ? ENOMEM
                                                                                               : 0) {
        EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
        expect_call_in_coroutine(ANCHOR_OK);
    }
    getstack_error = EINVAL;
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    expect_call_in_coroutine(ANCHOR_OK);
    getstack_error = 0;
    expect_calls_in_coroutines();
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    expect_calls_in_coroutines();
}

static void cannot_be_found_out(void) {
    set_up();
    unknown_first();
}

static void cannot_be_found_out_on_a_thread(void) {
    set_up();
    run_on_new_thread(unknown_first);
}

/* For the first thread, the C library opens a file. */
static void no_descriptor(void) {
    struct rlimit before;
    set_up();
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    set_soft_limit(RLIMIT_NOFILE, 3);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_RESOURCE_EXHAUSTED);
    expect_call_in_coroutine(ANCHOR_RESOURCE_EXHAUSTED);
    set_soft_limit(RLIMIT_NOFILE, before.rlim_cur);
    expect_calls_in_coroutines();
}

static void no_descriptor_first_in_coroutine(void) {
    struct rlimit before;
    set_up();
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    set_soft_limit(RLIMIT_NOFILE, 3);
    expect_call_in_coroutine(ANCHOR_RESOURCE_EXHAUSTED);
    set_soft_limit(RLIMIT_NOFILE, before.rlim_cur);
    expect_calls_in_coroutines();
}

/* As in a container without /proc. */
static void no_proc(void) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        FIGURE("SKIPPED: this system permits no mount namespace");
        return;
    }
    set_up();
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    if (mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
        FIGURE("SKIPPED: this system permits no mount over /proc");
        return;
    }
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    expect_call_in_coroutine(ANCHOR_OK);
    CHECK(umount("/proc") == 0);
    expect_calls_in_coroutines();
}

/* The stack of the first thread may grow to the next mapping, which can be the heap. That grows
 * towards it, with the coroutines in it. */
static void unlimited(void) {
    CHECK(mallopt(M_MMAP_THRESHOLD, 1024 * 1024 * 1024) == 1);
    set_up();
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    expect_calls_in_coroutines();
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    expect_calls_in_coroutines();
}

static void unlimited_later(void) {
    set_soft_limit(RLIMIT_STACK, RLIM_INFINITY);
    unlimited();
}

/* Starts this program again with a stack that is unlimited from the beginning. The kernel then
 * maps libraries far below the heap. */
static void unlimited_from_the_beginning(void) {
    pid_t child = fork();
    if (child == 0) {
        set_soft_limit(RLIMIT_STACK, RLIM_INFINITY);
        execl("/proc/self/exe", "bounds", "unlimited", (char *)NULL);
        _exit(127);
    }
    check_exit_code(child, 0);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"cannot-be-found-out", cannot_be_found_out},
        {"cannot-be-found-out-on-a-thread", cannot_be_found_out_on_a_thread},
        {"no-descriptor", no_descriptor},
        {"no-descriptor-first-in-coroutine", no_descriptor_first_in_coroutine},
        {"no-proc", no_proc},
        {"unlimited-later", unlimited_later},
        {"unlimited-from-the-beginning", unlimited_from_the_beginning},
    };
    if (argc == 2 && strcmp(argv[1], "unlimited") == 0) {
        const scenario only[] = {{"unlimited", unlimited}};
        return run_scenarios(argc, argv, only, 1);
    }
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
