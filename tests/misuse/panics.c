/* A host in which the library panics.
 *
 * The library promises that a panic stays inside it: the call returns a status, nothing is printed,
 * the process lives, and the client still works. The program provokes real panics in the library as
 * it is shipped: Rust's clock and the runtime's wake-ups panic if the system refuses them, and this
 * host interposes both. It refuses each reading of the clock in turn, and checks the status, the
 * next calls and that stderr stays empty.
 */
#define _GNU_SOURCE
#include "../hosts/host.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum fault { NO_FAULT, CLOCK_ON_MAIN_THREAD, CLOCK_ON_OTHER_THREADS, WAKE_UP };
static _Atomic enum fault armed;
/* The step at which it falls to 0 is refused. */
static atomic_long countdown;
static atomic_int refusals;
static _Thread_local int is_main_thread;

static int is_refused(enum fault fault) {
    return armed == fault && atomic_fetch_sub(&countdown, 1) == 1 && atomic_fetch_add(&refusals, 1) >= 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (is_refused(is_main_thread ? CLOCK_ON_MAIN_THREAD : CLOCK_ON_OTHER_THREADS)) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}

/* A runtime is woken by a write of eight bytes to its eventfd. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (count == 8 && is_refused(WAKE_UP)) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

/* Refuses one step of this kind, the `step`th from here on. */
static void arm(enum fault fault, long step) {
    refusals = 0;
    countdown = step;
    armed = fault;
}

/* Returns whether a step was refused, which caused a panic. */
static int disarm(void) {
    armed = NO_FAULT;
    return refusals > 0;
}

static char folder[] = "/tmp/anchor-panics-XXXXXX", video[64];

typedef int32_t operation(anchor_client *, anchor_call *, char **);

static int32_t pause_once(anchor_client *client, anchor_call *call, char **error) {
    return anchor_pause_recording(client, "abc", call, error);
}

static int32_t list(anchor_client *client, anchor_call *call, char **error) {
    return anchor_list_recordings(client, "abc", call, error);
}

static int32_t download(anchor_client *client, anchor_call *call, char **error) {
    return anchor_download_recording(client, "abc", video, call, error);
}

static int32_t continue_call(void *user, uint64_t done, uint64_t total) {
    (void)user, (void)done, (void)total;
    return 0;
}

static unsigned panics, internal_failures;

/* The first call that uses a connection whose task panicked may fail. The next one succeeds. */
static void check_client_works(anchor_client *client) {
    int32_t status = pause_recording(client, "abc");
    CHECK(status == ANCHOR_OK || status == ANCHOR_INTERNAL);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
}

/* Runs the operation again and again, so that it panics at each step of this kind in turn. */
static void panic_at_every_step(const char *url, enum fault fault, operation *operation) {
    for (long step = 1;; step++) {
        anchor_client *client = new_client(url, 5000);
        anchor_call *call;
        char *error;
        CHECK(anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_progress(call, continue_call, NULL) == ANCHOR_OK);
        arm(fault, step);
        int32_t status = operation(client, call, &error);
        int panicked = disarm();
        CHECK((status == ANCHOR_OK) == (error == NULL));
        CHECK(panicked || status == ANCHOR_OK);
        /* The call can succeed in spite of a panic: a connection's task, or a thread that looks up
         * a name, may panic when the answer has already arrived. */
        if (status != ANCHOR_OK && status != ANCHOR_INTERNAL) {
            fprintf(stderr, "fault %d, step %ld: status %d: %s\n", fault, step, status, error);
        }
        CHECK(status == ANCHOR_OK || (status == ANCHOR_INTERNAL && strstr(error, "report it") != NULL));
        internal_failures += status == ANCHOR_INTERNAL;
        anchor_free(error);
        check_client_works(client);
        CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
        if (!panicked) {
            CHECK(step > 1);
            return;
        }
        panics++;
    }
}

static void *stalled_thread(void *call) {
    anchor_client *client = new_client("SANDBOX_URL", 2000);
    int32_t status = anchor_pause_recording(client, "stall", call, NULL);
    CHECK(status == ANCHOR_CANCELLED || status == ANCHOR_TIMEOUT);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    return NULL;
}

/* anchor_call_cancel has no `error`, and wakes the thread that is inside the call. */
static void panic_in_cancel(void) {
    anchor_call *call;
    pthread_t thread;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(pthread_create(&thread, NULL, stalled_thread, call) == 0);
    sleep_ms(300);
    arm(WAKE_UP, 1);
    int32_t status = anchor_call_cancel(call);
    CHECK(disarm() && status == ANCHOR_INTERNAL);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
    panics++, internal_failures++;
}

/* Redirects the descriptor of stderr to a file in memory, which it returns. The stream `stderr`
 * still leads to the terminal, so that CHECK can print. */
static int capture_stderr(void) {
    int captured = memfd_create("stderr", 0);
    FILE *terminal = fdopen(dup(STDERR_FILENO), "w");
    CHECK(captured >= 0 && terminal != NULL);
    dup2(captured, STDERR_FILENO);
    setvbuf(terminal, NULL, _IONBF, 0);
    stderr = terminal;
    return captured;
}

int main(void) {
    alarm(120);
    is_main_thread = 1;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(video, sizeof video, "%s/video.mp4", folder);
    set_named_url();
    setenv("RUST_BACKTRACE", "1", 1);
    int captured = capture_stderr();
    panic_at_every_step("SANDBOX_URL", CLOCK_ON_MAIN_THREAD, pause_once);
    panic_at_every_step("SANDBOX_TLS_URL", CLOCK_ON_MAIN_THREAD, pause_once);
    panic_at_every_step("SANDBOX_URL", CLOCK_ON_MAIN_THREAD, list);
    panic_at_every_step("SANDBOX_URL", CLOCK_ON_MAIN_THREAD, download);
    panic_at_every_step("NAMED_URL", CLOCK_ON_MAIN_THREAD, pause_once);
    panic_at_every_step("NAMED_URL", CLOCK_ON_OTHER_THREADS, pause_once);
    panic_in_cancel();
    CHECK(lseek(captured, 0, SEEK_END) == 0);
    CHECK(unlink(video) == 0 && rmdir(folder) == 0);
    CHECK(internal_failures > panics / 2);
    printf("%u panics, %u calls failed with ANCHOR_INTERNAL, 0 lines printed\n", panics, internal_failures);
    return 0;
}
