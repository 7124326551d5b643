/* How much of the caller's stack a call takes: stack MOST_KILOBYTES. Hosts call from threads and coroutines with small
 * ones. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/mman.h>

enum { STACK_BYTES = 1024 * 1024, PAINT = 0xA5 };

static void *call_twice(void *url_variable) {
    anchor_client *client = new_client(url_variable, 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(pause_recording(client, "reset-once") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* The depth to which the thread's stack is no longer painted. */
static long kilobytes(char *url_variable) {
    pthread_t thread;
    pthread_attr_t attributes;
    unsigned char *stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    memset(stack, PAINT, STACK_BYTES);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, STACK_BYTES) == 0);
    CHECK(pthread_create(&thread, &attributes, call_twice, url_variable) == 0 &&
          pthread_join(thread, NULL) == 0);
    long untouched = 0;
    while (stack[untouched] == PAINT) {
        untouched++;
    }
    return (STACK_BYTES - untouched) / 1024;
}

int main(int count, char **arguments) {
    alarm(60);
    CHECK(count == 2);
    set_named_url();
    long plain = kilobytes("SANDBOX_URL"), named = kilobytes("NAMED_URL"), tls = kilobytes("SANDBOX_TLS_URL");
    printf("a call takes %ld KB of stack, %ld KB with a name, %ld KB over TLS\n", plain, named, tls);
    return plain <= atoi(arguments[1]) && named <= atoi(arguments[1]) && tls <= atoi(arguments[1]) ? 0 : 1;
}
