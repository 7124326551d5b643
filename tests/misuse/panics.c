/* A panic inside the library stays there: the call gives a status, nothing is printed, the process lives and the client
 * works on. Panics are made where the library as it is shipped has them: Rust's clock and the runtime's wake-ups panic when
 * the system refuses them, and this host stands between the library and the system. */
#define _GNU_SOURCE
#include "../hosts/host.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

enum place { NOWHERE, CLOCK, CLOCK_ELSEWHERE, WRITE };
static _Atomic enum place place;
/* The refusal comes when this falls to 0. */
static atomic_long countdown;
static atomic_int refusals;
static _Thread_local int is_main;

static int refuses(enum place here) {
    return place == here && atomic_fetch_sub(&countdown, 1) == 1 && atomic_fetch_add(&refusals, 1) >= 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (refuses(is_main ? CLOCK : CLOCK_ELSEWHERE)) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, now);
}

/* Eight bytes are what wakes a runtime. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (count == 8 && refuses(WRITE)) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

static void arm(enum place at, long after) {
    refusals = 0;
    countdown = after;
    place = at;
}

/* Whether there was a panic since. */
static int disarm(void) {
    place = NOWHERE;
    return refusals > 0;
}

static char folder[] = "/tmp/anchor-panics-XXXXXX", video[64];

static int32_t pause_it(anchor_client *client, anchor_call *call, char **error) {
    return anchor_pause_recording(client, "abc", call, error);
}

static int32_t list(anchor_client *client, anchor_call *call, char **error) {
    return anchor_list_recordings(client, "abc", call, error);
}

static int32_t download(anchor_client *client, anchor_call *call, char **error) {
    return anchor_download_recording(client, "abc", video, call, error);
}

static int32_t look(void *user, uint64_t done, uint64_t total) {
    (void)user, (void)done, (void)total;
    return 0;
}

static unsigned panics, internal;

/* What a connection's own task left broken is given up by the first call that meets it. */
static void check_works(anchor_client *client) {
    int32_t status = pause_recording(client, "abc");
    CHECK(status == ANCHOR_OK || status == ANCHOR_INTERNAL);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

/* Lets a call meet a panic at every place where it reads the clock, one after the other. */
static void sweep(const char *url, enum place at, int32_t (*ask)(anchor_client *, anchor_call *, char **)) {
    for (long after = 1;; after++) {
        anchor_client *client = new_client(url, 5000);
        anchor_call *call;
        char *error;
        CHECK(anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_progress(call, look, NULL) == ANCHOR_OK);
        arm(at, after);
        int32_t status = ask(client, call, &error);
        int panicked = disarm();
        CHECK((status == ANCHOR_OK) == (error == NULL));
        CHECK(panicked || status == ANCHOR_OK);
        /* A connection's own task, or a thread that looks up a name, may meet it when the answer is there already. */
        CHECK(status == ANCHOR_OK || (status == ANCHOR_INTERNAL && strstr(error, "report it") != NULL));
        internal += status == ANCHOR_INTERNAL;
        anchor_free(error);
        check_works(client);
        CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
        if (!panicked) {
            CHECK(after > 1);
            return;
        }
        panics++;
    }
}

static void *stalled(void *call) {
    anchor_client *client = new_client("SANDBOX_URL", 2000);
    int32_t status = anchor_pause_recording(client, "stall", call, NULL);
    CHECK(status == ANCHOR_CANCELLED || status == ANCHOR_TIMEOUT);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* A function without `error`, which wakes the thread that makes the call. */
static void panic_in_cancel(void) {
    const struct timespec into_the_call = {0, 300 * 1000 * 1000};
    anchor_call *call;
    pthread_t thread;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(pthread_create(&thread, NULL, stalled, call) == 0);
    nanosleep(&into_the_call, NULL);
    arm(WRITE, 1);
    int32_t status = anchor_call_cancel(call);
    CHECK(disarm() && status == ANCHOR_INTERNAL);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
    panics++, internal++;
}

/* What the library prints from here on goes where it can be counted; CHECK prints where it did. */
static int take_stderr(void) {
    int printed = memfd_create("stderr", 0);
    FILE *before = fdopen(dup(STDERR_FILENO), "w");
    CHECK(printed >= 0 && before != NULL);
    dup2(printed, STDERR_FILENO);
    setvbuf(before, NULL, _IONBF, 0);
    stderr = before;
    return printed;
}

int main(void) {
    char url[64];
    alarm(120);
    is_main = 1;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(video, sizeof video, "%s/video.mp4", folder);
    snprintf(url, sizeof url, "http://localhost%s", strrchr(getenv("SANDBOX_URL"), ':'));
    setenv("NAMED_URL", url, 1);
    setenv("RUST_BACKTRACE", "1", 1);
    int printed = take_stderr();
    sweep("SANDBOX_URL", CLOCK, pause_it);
    sweep("SANDBOX_TLS_URL", CLOCK, pause_it);
    sweep("SANDBOX_URL", CLOCK, list);
    sweep("SANDBOX_URL", CLOCK, download);
    sweep("NAMED_URL", CLOCK, pause_it);
    sweep("NAMED_URL", CLOCK_ELSEWHERE, pause_it);
    panic_in_cancel();
    CHECK(lseek(printed, 0, SEEK_END) == 0);
    CHECK(unlink(video) == 0 && rmdir(folder) == 0);
    CHECK(internal > panics / 2);
    printf("%u panics, %u calls with ANCHOR_INTERNAL, 0 lines printed\n", panics, internal);
    return 0;
}
