/* A host whose file system stops answering, as a network mount or a suspended disk does.
 *
 * The library promises that file work holds up nothing but its own download: other calls of the
 * queue, deadlines, cancellation, anchor_free and exit do not wait for it, and no call lists a
 * folder. A target is replaced after the end of its call only if the renaming had begun.
 */
#define _GNU_SOURCE
#include "frozen.h"

enum { TIMEOUT_MS = 400, OVERRUN_MS = 300, MANY = 20, FILES = 20000 };

static anchor_client *client;
static anchor_queue *queue;

static void set_up(void) {
    CHECK(mkdtemp(folder) != NULL);
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
}

static void path_of(char *path, size_t capacity, int number) {
    snprintf(path, capacity, "%s/%d.mp4", folder, number);
}

/* Begins a download in the queue, and expects that this takes no time. */
static anchor_call *begin_download(const char *session_id, int number) {
    char path[64];
    anchor_call *call;
    path_of(path, sizeof path, number);
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, queue, 1) == ANCHOR_OK);
    double begun = monotonic_seconds();
    EXPECT_STATUS(anchor_download_recording(client, session_id, path, call, NULL), ANCHOR_OK);
    EXPECT(monotonic_seconds() - begun < 0.1);
    return call;
}

/* Other calls of the queue complete at once. */
static void expect_pauses(int count) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, 2) == ANCHOR_OK);
    for (int i = 0; i < count; i++) {
        uint64_t tag = 0;
        int32_t status = -1;
        double begun = monotonic_seconds();
        EXPECT_STATUS(anchor_pause_recording(client, "abc", call, NULL), ANCHOR_OK);
        EXPECT_STATUS(anchor_queue_next(queue, 5000, &tag, &status, NULL), ANCHOR_OK);
        EXPECT_STATUS(status, ANCHOR_OK);
        EXPECT(tag == 2 && monotonic_seconds() - begun < 0.3);
    }
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
}

/* The next completion is of a download, has this status, and comes within the time. */
static void expect_end(int32_t expected, double since, double seconds) {
    uint64_t tag = 0;
    int32_t status = -1;
    EXPECT_STATUS(anchor_queue_next(queue, 20000, &tag, &status, NULL), ANCHOR_OK);
    EXPECT(tag == 1);
    EXPECT_STATUS(status, expected);
    EXPECT(monotonic_seconds() - since < seconds);
}

/* A download whose file work hangs. Whether it is stopped by its deadline or is cancelled. */
static void expect_frozen_download(const char *session_id, int is_cancelled) {
    double begun = monotonic_seconds();
    anchor_call *call = begin_download(session_id, 0);
    while (hanging == 0 && monotonic_seconds() - begun < TIMEOUT_MS / 1000.0) {
        sleep_ms(1);
    }
    EXPECT(hanging > 0);
    expect_pauses(5);
    if (is_cancelled) {
        begun = monotonic_seconds();
        EXPECT_STATUS(anchor_call_cancel(call), ANCHOR_OK);
        expect_end(ANCHOR_CANCELLED, begun, 0.25);
    } else {
        expect_end(ANCHOR_TIMEOUT, begun, (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    }
    expect_pauses(2);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
}

static void expect_frozen_blocking_download(const char *session_id) {
    char path[64];
    path_of(path, sizeof path, 0);
    double begun = monotonic_seconds();
    EXPECT_STATUS(anchor_download_recording(client, session_id, path, NULL, NULL), ANCHOR_TIMEOUT);
    EXPECT(monotonic_seconds() - begun < (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    EXPECT(hanging > 0);
}

/* After a thaw the same file can be downloaded again. */
static void expect_download(int number) {
    char path[64];
    struct stat found;
    path_of(path, sizeof path, number);
    double begun = monotonic_seconds();
    int32_t status;
    /* The hung work may need a moment to release the file. */
    do {
        status = anchor_download_recording(client, "abc", path, NULL, NULL);
    } while (status == ANCHOR_INVALID_ARGUMENT && monotonic_seconds() - begun < 1);
    EXPECT_STATUS(status, ANCHOR_OK);
    EXPECT(stat(path, &found) == 0 && found.st_size == 4096);
    EXPECT(unlink(path) == 0);
}

/* After a thaw there is a video if the last step had begun, and none otherwise. */
static void expect_target(int is_there) {
    char path[64];
    struct stat found;
    path_of(path, sizeof path, 0);
    double begun = monotonic_seconds();
    while (is_there && stat(path, &found) != 0 && monotonic_seconds() - begun < 1) {
        sleep_ms(1);
    }
    sleep_ms(is_there ? 0 : 50);
    EXPECT((stat(path, &found) == 0) == is_there);
}

/* Each function by itself hangs, and all of them together. */
static void every_function(void) {
    const int functions[] = {OPEN, STATUS, WRITE, TRUNCATE, LOCK, RENAME, SEEK, ALL};
    set_up();
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        for (int way = 0; way < 3; way++) {
            frozen_functions = functions[i];
            FIGURE("the last function was %d, way %d", functions[i], way);
            if (way == 2) {
                expect_frozen_blocking_download("abc");
            } else {
                expect_frozen_download("abc", way);
            }
            thaw();
            expect_target(functions[i] == RENAME);
            expect_download(0);
        }
    }
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    remove_folder();
    FIGURE("%zu functions hung", sizeof functions / sizeof functions[0]);
}

/* The release of a refused download hangs. Its status is known, and is what the host gets. */
static void release(void) {
    set_up();
    for (int way = 0; way < 2; way++) {
        char path[64];
        path_of(path, sizeof path, 0);
        double begun = monotonic_seconds();
        frozen_functions = REMOVE;
        if (way == 0) {
            anchor_call *call = begin_download("missing", 0);
            expect_end(ANCHOR_NOT_FOUND, begun, 0.4);
            EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
            expect_pauses(2);
        } else {
            EXPECT_STATUS(anchor_download_recording(client, "missing", path, NULL, NULL), ANCHOR_NOT_FOUND);
            EXPECT(monotonic_seconds() - begun < 0.4);
        }
        EXPECT(hanging > 0);
        thaw();
        expect_download(0);
    }
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    remove_folder();
}

/* The disk freezes in the middle of a download. */
static void half_way(void) {
    set_up();
    double begun = monotonic_seconds();
    anchor_call *call = begin_download("video-slow", 0);
    sleep_ms(300);
    frozen_functions = ALL;
    expect_pauses(5);
    expect_end(ANCHOR_TIMEOUT, begun, (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
    EXPECT(hanging > 0);
    thaw();
    expect_download(0);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    remove_folder();
}

/* More downloads than there are threads for files. */
static void many(void) {
    anchor_call *calls[MANY];
    set_up();
    int threads = count_threads();
    frozen_functions = ALL;
    double begun = monotonic_seconds();
    for (int i = 0; i < MANY; i++) {
        calls[i] = begin_download("abc", i);
    }
    expect_pauses(20);
    int hung = hanging;
    EXPECT(count_threads() - threads <= 17);
    for (int i = 0; i < MANY; i++) {
        expect_end(ANCHOR_TIMEOUT, begun, (TIMEOUT_MS + OVERRUN_MS) / 1000.0);
        EXPECT_STATUS(anchor_free(calls[i]), ANCHOR_OK);
    }
    expect_pauses(5);
    EXPECT_STATUS(pause_recording(client, "abc"), ANCHOR_OK);
    thaw();
    for (int i = 0; i < MANY; i++) {
        expect_download(i);
    }
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    remove_folder();
    FIGURE("%d downloads, %d threads hung", MANY, hung);
}

static void free_and_exit(void) {
    set_up();
    pid_t child = fork();
    double forked = monotonic_seconds();
    if (child == 0) {
        frozen_functions = ALL;
        begin_download("abc", 0);
        begin_download("video-slow", 1);
        while (hanging < 2) {
            sleep_ms(1);
        }
        double begun = monotonic_seconds();
        EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
        EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
        EXPECT(monotonic_seconds() - begun < 0.1);
        exit(7);
    }
    check_exit_code(child, 7);
    EXPECT(monotonic_seconds() - forked < 0.5);
    remove_folder();
}

/* A folder with many files costs nothing, because no call lists it. */
static void large_folder(void) {
    char path[64];
    set_up();
    for (int i = 0; i < FILES; i++) {
        path_of(path, sizeof path, i + 10);
        int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        CHECK(file >= 0 && close(file) == 0);
    }
    expect_pauses(1);
    listings = 0;
    double begun = monotonic_seconds();
    expect_download(0);
    double blocking = monotonic_seconds() - begun;
    begun = monotonic_seconds();
    anchor_call *call = begin_download("abc", 0);
    expect_end(ANCHOR_OK, begun, 0.2);
    EXPECT(blocking < 0.2 && listings == 0);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    remove_folder();
    FIGURE("in a folder of %d files a download takes %.0f ms", FILES, blocking * 1000);
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"every-function", every_function},
        {"release", release},
        {"half-way", half_way},
        {"many", many},
        {"free-and-exit", free_and_exit},
        {"large-folder", large_folder},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
