/* Downloads: whole or not at all, gone on with where they were cut off, watched and cancelled. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "anchor_easy.h"
#include "test_download.h"
#include "test_session.h"

#define DEADLINE_S 170
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define MEMORY_KB (32 * 1024L)

static anchor_client *open_client(const char *variable) {
    anchor_client *client = NULL;
    anchor_easy_config config = {0};
    config.base_url = from_environment(variable);
    config.timeout_ms = 150000;
    if (!CHECK(anchor_easy_open(&client, &config).status == ANCHOR_OK)) {
        exit(1);
    }
    return client;
}

/** What a progress function is told, and when it ends the call. */
typedef struct watch {
    pthread_mutex_t lock;
    uint64_t first;
    uint64_t done;
    uint64_t total;
    int went_back;
    uint64_t stop_at;
    int stop;
} watch;

static int32_t look(void *user, uint64_t done, uint64_t total) {
    watch *at = (watch *)user;
    pthread_mutex_lock(&at->lock);
    at->first = at->first == 0 ? done : at->first;
    at->went_back |= done < at->done;
    at->done = done;
    at->total = total;
    const int stop = at->stop || (at->stop_at != 0 && done >= at->stop_at);
    pthread_mutex_unlock(&at->lock);
    return stop;
}

static void test_whole(anchor_client *client) {
    const test_folder folder = make_folder();
    write_file(folder.video, "old");
    const anchor_easy_result result = anchor_easy_download(client, "abc", folder.video);
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.http_status == 200);
    CHECK(result.attempts == 1 && result.request_id[0] != '\0' && result.message[0] == '\0');
    CHECK(is_video(folder.video, VIDEO_BYTES, 1) && files_in(&folder, "") == 1);
    remove_folder(&folder);
}

static void test_ways_that_it_comes(anchor_client *client) {
    static const struct {
        const char *session_id;
        int32_t status;
        uint32_t attempts;
        unsigned version;
    } rows[] = {
        {"cut-once", ANCHOR_OK, 2, 1},          {"no-etag-cut-once", ANCHOR_OK, 2, 1},
        {"no-range-cut-once", ANCHOR_OK, 2, 1}, {"changed-cut-once", ANCHOR_OK, 2, 2},
        {"video-chunked", ANCHOR_OK, 1, 1},     {"video-empty", ANCHOR_BAD_RESPONSE, 1, 0},
        {"html", ANCHOR_BAD_RESPONSE, 1, 0},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        const char *session_id = rows[row].session_id;
        const test_folder folder = make_folder();
        const anchor_easy_result result = anchor_easy_download(client, session_id, folder.video);
        CHECK_ROW(session_id, result.status == rows[row].status && result.attempts == rows[row].attempts);
        CHECK_ROW(session_id,
                  is_video(folder.video, VIDEO_BYTES, rows[row].version) == (result.status == ANCHOR_OK));
        CHECK_ROW(session_id, files_in(&folder, ".part") == 0);
        remove_folder(&folder);
    }
    CHECK(count_in_log("/cut-once/recordings/primary/fetch", "\"range\":\"bytes=2047-\"") == 1);
}

/* Each attempt brings half of what is asked for, and then the connection is lost. */
static void test_a_failure_leaves_what_was_there(anchor_client *client) {
    const test_folder folder = make_folder();
    write_file(folder.video, "old");
    const anchor_easy_call once = {.max_retries = ANCHOR_EASY_NO_RETRIES};
    const anchor_easy_call hasty = {.timeout_ms = 500};
    CHECK(anchor_easy_download_with(client, "cut", folder.video, &once).status == ANCHOR_CONNECTION_LOST);
    CHECK(file_holds(folder.video, "old") && files_in(&folder, ".part") == 1);
    anchor_easy_result result = anchor_easy_download_with(client, "video-slow", folder.video, &hasty);
    CHECK_ROW(result.message, result.status == ANCHOR_TIMEOUT && strstr(result.message, "500 ms") != NULL);
    CHECK(file_holds(folder.video, "old") && files_in(&folder, ".part") == 2);
    remove_folder(&folder);
}

/* 200 MB, cut off in the middle by the server, then by the host, and gone on with by the next attempt and call. */
static void test_a_long_video(void) {
    const long before = peak_memory_kb();
    const test_folder folder = make_folder();
    anchor_client *client = open_client("SANDBOX_VIDEO_URL");
    watch at = {.lock = PTHREAD_MUTEX_INITIALIZER, .stop_at = LONG_VIDEO_BYTES / 4 * 3};
    const anchor_easy_call watched = {.progress = look, .user = &at};
    anchor_easy_result result = anchor_easy_download_with(client, "cut-once", folder.video, &watched);
    CHECK_ROW(result.message, result.status == ANCHOR_CANCELLED && result.attempts == 2);
    CHECK(at.done >= at.stop_at && at.done < LONG_VIDEO_BYTES && at.total == LONG_VIDEO_BYTES);
    CHECK(!at.went_back && files_in(&folder, ".part") == 1 && files_in(&folder, "") == 1);

    watch on = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const anchor_easy_call going_on = {.progress = look, .user = &on};
    result = anchor_easy_download_with(client, "cut-once", folder.video, &going_on);
    CHECK_ROW(result.message,
              result.status == ANCHOR_OK && result.attempts == 1 && result.http_status == 206);
    CHECK(on.first >= at.stop_at && !on.went_back && on.done == LONG_VIDEO_BYTES &&
          on.total == LONG_VIDEO_BYTES);
    const long more = peak_memory_kb() - before;
    CHECK(more < MEMORY_KB);
    printf("a long video: %ld KB more at the peak\n", more);
    CHECK(is_video(folder.video, LONG_VIDEO_BYTES, 1) && files_in(&folder, "") == 1);
    anchor_easy_close(&client);
    remove_folder(&folder);
}

/** Has the call end when some of the video has come. */
static void *stop_it(void *user) {
    watch *at = (watch *)user;
    const struct timespec moment = {0, 5000000};
    for (int some = 0; !some; nanosleep(&moment, NULL)) {
        pthread_mutex_lock(&at->lock);
        some = at->done > 0;
        at->stop = some;
        pthread_mutex_unlock(&at->lock);
    }
    return NULL;
}

static void test_cancelled_by_another_thread(anchor_client *client) {
    pthread_t thread;
    const test_folder folder = make_folder();
    watch at = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const anchor_easy_call watched = {.progress = look, .user = &at};
    CHECK(pthread_create(&thread, NULL, stop_it, &at) == 0);
    const anchor_easy_result result = anchor_easy_download_with(client, "video-slow", folder.video, &watched);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_ROW(result.message, result.status == ANCHOR_CANCELLED && is_presentable(result.message));
    CHECK(at.done > 0 && at.done < VIDEO_BYTES && files_in(&folder, ".part") == 1 &&
          files_in(&folder, "") == 1);
    remove_folder(&folder);
}

/* What the kernel does with a file that has reached its limit is a signal that ends the process. */
static void test_a_full_disk(anchor_client *client) {
    struct rlimit usual;
    sigset_t mask;
    sigset_t mask_after;
    const test_folder folder = make_folder();
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0 && signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    CHECK(getrlimit(RLIMIT_FSIZE, &usual) == 0);
    const struct rlimit small = {VIDEO_BYTES / 4, usual.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const anchor_easy_result result = anchor_easy_download(client, "abc", folder.video);
    CHECK(setrlimit(RLIMIT_FSIZE, &usual) == 0);
    CHECK_ROW(result.message, result.status == ANCHOR_RESOURCE_EXHAUSTED && is_presentable(result.message));
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
    CHECK(sigismember(&mask_after, SIGXFSZ) == 0 && sigismember(&mask_after, SIGPIPE) == 0);
    CHECK(sigismember(&mask_after, SIGUSR1) == 1 && files_in(&folder, "") == 0);
    sigemptyset(&mask);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
    remove_folder(&folder);
}

static void test_unusable_files(anchor_client *client) {
    const test_folder folder = make_folder();
    char slash[96];
    char nowhere[96];
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

/** Two downloads to one place. */
typedef struct rivals {
    anchor_client *client;
    const char *file;
    anchor_easy_result second;
} rivals;

static int32_t download_too(void *user, uint64_t done, uint64_t total) {
    rivals *at = (rivals *)user;
    (void)done;
    (void)total;
    at->second = anchor_easy_download(at->client, "abc", at->file);
    return 1;
}

static void test_a_file_that_is_being_written(anchor_client *client) {
    const test_folder folder = make_folder();
    rivals at = {.client = client, .file = folder.video};
    const anchor_easy_call watched = {.progress = download_too, .user = &at};
    CHECK(anchor_easy_download_with(client, "abc", folder.video, &watched).status == ANCHOR_CANCELLED);
    CHECK_ROW(at.second.message, at.second.status == ANCHOR_INVALID_ARGUMENT && at.second.attempts == 0);
    CHECK_ROW(at.second.message, strstr(at.second.message, "another download") != NULL);
    remove_folder(&folder);
}

int main(void) {
    alarm(DEADLINE_S);
    /* First, so that nothing else has needed memory before. */
    test_a_long_video();
    anchor_client *client = open_client("SANDBOX_URL");
    test_whole(client);
    test_ways_that_it_comes(client);
    test_a_failure_leaves_what_was_there(client);
    test_cancelled_by_another_thread(client);
    test_a_full_disk(client);
    test_unusable_files(client);
    test_a_file_that_is_being_written(client);
    anchor_easy_close(&client);
    return conclude_test("test_easy_download");
}
