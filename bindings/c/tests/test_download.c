/* Downloads are all or nothing. They resume after a lost connection, and can be cancelled. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "test_client.h"
#include "test_download.h"
#include "test_session.h"

#ifndef _WIN32
#include <sys/resource.h>
#endif

#define DEADLINE_S 170
#define MEMORY_KB (32 * 1024L)

/** Opens a client for the sandbox at the base URL in an environment variable. */
static anchor_client *open_client_of(const char *variable) {
    const anchor_easy_config config = {.base_url = from_environment(variable), .timeout_ms = 150000};
    return open_client(config);
}

/** The reports that a progress function received, and when it stops the call. */
typedef struct observer {
    pthread_mutex_t lock;
    uint64_t first;
    uint64_t done;
    uint64_t total;
    int decreased;
    uint64_t stop_at;
    int stop;
} observer;

static int32_t observe(void *user, uint64_t done, uint64_t total) {
    observer *at = (observer *)user;
    pthread_mutex_lock(&at->lock);
    at->first = at->first == 0 ? done : at->first;
    at->decreased |= done < at->done;
    at->done = done;
    at->total = total;
    const int stop = at->stop || (at->stop_at != 0 && done >= at->stop_at);
    pthread_mutex_unlock(&at->lock);
    return stop;
}

static void test_a_complete_video_replaces_the_file(anchor_client *client) {
    const test_folder folder = make_folder();
    write_file(folder.video, "old");
    const anchor_easy_result result = anchor_easy_download(client, "abc", folder.video);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(result.attempts == 1 && result.request_id[0] != '\0' && result.message[0] == '\0');
    CHECK(is_video(folder.video, VIDEO_BYTES, 1) && files_in(&folder, "") == 1);
    remove_folder(&folder);
}

#ifndef _WIN32

/* The pipe has room for the whole video. */
static void test_a_pipe_gets_the_video(anchor_client *client) {
    static char bytes[VIDEO_BYTES + 1];
    char path[32];
    int ends[2];
    const test_folder folder = make_folder();
    CHECK(pipe(ends) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    const anchor_easy_result result = anchor_easy_download(client, "abc", path);
    CHECK_ROW(result.message, result.status == ANCHOR_OK);
    CHECK(close(ends[1]) == 0 && read(ends[0], bytes, sizeof bytes) == VIDEO_BYTES && close(ends[0]) == 0);
    FILE *copy = fopen(folder.video, "wb");
    CHECK(copy != NULL && fwrite(bytes, 1, VIDEO_BYTES, copy) == VIDEO_BYTES && fclose(copy) == 0);
    CHECK(is_video(folder.video, VIDEO_BYTES, 1));
    remove_folder(&folder);
}

#endif

static void test_each_fault_of_a_download_has_its_result(anchor_client *client) {
    for (size_t row = 0; row < ROWS(download_faults); row++) {
        const char *session_id = download_faults[row].session_id;
        const unsigned version = download_faults[row].version;
        const test_folder folder = make_folder();
        const anchor_easy_result result = anchor_easy_download(client, session_id, folder.video);
        CHECK_ROW(session_id, result.status == download_faults[row].status);
        CHECK_ROW(session_id, result.attempts == download_faults[row].attempts);
        CHECK_ROW(session_id, is_video(folder.video, VIDEO_BYTES, version) == (result.status == ANCHOR_OK));
        CHECK_ROW(session_id, files_in(&folder, ".part") == 0);
        remove_folder(&folder);
    }
    CHECK(count_in_log("/cut-once/recordings/primary/fetch", "\"range\":\"bytes=0-\"") == 1);
}

/* In session "cut", each attempt loses the connection after half of the requested bytes. */
static void test_a_failed_download_keeps_the_old_file(anchor_client *client) {
    const test_folder folder = make_folder();
    write_file(folder.video, "old");
    const anchor_easy_call once = {.max_retries = ANCHOR_EASY_NO_RETRIES};
    const anchor_easy_call hasty = {.timeout_ms = 500};
    CHECK(anchor_easy_download_with(client, "cut", folder.video, &once).status == ANCHOR_CONNECTION_LOST);
    CHECK(file_holds(folder.video, "old") && files_in(&folder, ".part") == KEEPS_PARTS);
    anchor_easy_result result = anchor_easy_download_with(client, "video-slow", folder.video, &hasty);
    CHECK_ROW(result.message, result.status == ANCHOR_TIMEOUT && strstr(result.message, "500 ms") != NULL);
    CHECK(file_holds(folder.video, "old") && files_in(&folder, ".part") == 2 * KEEPS_PARTS);
    remove_folder(&folder);
}

/* 200 MB, interrupted first by the server and then by the host. */
static void test_an_interrupted_download_resumes_in_constant_memory(void) {
    const long before = peak_memory_kb();
    const test_folder folder = make_folder();
    anchor_client *client = open_client_of("SANDBOX_VIDEO_URL");
    observer at = {.lock = PTHREAD_MUTEX_INITIALIZER, .stop_at = LONG_VIDEO_BYTES / 4 * 3};
    const anchor_easy_call watched = {.progress = observe, .user = &at};
    anchor_easy_result result = anchor_easy_download_with(client, "cut-once", folder.video, &watched);
    CHECK_ROW(result.message, result.status == ANCHOR_CANCELLED && result.attempts == 2);
    CHECK(at.done >= at.stop_at && at.done < LONG_VIDEO_BYTES && at.total == LONG_VIDEO_BYTES);
    CHECK(!at.decreased);
    CHECK(files_in(&folder, ".part") == KEEPS_PARTS && files_in(&folder, "") == KEEPS_PARTS);

    observer next = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const anchor_easy_call resumed = {.progress = observe, .user = &next};
    result = anchor_easy_download_with(client, "cut-once", folder.video, &resumed);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 1);
    CHECK((result.http_status == 206) == KEEPS_PARTS && (next.first >= at.stop_at) == KEEPS_PARTS);
    CHECK(!next.decreased && next.done == LONG_VIDEO_BYTES && next.total == LONG_VIDEO_BYTES);
    const long more = peak_memory_kb() - before;
    CHECK(more < MEMORY_KB);
    printf("a long video: %ld KB more at the peak\n", more);
    CHECK(is_video(folder.video, LONG_VIDEO_BYTES, 1) && files_in(&folder, "") == 1);
    anchor_easy_close(&client);
    remove_folder(&folder);
}

/** Stops the call when a part of the video was received. */
static void *stop_after_a_part(void *user) {
    observer *at = (observer *)user;
    const struct timespec moment = {0, 5000000};
    for (int some = 0; !some; nanosleep(&moment, NULL)) {
        pthread_mutex_lock(&at->lock);
        some = at->done > 0;
        at->stop = some;
        pthread_mutex_unlock(&at->lock);
    }
    return NULL;
}

static void test_a_flag_of_another_thread_cancels_a_download(anchor_client *client) {
    pthread_t thread;
    const test_folder folder = make_folder();
    observer at = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const anchor_easy_call watched = {.progress = observe, .user = &at};
    CHECK(pthread_create(&thread, NULL, stop_after_a_part, &at) == 0);
    const anchor_easy_result result = anchor_easy_download_with(client, "video-slow", folder.video, &watched);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_ROW(result.message, result.status == ANCHOR_CANCELLED && is_presentable(result.message));
    CHECK(at.done > 0 && at.done < VIDEO_BYTES);
    CHECK(files_in(&folder, ".part") == KEEPS_PARTS && files_in(&folder, "") == KEEPS_PARTS);
    remove_folder(&folder);
}

#ifndef _WIN32

/* The file size limit stands in for a full disk. Its signal, SIGXFSZ, would end the process. */
static void test_a_full_disk_leaves_no_file_and_the_signal_mask_unchanged(anchor_client *client) {
    struct rlimit original;
    sigset_t mask;
    sigset_t mask_after;
    const test_folder folder = make_folder();
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0 && signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    CHECK(getrlimit(RLIMIT_FSIZE, &original) == 0);
    const struct rlimit small = {VIDEO_BYTES / 4, original.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const anchor_easy_result result = anchor_easy_download(client, "abc", folder.video);
    CHECK(setrlimit(RLIMIT_FSIZE, &original) == 0);
    CHECK_ROW(result.message, result.status == ANCHOR_RESOURCE_EXHAUSTED && is_presentable(result.message));
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
    CHECK(sigismember(&mask_after, SIGXFSZ) == 0 && sigismember(&mask_after, SIGPIPE) == 0);
    CHECK(sigismember(&mask_after, SIGUSR1) == 1 && files_in(&folder, "") == 0);
    sigemptyset(&mask);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
    remove_folder(&folder);
}

#endif

static void test_unusable_paths_are_refused_before_sending(anchor_client *client) {
    const test_folder folder = make_folder();
    char slash[PATH_BYTES + 1];
    char nowhere[PATH_BYTES + 16];
    snprintf(slash, sizeof slash, "%s/", folder.path);
    snprintf(nowhere, sizeof nowhere, "%s/none/video.mp4", folder.path);
    const char *const rows[] = {NULL, "", folder.path, slash, nowhere, "/dev/null", "/tmp/\xFF"};
    const unsigned before = request_count();
    for (size_t row = 0; row < ROWS(rows); row++) {
        const anchor_easy_result result = anchor_easy_download(client, "abc", rows[row]);
        CHECK_ROW(result.message, result.status == ANCHOR_INVALID_ARGUMENT && result.attempts == 0);
        CHECK_ROW(result.message, begins_with(result.message, "file ") && is_presentable(result.message));
    }
    CHECK(request_count() == before && files_in(&folder, "") == 0);
    remove_folder(&folder);
}

/** Two downloads to the same file. */
typedef struct two_downloads {
    anchor_client *client;
    const char *file;
    anchor_easy_result second;
} two_downloads;

static int32_t start_second_download(void *user, uint64_t done, uint64_t total) {
    two_downloads *at = (two_downloads *)user;
    (void)done;
    (void)total;
    at->second = anchor_easy_download(at->client, "abc", at->file);
    return 1;
}

static void test_a_file_that_another_download_writes_is_refused(anchor_client *client) {
    const test_folder folder = make_folder();
    two_downloads at = {.client = client, .file = folder.video};
    const anchor_easy_call watched = {.progress = start_second_download, .user = &at};
    CHECK(anchor_easy_download_with(client, "abc", folder.video, &watched).status == ANCHOR_CANCELLED);
#if KEEPS_PARTS
    CHECK_ROW(at.second.message, at.second.status == ANCHOR_INVALID_ARGUMENT && at.second.attempts == 0);
    CHECK_ROW(at.second.message, strstr(at.second.message, "another download") != NULL);
#else
    CHECK_ROW(at.second.message, at.second.status == ANCHOR_OK && is_video(folder.video, VIDEO_BYTES, 1));
#endif
    remove_folder(&folder);
}

int main(void) {
    alarm(DEADLINE_S);
    /* First, because earlier tests would raise the peak memory. */
    test_an_interrupted_download_resumes_in_constant_memory();
    anchor_client *client = open_client_of("SANDBOX_URL");
    test_a_complete_video_replaces_the_file(client);
#ifndef _WIN32
    test_a_pipe_gets_the_video(client);
    test_a_full_disk_leaves_no_file_and_the_signal_mask_unchanged(client);
#endif
    test_each_fault_of_a_download_has_its_result(client);
    test_a_failed_download_keeps_the_old_file(client);
    test_a_flag_of_another_thread_cancels_a_download(client);
    test_unusable_paths_are_refused_before_sending(client);
    test_a_file_that_another_download_writes_is_refused(client);
    anchor_easy_close(&client);
    return conclude_test("test_download");
}
