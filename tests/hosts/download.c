/* A host that downloads videos of 200 MB under everything that can interrupt a download.
 *
 * The library promises that a download is all or nothing, takes a constant amount of memory and
 * resumes where an earlier attempt stopped. The program forks in the middle of a download, loses
 * the connection, is killed, and fills the disk with SIGXFSZ at its default action. It checks the
 * status, the files in the folder, the progress and its own peak memory.
 */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>
#include <sys/stat.h>

enum { VIDEO_BYTES = 200 * 1000 * 1000, HALF = VIDEO_BYTES / 2, MAX_KILOBYTES = 32 * 1024 };

static char folder[] = "/tmp/anchor-host-XXXXXX";
static char file[sizeof folder + 16];

static int count_files(void) {
    return count_entries(folder);
}

/* Downloads the video to the file. The message of a failure must contain `expected_text`. */
static int32_t download(anchor_client *client, const char *session_id, anchor_call *call,
                        const char *expected_text) {
    char *error;
    int32_t status = anchor_download_recording(client, session_id, file, call, &error);
    CHECK((status == ANCHOR_OK) == (error == NULL));
    if (error != NULL && strstr(error, expected_text) == NULL) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    anchor_free(error);
    return status;
}

static void check_transferred_all(anchor_call *call) {
    uint64_t done, total;
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK && done == VIDEO_BYTES &&
          total == VIDEO_BYTES);
}

static uint64_t peak_kilobytes(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)usage.ru_maxrss;
}

static pid_t child;

/* A progress function that forks once, in the middle of the download. */
static int32_t fork_once(void *user, uint64_t done, uint64_t total) {
    CHECK(total == 0 || total == VIDEO_BYTES);
    uint64_t read_done, read_total;
    CHECK(anchor_call_transferred(user, &read_done, &read_total) == ANCHOR_OK);
    CHECK(read_done == done && read_total == total);
    if (child == 0 && done > HALF / 2) {
        child = fork();
        CHECK(child >= 0);
    }
    return 0;
}

/* A partial file without an ETag cannot be resumed, so it is deleted when its download fails. The
 * copy of the download in the child fails and must not delete the parent's file. The parent loses
 * its connection later, and its second attempt starts again. */
static void check_fork_during_download(anchor_client *client) {
    anchor_call *call;
    uint32_t attempts;
    struct stat found;
    pid_t parent = getpid();
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, fork_once, call) == ANCHOR_OK);
    int32_t status = download(client, "no-etag-cut-once", call, "forked");
    if (getpid() != parent) {
        CHECK(status == ANCHOR_CONNECTION_LOST);
        CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
        _exit(count_files() == 1 ? 0 : 1);
    }
    CHECK(status == ANCHOR_OK);
    CHECK(anchor_call_attempts(call, &attempts) == ANCHOR_OK && attempts == 2);
    check_transferred_all(call);
    CHECK(stat(file, &found) == 0 && found.st_size == VIDEO_BYTES && count_files() == 1);
    check_exit_code(child, 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void check_resume_after_lost_connection(anchor_client *client) {
    anchor_call *call;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_max_retries(call, 0) == ANCHOR_OK);
    CHECK(download(client, "cut-once", call, "100000000 bytes are kept") == ANCHOR_CONNECTION_LOST);
    CHECK(count_files() == 2);
    CHECK(download(client, "cut-once", call, "") == ANCHOR_OK && count_files() == 1);
    check_transferred_all(call);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static int32_t kill_at_half(void *user, uint64_t done, uint64_t total) {
    (void)user;
    (void)total;
    if (done > HALF) {
        raise(SIGKILL);
    }
    return 0;
}

static int32_t record_smallest(void *smallest, uint64_t done, uint64_t total) {
    (void)total;
    if (done > 0 && (*(uint64_t *)smallest == 0 || done < *(uint64_t *)smallest)) {
        *(uint64_t *)smallest = done;
    }
    return 0;
}

/* The next process resumes the partial file of one that was killed. */
static void check_resume_after_kill(anchor_client *client) {
    anchor_call *call;
    uint64_t smallest = 0;
    int status;
    CHECK(unlink(file) == 0);
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    child = fork();
    if (child == 0) {
        CHECK(anchor_call_set_progress(call, kill_at_half, NULL) == ANCHOR_OK);
        download(client, "abc", call, "");
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(count_files() == 1);
    CHECK(anchor_call_set_progress(call, record_smallest, &smallest) == ANCHOR_OK);
    CHECK(download(client, "abc", call, "") == ANCHOR_OK && count_files() == 1);
    /* The last of what was received may not have been written. */
    CHECK(smallest > HALF / 2);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

/* A file size limit stands in for a full disk. No SIGXFSZ is pending or blocked afterwards. */
static void check_full_disk(anchor_client *client) {
    struct rlimit before;
    sigset_t mask;
    CHECK(unlink(file) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    set_soft_limit(RLIMIT_FSIZE, HALF);
    CHECK(download(client, "abc", NULL, "make room") == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(count_files() == 0);
    sigpending(&mask);
    CHECK(!sigismember(&mask, SIGXFSZ));
    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGXFSZ));
    set_soft_limit(RLIMIT_FSIZE, before.rlim_cur);
    CHECK(download(client, "abc", NULL, "") == ANCHOR_OK && count_files() == 1);
}

int main(void) {
    alarm(120);
    signal(SIGXFSZ, SIG_DFL);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    anchor_client *client = new_client("SANDBOX_VIDEO_URL", 60000);
    check_fork_during_download(client);
    check_resume_after_lost_connection(client);
    check_resume_after_kill(client);
    check_full_disk(client);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(peak_kilobytes() < MAX_KILOBYTES);
    printf("downloads of 200 MB, forked, cut, killed and on a full disk, in %lu KB of memory\n",
           (unsigned long)peak_kilobytes());
    CHECK(unlink(file) == 0 && rmdir(folder) == 0);
    return 0;
}
