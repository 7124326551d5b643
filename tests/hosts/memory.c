/* Neither calls nor clients nor threads leave memory or descriptors behind: memory CALLS CLIENTS THREADS */
#define _GNU_SOURCE
#include "host.h"
#include <malloc.h>
#include <pthread.h>

enum { WARM_UP = 10, MOST_KILOBYTES = 256 };

static anchor_client *client;

/* What the process holds, after giving back what the C library merely keeps. */
static long kilobytes(void) {
    long all, resident;
    malloc_trim(0);
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &all, &resident) == 2 && fclose(file) == 0);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void call_once(void) {
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

/* A failure's message is memory, too. */
static void make_client(void) {
    anchor_client *made = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pause_recording(made, "..") == ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_free(made) == ANCHOR_OK);
}

static void *in_thread(void *unused) {
    call_once();
    return unused;
}

static void start_thread(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

/* The growth over the last nine tenths of so many rounds. */
static long grown(void (*round)(void), int rounds) {
    long before = 0;
    int descriptors = 0;
    for (int done = 0; done < rounds; done++) {
        if (done == rounds / WARM_UP) {
            before = kilobytes();
            descriptors = entries("/proc/self/fd");
        }
        round();
    }
    CHECK(entries("/proc/self/fd") == descriptors);
    return kilobytes() - before;
}

int main(int count, char **arguments) {
    alarm(280);
    CHECK(count == 4);
    client = new_client("SANDBOX_URL", 10000);
    long calls = grown(call_once, atoi(arguments[1]));
    long clients = grown(make_client, atoi(arguments[2]));
    long threads = grown(start_thread, atoi(arguments[3]));
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("%s calls grew by %ld KB, %s clients by %ld KB, %s threads by %ld KB\n", arguments[1], calls,
           arguments[2], clients, arguments[3], threads);
    return calls < MOST_KILOBYTES && clients < MOST_KILOBYTES && threads < MOST_KILOBYTES ? 0 : 1;
}
