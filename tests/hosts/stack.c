/* How much of the caller's stack a call takes: stack MOST_KILOBYTES SMALL_KILOBYTES. Of a large one it takes at most the
 * first, and it succeeds on a thread or in a coroutine that has only the second. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { LARGE_BYTES = 1024 * 1024, GUARD_BYTES = 64 * 1024, PAINT = 0xA5 };

static int32_t on_progress(void *count, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    ++*(int *)count;
    return 0;
}

/* With a function of the host's, which runs on the host's stack, and failures. */
static void use_call(anchor_client *client) {
    anchor_call *call;
    int asked = 0;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, on_progress, &asked) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "missing", call, NULL) == ANCHOR_NOT_FOUND && asked > 0);
    CHECK(anchor_list_recordings(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_request(client, "POST", "/v1/x", "{\"a\":[[[[1]]]]}", call, NULL) == ANCHOR_NOT_FOUND);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void download(anchor_client *client) {
    char file[64];
    snprintf(file, sizeof file, "/tmp/anchor-stack-%d.mp4", (int)getpid());
    CHECK(anchor_download_recording(client, "abc", file, NULL, NULL) == ANCHOR_OK && unlink(file) == 0);
}

static void *use(void *url_variable) {
    anchor_client *client = new_client(url_variable, 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(pause_recording(client, "reset-once") == ANCHOR_OK);
    use_call(client);
    download(client);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* Where no stack can be mapped there is a status, and the next call succeeds. */
static void *use_without_memory(void *url_variable) {
    anchor_client *client = new_client(url_variable, 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_AS, &before) == 0);
    limit(RLIMIT_AS, 4096);
    int32_t status = anchor_pause_recording(client, "abc", NULL, NULL);
    limit(RLIMIT_AS, before.rlim_cur);
    CHECK(status == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* A painted stack, with nothing below it that could be written to. */
static unsigned char *new_stack(size_t bytes) {
    unsigned char *guard = mmap(NULL, GUARD_BYTES + bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(guard != MAP_FAILED && mprotect(guard + GUARD_BYTES, bytes, PROT_READ | PROT_WRITE) == 0);
    memset(guard + GUARD_BYTES, PAINT, bytes);
    return guard + GUARD_BYTES;
}

/* The depth to which the stack is no longer painted. */
static double kilobytes(const unsigned char *stack, size_t bytes) {
    size_t untouched = 0;
    while (untouched < bytes && stack[untouched] == PAINT) {
        untouched++;
    }
    return (double)(bytes - untouched) / 1024;
}

static double of_thread(size_t bytes, void *(*body)(void *), void *argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    unsigned char *stack = new_stack(bytes);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, bytes) == 0);
    CHECK(pthread_create(&thread, &attributes, body, argument) == 0 && pthread_join(thread, NULL) == 0);
    return kilobytes(stack, bytes);
}

static ucontext_t host, coroutine;
static const char *coroutine_url;

static void in_coroutine(void) {
    use((void *)coroutine_url);
}

/* A coroutine's stack may be anywhere: below the thread's, or above it. */
static void *switch_stacks(void *bytes) {
    unsigned char *stack = new_stack(*(size_t *)bytes);
    CHECK(getcontext(&coroutine) == 0);
    coroutine.uc_stack.ss_sp = stack, coroutine.uc_stack.ss_size = *(size_t *)bytes;
    coroutine.uc_link = &host;
    makecontext(&coroutine, in_coroutine, 0);
    CHECK(swapcontext(&host, &coroutine) == 0);
    return NULL;
}

int main(int count, char **arguments) {
    alarm(60);
    CHECK(count == 3);
    size_t small = (size_t)atoi(arguments[2]) * 1024;
    char *urls[] = {"SANDBOX_URL", "NAMED_URL", "SANDBOX_TLS_URL"};
    double most = 0, of_small = 0;
    set_named_url();
    for (int url = 0; url < 3; url++) {
        double taken = of_thread(LARGE_BYTES, use, urls[url]);
        most = taken > most ? taken : most;
        taken = of_thread(small, use, urls[url]);
        of_small = taken > of_small ? taken : of_small;
        coroutine_url = urls[url];
        switch_stacks(&small);
        of_thread(LARGE_BYTES, switch_stacks, &small);
    }
    of_thread(small, use_without_memory, urls[0]);
    printf("a call takes up to %.0f KB of a large stack, %.0f KB of one of %zu KB\n", most, of_small,
           small / 1024);
    return most <= atoi(arguments[1]) ? 0 : 1;
}
