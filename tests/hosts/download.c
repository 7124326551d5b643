/* A download of 200 MB: whole after a cut in the middle, in constant memory, from a host that is forked or killed
 * meanwhile; and on a full disk, which must not end a host that left SIGXFSZ as it is by default. */
#define _GNU_SOURCE
#include "host.h"
#include <signal.h>
#include <sys/stat.h>

enum { VIDEO_BYTES = 200 * 1000 * 1000, HALF = VIDEO_BYTES / 2, MOST_KILOBYTES = 32 * 1024 };

static char folder[] = "/tmp/anchor-host-XXXXXX";
static char file[sizeof folder + 16];

static int count_files(void) {
    return entries(folder);
}

static int32_t download(anchor_client *client, const char *session_id, anchor_call *call, const char *said) {
    char *error;
    int32_t status = anchor_download_recording(client, session_id, file, call, &error);
    CHECK((status == ANCHOR_OK) == (error == NULL));
    if (error != NULL && strstr(error, said) == NULL) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    anchor_free(error);
    return status;
}

static uint64_t kilobytes(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)usage.ru_maxrss;
}

static pid_t child;

/* In the middle of the download: the child that is made here leaves the parent's file alone. */
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

/* Without a tag nobody but the parent could go on from its part, and a child that ended it would remove it. */
static void forked_and_begun_anew(anchor_client *client) {
    anchor_call *call;
    uint32_t attempts;
    uint64_t done, total;
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
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK && done == VIDEO_BYTES &&
          total == VIDEO_BYTES);
    CHECK(stat(file, &found) == 0 && found.st_size == VIDEO_BYTES && count_files() == 1);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void cut_and_resumed(anchor_client *client) {
    anchor_call *call;
    uint64_t done, total;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_max_retries(call, 0) == ANCHOR_OK);
    CHECK(download(client, "cut-once", call, "100000000 bytes are kept") == ANCHOR_CONNECTION_LOST);
    CHECK(count_files() == 2);
    CHECK(download(client, "cut-once", call, "") == ANCHOR_OK && count_files() == 1);
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK && done == VIDEO_BYTES &&
          total == VIDEO_BYTES);
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

static int32_t note_least(void *least, uint64_t done, uint64_t total) {
    (void)total;
    if (done > 0 && (*(uint64_t *)least == 0 || done < *(uint64_t *)least)) {
        *(uint64_t *)least = done;
    }
    return 0;
}

/* What a process that is killed leaves behind is gone on from by the next one. */
static void killed_and_resumed(anchor_client *client) {
    anchor_call *call;
    uint64_t least = 0;
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
    CHECK(anchor_call_set_progress(call, note_least, &least) == ANCHOR_OK);
    CHECK(download(client, "abc", call, "") == ANCHOR_OK && count_files() == 1);
    CHECK(least > HALF);
    CHECK(anchor_free(call) == ANCHOR_OK);
}

static void full_disk(anchor_client *client) {
    struct rlimit limit, before;
    sigset_t mask;
    CHECK(unlink(file) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    limit = before;
    limit.rlim_cur = HALF;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(download(client, "abc", NULL, "make room") == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(count_files() == 0);
    sigpending(&mask);
    CHECK(!sigismember(&mask, SIGXFSZ));
    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGXFSZ));
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(download(client, "abc", NULL, "") == ANCHOR_OK && count_files() == 1);
}

int main(void) {
    alarm(120);
    signal(SIGXFSZ, SIG_DFL);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    anchor_client *client = new_client("SANDBOX_VIDEO_URL", 60000);
    forked_and_begun_anew(client);
    cut_and_resumed(client);
    killed_and_resumed(client);
    full_disk(client);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(kilobytes() < MOST_KILOBYTES);
    printf("200 MB again and again in %lu KB of memory\n", (unsigned long)kilobytes());
    CHECK(unlink(file) == 0 && rmdir(folder) == 0);
    return 0;
}
