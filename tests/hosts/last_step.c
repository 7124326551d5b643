/* A host that looks at what the last step of a download did to its file.
 *
 * The library promises that the status and the file agree: a step that ends just after the timeout is a
 * success, one that has not begun never begins, and the message of one that hangs says so. A video that
 * another program moves on at once is a success. Two downloads do not write one file at the same time,
 * and a path leads where it led when the call began.
 */
#define _GNU_SOURCE
#include "frozen.h"

enum { TIMEOUT_MS = 400, LATE_MS = 40, ATTEMPTS = 5, VIDEO_BYTES = 4096, MOVED = 20 };
enum way { BLOCKING, QUEUED, CANCELLED, WAYS };

static anchor_client *client;
static anchor_queue *queue;
static char target[sizeof folder + 16];
static char message[1200];

static void set_up(void) {
    CHECK(mkdtemp(folder) != NULL);
    umask(022);
    snprintf(target, sizeof target, "%s/video.mp4", folder);
    client = new_client("SANDBOX_URL", TIMEOUT_MS);
    CHECK(anchor_queue_new(0, &queue) == ANCHOR_OK);
}

static void tear_down(void) {
    EXPECT_STATUS(anchor_free(queue), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(client), ANCHOR_OK);
    remove_folder();
}

static void put_old_file(void) {
    int file = open(target, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    CHECK(file >= 0 && write(file, "old", 3) == 3 && close(file) == 0);
}

static long size_of(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 ? (long)found.st_size : -1;
}

static int mode_of(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 ? (int)(found.st_mode & 0777) : -1;
}

static void keep_message(char *error) {
    snprintf(message, sizeof message, "%s", error != NULL ? error : "");
    anchor_free(error);
}

static anchor_call *begin(const char *file) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_queue(call, queue, 1) == ANCHOR_OK);
    EXPECT_STATUS(anchor_download_recording(client, "abc", file, call, NULL), ANCHOR_OK);
    return call;
}

static int32_t end(anchor_call *call) {
    uint64_t tag;
    int32_t status = -1;
    char *error = NULL;
    EXPECT_STATUS(anchor_queue_next(queue, 5000, &tag, &status, &error), ANCHOR_OK);
    EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
    keep_message(error);
    return status;
}

static int32_t download(enum way way) {
    char *error = NULL;
    int32_t status;
    if (way == BLOCKING) {
        status = anchor_download_recording(client, "abc", target, NULL, &error);
        keep_message(error);
        return status;
    }
    anchor_call *call = begin(target);
    if (way == CANCELLED) {
        while (hanging == 0) {
            sleep_ms(1);
        }
        EXPECT_STATUS(anchor_call_cancel(call), ANCHOR_OK);
    }
    return end(call);
}

/* Thaws a while after the call was ended. */
static void *thaw_late(void *way) {
    while (hanging == 0) {
        sleep_ms(1);
    }
    sleep_ms(*(enum way *)way == CANCELLED ? LATE_MS : TIMEOUT_MS + LATE_MS);
    thaw();
    return NULL;
}

/* Downloads while the file is replaced a little after the timeout, or after the call was cancelled. */
static int32_t download_late(enum way way) {
    pthread_t thread;
    put_old_file();
    frozen_functions = RENAME;
    CHECK(pthread_create(&thread, NULL, thaw_late, &way) == 0);
    int32_t status = download(way);
    CHECK(pthread_join(thread, NULL) == 0);
    return status;
}

/* A busy machine may thaw too late, or start the thread that replaces the file too late. */
static void a_little_late(void) {
    set_up();
    for (enum way way = BLOCKING; way < WAYS; way++) {
        int32_t status = download_late(way);
        int32_t too_late = way == CANCELLED ? ANCHOR_CANCELLED : ANCHOR_TIMEOUT;
        for (int attempt = 1; attempt < ATTEMPTS && status == too_late; attempt++) {
            sleep_ms(TIMEOUT_MS);
            status = download_late(way);
        }
        EXPECT_STATUS(status, ANCHOR_OK);
        EXPECT(size_of(target) == VIDEO_BYTES && count_entries(folder) == 1);
    }
    tear_down();
}

/* The call ends while the last step hangs, or while what comes before it does. */
static void much_too_late(void) {
    const int functions[] = {RENAME, WRITE};
    set_up();
    for (int i = 0; i < 2; i++) {
        for (enum way way = BLOCKING; way < WAYS; way++) {
            put_old_file();
            frozen_functions = functions[i];
            EXPECT_STATUS(download(way), way == CANCELLED ? ANCHOR_CANCELLED : ANCHOR_TIMEOUT);
            EXPECT((strstr(message, "still putting it in the place of") != NULL) == (i == 0));
            EXPECT(strstr(message, "kept") == NULL && size_of(target) == 3);
            thaw();
            sleep_ms(200);
            EXPECT(size_of(target) == (i == 0 ? VIDEO_BYTES : 3));
            EXPECT_STATUS(download(BLOCKING), ANCHOR_OK);
            EXPECT(size_of(target) == VIDEO_BYTES && count_entries(folder) == 1);
        }
    }
    tear_down();
}

static int moved;

static void move_on(const char *path) {
    char to[sizeof target + 16];
    snprintf(to, sizeof to, "%s-%d", path, moved++);
    EXPECT(renameat(AT_FDCWD, path, AT_FDCWD, to) == 0);
}

/* Another program takes each video as soon as it has its name. */
static void moved_on(void) {
    char path[sizeof target + 16];
    set_up();
    after_rename = move_on;
    for (int i = 0; i < MOVED; i++) {
        EXPECT_STATUS(download(BLOCKING), ANCHOR_OK);
        snprintf(path, sizeof path, "%s-%d", target, i);
        EXPECT(size_of(path) == VIDEO_BYTES && mode_of(path) == 0644);
    }
    EXPECT(moved == MOVED && count_entries(folder) == MOVED);
    after_rename = NULL;
    tear_down();
}

static int readable_parts;

static void look_at_parts(void) {
    DIR *entries = opendir(folder);
    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char path[sizeof folder + 300];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        readable_parts += strstr(entry->d_name, ".part") != NULL && mode_of(path) != 0600;
    }
    closedir(entries);
}

/* The file cannot be replaced, and another download has locked it. Later it is written in place. */
static void in_place(void) {
    set_up();
    put_old_file();
    rename_error = EBUSY;
    int locked = open(target, O_RDONLY | O_CLOEXEC);
    CHECK(locked >= 0 && flock(locked, LOCK_EX) == 0);
    EXPECT_STATUS(download(BLOCKING), ANCHOR_RESOURCE_EXHAUSTED);
    EXPECT(strstr(message, "another download is writing it; the whole video is kept in") != NULL);
    EXPECT(size_of(target) == 3 && count_entries(folder) == 2);
    CHECK(close(locked) == 0);
    before_truncate = look_at_parts;
    EXPECT_STATUS(download(BLOCKING), ANCHOR_OK);
    EXPECT(size_of(target) == VIDEO_BYTES && count_entries(folder) == 1 && readable_parts == 0);
    before_truncate = NULL;
    rename_error = 0;
    tear_down();
}

static int32_t leave(void *user, uint64_t done, uint64_t total) {
    (void)user;
    (void)done;
    (void)total;
    CHECK(chdir("/") == 0);
    return 0;
}

/* The host changes its working directory during the call. */
static void working_directory(void) {
    anchor_call *call;
    set_up();
    for (int i = 0; i < 2; i++) {
        CHECK(chdir(folder) == 0);
        if (i == 0) {
            call = begin("video.mp4");
            CHECK(chdir("/") == 0);
            EXPECT_STATUS(end(call), ANCHOR_OK);
        } else {
            CHECK(anchor_call_new(&call) == ANCHOR_OK);
            CHECK(anchor_call_set_progress(call, leave, NULL) == ANCHOR_OK);
            EXPECT_STATUS(anchor_download_recording(client, "abc", "video.mp4", call, NULL), ANCHOR_OK);
            EXPECT_STATUS(anchor_free(call), ANCHOR_OK);
        }
        EXPECT(size_of(target) == VIDEO_BYTES && count_entries(folder) == 1 && unlink(target) == 0);
    }
    tear_down();
}

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"a-little-late", a_little_late}, {"much-too-late", much_too_late},         {"moved-on", moved_on},
        {"in-place", in_place},           {"working-directory", working_directory},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof scenarios[0]);
}
