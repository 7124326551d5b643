/* A host with small stacks: stack MAX_KILOBYTES SMALL_KILOBYTES
 *
 * The library promises that a call works on a stack of 16 KB, also in a coroutine: if little stack
 * is left, its deep part runs on a temporary stack. The program makes calls on threads and in
 * coroutines whose stacks it has painted with a pattern, and finds out how deep they were
 * overwritten. A call may take MAX_KILOBYTES of a large stack, and must succeed on a stack of
 * SMALL_KILOBYTES. If no temporary stack can be mapped, it must fail with a status.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { LARGE_BYTES = 1024 * 1024, GUARD_BYTES = 64 * 1024, PAINT = 0xA5 };

static int32_t count_progress(void *count, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    ++*(int *)count;
    return 0;
}

/* Calls with a progress function, which runs on the host's stack, and calls that fail. */
static void use_call_object(anchor_client *client) {
    anchor_call *call;
    int progress_calls = 0;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, count_progress, &progress_calls) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "missing", call, NULL) == ANCHOR_NOT_FOUND && progress_calls > 0);
    CHECK(anchor_list_recordings(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_request(client, "POST", "/v1/x", "{\"a\":[[[[1]]]]}", call, NULL) == ANCHOR_NOT_FOUND);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void download(anchor_client *client) {
    char file[64];
    snprintf(file, sizeof file, "/tmp/anchor-stack-%d.mp4", (int)getpid());
    CHECK(anchor_download_recording(client, "abc", file, NULL, NULL) == ANCHOR_OK && unlink(file) == 0);
}

static void *use_client(void *url_variable) {
    anchor_client *client = new_client(url_variable, 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(pause_recording(client, "reset-once") == ANCHOR_OK);
    use_call_object(client);
    download(client);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* If no temporary stack can be mapped, the call fails with a status, and the next one succeeds. */
static void *use_client_without_memory(void *url_variable) {
    anchor_client *client = new_client(url_variable, 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_AS, &before) == 0);
    set_soft_limit(RLIMIT_AS, 4096);
    int32_t status = anchor_pause_recording(client, "abc", NULL, NULL);
    set_soft_limit(RLIMIT_AS, before.rlim_cur);
    CHECK(status == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* Maps a painted stack, with a guard below it, so that an overflow ends the program. */
static unsigned char *new_stack(size_t bytes) {
    unsigned char *guard = mmap(NULL, GUARD_BYTES + bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(guard != MAP_FAILED && mprotect(guard + GUARD_BYTES, bytes, PROT_READ | PROT_WRITE) == 0);
    memset(guard + GUARD_BYTES, PAINT, bytes);
    return guard + GUARD_BYTES;
}

/* How deep the paint of the stack was overwritten. */
static double kilobytes_used(const unsigned char *stack, size_t bytes) {
    size_t untouched = 0;
    while (untouched < bytes && stack[untouched] == PAINT) {
        untouched++;
    }
    return (double)(bytes - untouched) / 1024;
}

/* Runs a function on a thread with this much stack, and returns how much of it was used. */
static double run_on_stack(size_t bytes, void *(*body)(void *), void *argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    unsigned char *stack = new_stack(bytes);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, bytes) == 0);
    CHECK(pthread_create(&thread, &attributes, body, argument) == 0 && pthread_join(thread, NULL) == 0);
    return kilobytes_used(stack, bytes);
}

static ucontext_t thread_context, coroutine;
static const char *coroutine_url;

static void coroutine_body(void) {
    use_client((void *)coroutine_url);
}

/* Uses a client in a coroutine, whose stack may be mapped below or above the thread's stack. */
static void *run_coroutine(void *stack_bytes) {
    size_t bytes = *(size_t *)stack_bytes;
    CHECK(getcontext(&coroutine) == 0);
    coroutine.uc_stack.ss_sp = new_stack(bytes), coroutine.uc_stack.ss_size = bytes;
    coroutine.uc_link = &thread_context;
    makecontext(&coroutine, coroutine_body, 0);
    CHECK(swapcontext(&thread_context, &coroutine) == 0);
    return NULL;
}

static double larger(double one, double other) {
    return one > other ? one : other;
}

int main(int argc, char **argv) {
    alarm(60);
    CHECK(argc == 3);
    size_t small_bytes = (size_t)atoi(argv[2]) * 1024;
    char *urls[] = {"SANDBOX_URL", "NAMED_URL", "SANDBOX_TLS_URL"};
    double of_large = 0, of_small = 0;
    set_named_url();
    for (int i = 0; i < 3; i++) {
        of_large = larger(of_large, run_on_stack(LARGE_BYTES, use_client, urls[i]));
        of_small = larger(of_small, run_on_stack(small_bytes, use_client, urls[i]));
        coroutine_url = urls[i];
        /* From the main thread, and from a thread with a large stack. */
        run_coroutine(&small_bytes);
        run_on_stack(LARGE_BYTES, run_coroutine, &small_bytes);
    }
    run_on_stack(small_bytes, use_client_without_memory, urls[0]);
    printf("a call takes up to %.0f KB of a large stack, %.0f KB of a stack of %zu KB\n", of_large, of_small,
           small_bytes / 1024);
    return of_large <= atoi(argv[1]) ? 0 : 1;
}
