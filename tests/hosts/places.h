/* What the hosts share that download to places where others have a say: a folder and the calls. */
#ifndef PLACES_H
#define PLACES_H

#include "scenarios.h"
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

enum { ME = 65533, OTHER = 65532, VIDEO_BYTES = 4096 };

static char folder[] = "/tmp/anchor-places-XXXXXX";
static char victim[sizeof folder + 16], target[sizeof folder + 16];
static anchor_client *client;
static inline void become(uid_t user) {
    CHECK(setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0);
}

/* A folder with this owner and mode, and a file of mine outside of it. */
static inline void set_up(uid_t owner, mode_t mode) {
    umask(022);
    strcpy(folder, "/tmp/anchor-places-XXXXXX");
    CHECK(mkdtemp(folder) != NULL && chown(folder, owner, owner) == 0 && chmod(folder, mode) == 0);
    snprintf(target, sizeof target, "%s/video.mp4", folder);
    snprintf(victim, sizeof victim, "%s.victim", folder);
    int file = open(victim, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(file >= 0 && write(file, "precious", 8) == 8 && fchown(file, ME, ME) == 0 && close(file) == 0);
    client = new_client("SANDBOX_URL", 10000);
}

static inline void tear_down(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s %s", folder, victim);
    CHECK(system(command) == 0);
}

static inline long size_of(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? (long)found.st_size : -1;
}

/* The owner and the permissions, as OWNER * 10000 + MODE. */
static inline long owner_and_mode(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? (long)found.st_uid * 010000 + (found.st_mode & 07777) : -1;
}

static int (*watcher)(uint64_t, uint64_t);

static inline int32_t watch(void *user, uint64_t done, uint64_t total) {
    (void)user;
    return watcher(done, total);
}

/* The status of a download and how many requests were sent. The message must contain the text. */
static inline int32_t download(const char *session_id, const char *file, int (*progress)(uint64_t, uint64_t),
                               uint32_t *attempts, const char *expected_text) {
    anchor_call *call;
    char *error;
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_max_retries(call, 0) == ANCHOR_OK);
    watcher = progress;
    CHECK(progress == NULL || anchor_call_set_progress(call, watch, NULL) == ANCHOR_OK);
    int32_t status = anchor_download_recording(client, session_id, file, call, &error);
    CHECK(anchor_call_attempts(call, attempts) == ANCHOR_OK);
    if (error != NULL && strstr(error, expected_text) == NULL) {
        fprintf(stderr, "%s\n", error);
    }
    anchor_free(error);
    anchor_free(call);
    return status;
}

enum kind { NOTHING, LINK, DANGLING, CHAIN, FIFO, FILE_OPEN, FILE_CLOSED, FILE_LINKED, HARD_LINK };

/* Puts something of this user at a path. */
static inline void plant(enum kind kind, uid_t owner, const char *path) {
    char other[sizeof folder + 16];
    snprintf(other, sizeof other, "%s/other", folder);
    switch (kind) {
    case NOTHING:
        return;
    case LINK:
        CHECK(symlink(victim, path) == 0);
        break;
    case DANGLING:
        CHECK(symlink("nothing", path) == 0);
        break;
    case CHAIN:
        CHECK(symlink(victim, other) == 0 && lchown(other, OTHER, OTHER) == 0 && symlink("other", path) == 0);
        break;
    case FIFO:
        CHECK(mkfifo(path, 0600) == 0 && chmod(path, 0666) == 0);
        break;
    case HARD_LINK:
        CHECK(link(victim, path) == 0);
        return;
    default: {
        int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        CHECK(file >= 0 && write(file, "an old.", 7) == 7);
        CHECK(fchmod(file, kind == FILE_CLOSED ? 0644 : 0666) == 0 && close(file) == 0);
        CHECK(kind != FILE_LINKED || link(path, other) == 0);
    }
    }
    CHECK(lchown(path, owner, owner) == 0);
}

/* Says so if the scenario cannot run. */
#define AS_ROOT(name)                                                                                        \
    static void name##_as_root(void) {                                                                       \
        if (geteuid() != 0) {                                                                                \
            FIGURE("SKIPPED: only root can make files of other users");                                      \
        } else {                                                                                             \
            name();                                                                                          \
        }                                                                                                    \
    }

#endif
