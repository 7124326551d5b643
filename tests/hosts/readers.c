/* A host that downloads to pipes whose readers do not read.
 *
 * The library promises that such a reader holds up nothing but its own download: the call ends at its
 * deadline, the other calls of the queue and downloads to files do not wait, no thread stays behind,
 * the mode of the pipe stays as it was, and nothing is written after the call has ended.
 */
#define _GNU_SOURCE
#include "scenarios.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { TIMEOUT_MS = 1200, OVERRUN_MS = 400, PIPE_BYTES = 4096 };
/* With these, the last of many pipes waits longer for a thread than the end of its call does. */
enum { MANY = 40, VERY_MANY = 150, UNREAD = 150 };
enum { PAUSE = 1, DOWNLOAD = 1000 };

static char folder[] = "/tmp/anchor-readers-XXXXXX";
static anchor_client *client;
static anchor_queue *queue;
static anchor_call *calls[VERY_MANY];
static int pipes[VERY_MANY][2];

static int unread_bytes(int number) {
    int count = -1;
    CHECK(ioctl(pipes[number][0], FIONREAD, &count) == 0);
    return count;
}

/* A pipe with room for so many bytes. */
static void make_pipe(int number, int room) {
    static const char zeros[PIPE_BYTES];
    CHECK(pipe2(pipes[number], O_CLOEXEC) == 0);
    CHECK(fcntl(pipes[number][1], F_SETPIPE_SZ, PIPE_BYTES) == PIPE_BYTES);
    CHECK(room > 0 || write(pipes[number][1], zeros, PIPE_BYTES) == PIPE_BYTES);
}

static void set_up(void) {
    CHECK(mkdtemp(folder) != NULL);
    client = new_client("SANDBOX_VIDEO_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
}

static anchor_call *begin(uint64_t tag, const char *file) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, tag) == ANCHOR_OK);
    if (file != NULL) {
        EXPECT_STATUS(anchor_download_recording(client, "abc", file, call, NULL), ANCHOR_OK);
    } else {
        EXPECT_STATUS(anchor_pause_recording(client, "abc", call, NULL), ANCHOR_OK);
    }
    return call;
}

/* A pause in the queue takes no time. */
static void expect_pause(void) {
    uint64_t tag = 0;
    int32_t status = -1;
    double begun = monotonic_seconds();
    anchor_call *call = begin(PAUSE, NULL);
    EXPECT_STATUS(anchor_queue_next(queue, 5000, &tag, &status, NULL), ANCHOR_OK);
    EXPECT(tag == PAUSE && status == ANCHOR_OK && monotonic_seconds() - begun < 0.4);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
}

static void tear_down(void) {
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    EXPECT(rmdir(folder) == 0);
}

static void set_descriptors(rlim_t number) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = number < limit.rlim_max ? number : limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Takes a completion, and reads what the pipe has. */
static void expect_timeout(void) {
    char bytes[PIPE_BYTES];
    uint64_t tag = 0;
    int32_t status = -1;
    EXPECT_STATUS(anchor_queue_next(queue, 20000, &tag, &status, NULL), ANCHOR_OK);
    EXPECT_STATUS(status, ANCHOR_TIMEOUT);
    CHECK(tag >= DOWNLOAD && tag < DOWNLOAD + VERY_MANY);
    int number = (int)(tag - DOWNLOAD);
    EXPECT((fcntl(pipes[number][1], F_GETFL) & O_NONBLOCK) == 0);
    EXPECT(unread_bytes(number) == 0 || read(pipes[number][0], bytes, sizeof bytes) == PIPE_BYTES);
}

/* More pipes than there are threads for files. Half of them take the first bytes. Each has room again
 * as soon as its call has ended. */
static void many(void) {
    char path[64];
    set_descriptors(8192);
    set_up();
    double begun = monotonic_seconds();
    for (int i = 0; i < VERY_MANY; i++) {
        make_pipe(i, i % 2);
        snprintf(path, sizeof path, "/dev/fd/%d", pipes[i][1]);
        calls[i] = begin(DOWNLOAD + (uint64_t)i, path);
    }
    /* What the pipes take at once is written by then. */
    sleep_ms(TIMEOUT_MS / 2);
    for (int i = 0; i < 5; i++) {
        expect_pause();
    }
    EXPECT(count_threads() <= 2 + 16);
    for (int i = 0; i < VERY_MANY; i++) {
        expect_timeout();
    }
    double seconds = monotonic_seconds() - begun;
    EXPECT(seconds < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    sleep_ms(500);
    EXPECT(count_threads() <= 2);
    for (int i = 0; i < VERY_MANY; i++) {
        EXPECT(unread_bytes(i) == 0);
        EXPECT(close(pipes[i][0]) == 0 && close(pipes[i][1]) == 0);
        EXPECT_STATUS(anchor_free(calls[i]), ANCHOR_OK);
    }
    tear_down();
    FIGURE("%d pipes, %.0f ms with a timeout of %d ms", VERY_MANY, seconds * 1000, TIMEOUT_MS);
}

/* More downloads than there are descriptors for wait until somebody reads a FIFO. */
static void unread_fifo(void) {
    char path[64];
    set_descriptors(1024);
    set_up();
    snprintf(path, sizeof path, "%s/fifo", folder);
    CHECK(mkfifo(path, 0600) == 0);
    for (int i = 0; i < UNREAD; i++) {
        calls[i] = begin(DOWNLOAD, path);
    }
    sleep_ms(100);
    for (int i = 0; i < 5; i++) {
        expect_pause();
    }
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    for (int i = 0; i < UNREAD; i++) {
        uint64_t tag = 0;
        int32_t status = -1;
        EXPECT_STATUS(anchor_queue_next(queue, 20000, &tag, &status, NULL), ANCHOR_OK);
        EXPECT_STATUS(status, ANCHOR_TIMEOUT);
        EXPECT(tag == DOWNLOAD);
    }
    for (int i = 0; i < UNREAD; i++) {
        EXPECT_STATUS(anchor_free(calls[i]), ANCHOR_OK);
    }
    CHECK(unlink(path) == 0);
    tear_down();
}

/* While pipes wait, a download to a file begins and ends. */
static void files_meanwhile(void) {
    char path[64];
    anchor_options *options;
    anchor_client *of_short_videos;
    struct stat found;
    set_up();
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    CHECK(anchor_options_set_base_url(options, getenv("SANDBOX_URL")) == ANCHOR_OK);
    CHECK(anchor_client_new(NULL, options, &of_short_videos, NULL) == ANCHOR_OK);
    for (int i = 0; i < MANY; i++) {
        make_pipe(i, 0);
        snprintf(path, sizeof path, "/dev/fd/%d", pipes[i][1]);
        calls[i] = begin(DOWNLOAD, path);
    }
    sleep_ms(100);
    snprintf(path, sizeof path, "%s/video.mp4", folder);
    double begun = monotonic_seconds();
    EXPECT_STATUS(anchor_download_recording(of_short_videos, "abc", path, NULL, NULL), ANCHOR_OK);
    double seconds = monotonic_seconds() - begun;
    EXPECT(seconds < 2 && stat(path, &found) == 0 && found.st_size == 4096 && unlink(path) == 0);
    for (int i = 0; i < MANY; i++) {
        EXPECT_STATUS(anchor_call_cancel(calls[i]), ANCHOR_OK);
        EXPECT_STATUS(anchor_free(calls[i]), ANCHOR_OK);
    }
    EXPECT_STATUS(anchor_free(of_short_videos), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(options), ANCHOR_OK);
    tear_down();
    FIGURE("%d pipes, a file in %.0f ms", MANY, seconds * 1000);
}

/* Freeing the queue does not wait for a reader, and nothing is written afterwards. */
static void freed(void) {
    char path[64];
    set_up();
    make_pipe(0, 1);
    snprintf(path, sizeof path, "/dev/fd/%d", pipes[0][1]);
    calls[0] = begin(DOWNLOAD, path);
    while (unread_bytes(0) < PIPE_BYTES) {
        sleep_ms(1);
    }
    double begun = monotonic_seconds();
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT(monotonic_seconds() - begun < 0.3);
    char bytes[PIPE_BYTES];
    sleep_ms(200);
    EXPECT(read(pipes[0][0], bytes, sizeof bytes) == PIPE_BYTES);
    sleep_ms(200);
    EXPECT(unread_bytes(0) == 0);
    EXPECT_STATUS(anchor_free(calls[0]), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    EXPECT(rmdir(folder) == 0);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"many", many},
        {"unread-fifo", unread_fifo},
        {"files-meanwhile", files_meanwhile},
        {"freed", freed},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios);
}
