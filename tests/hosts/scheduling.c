/* A host whose real-time thread makes the first call of a queue and looks up a host name.
 *
 * The library promises that its own threads are of the normal scheduling class: one of a real-time
 * class would compete with the host's, and could keep a CPU from everything else. Needs root.
 */
#define _GNU_SOURCE
#include "host.h"
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>

static anchor_client *named;
static int is_permitted = 1;
static volatile int resolver_policy = -1;

/* The library calls this function of the host instead of the C library's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    int (*original)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&original = dlsym(RTLD_NEXT, "getaddrinfo");
    resolver_policy = sched_getscheduler(0);
    return original(node, service, hints, result);
}

/* The scheduling policy of the thread with this name, -1 if there is none. */
static int policy_of(const char *name) {
    DIR *tasks = opendir("/proc/self/task");
    int policy = -1;
    CHECK(tasks != NULL);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[300], found[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            if (fgets(found, sizeof found, file) != NULL && strncmp(found, name, strlen(name)) == 0) {
                policy = sched_getscheduler(atoi(task->d_name));
            }
            fclose(file);
        }
    }
    closedir(tasks);
    return policy;
}

static void *real_time_thread(void *policy) {
    const struct sched_param priority = {.sched_priority = 10};
    anchor_queue *queue;
    anchor_call *call;
    uint64_t tag;
    int32_t status;
    if (sched_setscheduler(0, *(int *)policy, &priority) != 0) {
        CHECK(errno == EPERM);
        is_permitted = 0;
        return NULL;
    }
    CHECK(anchor_queue_new(1, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, queue, 1) == ANCHOR_OK);
    CHECK(anchor_pause_recording(named, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_queue_next(queue, 10000, &tag, &status, NULL) == ANCHOR_OK && status == ANCHOR_OK);
    CHECK(policy_of("anchor-queue") == SCHED_OTHER);
    CHECK(resolver_policy == SCHED_OTHER);
    resolver_policy = -1;
    anchor_client *client = new_client("NAMED_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(resolver_policy == SCHED_OTHER || resolver_policy == -1);
    /* The host's thread is as it was. */
    CHECK(sched_getscheduler(0) == *(int *)policy);
    CHECK(anchor_free(client) == ANCHOR_OK && anchor_free(call) == ANCHOR_OK &&
          anchor_free(queue) == ANCHOR_OK);
    return NULL;
}

int main(void) {
    int policies[] = {SCHED_FIFO, SCHED_RR};
    alarm(60);
    set_named_url();
    named = new_client("NAMED_URL", 10000);
    for (int i = 0; i < 2 && is_permitted; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, real_time_thread, &policies[i]) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    puts(is_permitted ? "2 real-time classes, 4 threads of the library in the normal one"
                      : "SKIPPED: this user may not use a real-time class");
    return 0;
}
