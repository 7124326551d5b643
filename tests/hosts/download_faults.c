/* A host whose file system fails, that is killed, and whose files are cleaned away.
 *
 * The library promises that a download is all or nothing. In each scenario, every system call that its
 * threads for files make is a step, and at each step in turn: the call fails with each of six errors;
 * the process is killed; a cleaner deletes the part; the cleaner deletes it and another process begins
 * the same download. Afterwards the target must be the old file or the whole video, the files of other
 * users as they were, and the next download must succeed and leave nothing behind. Run by root, the
 * downloads are those of another user in a folder with mode 1777.
 */
#define _GNU_SOURCE
#include "inject.h"
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { ME = 65533, VIDEO_BYTES = 4096, TIMEOUT_MS = 10000, CASE_SECONDS = 60, MAX_STEPS = 200 };
static const char OLD[] = "an old.";

enum target { NOTHING, OLD_FILE, PART_AND_OLD_FILE, LINK_TO_OLD_FILE, FILE_OF_FOLDER_OWNER, PIPE };
static const struct scenario {
    const char *name;
    enum target target;
    mode_t mode;
} SCENARIOS[] = {
    {"new", NOTHING, 0644},
    {"replaced", OLD_FILE, 0640},
    {"resumed", PART_AND_OLD_FILE, 0640},
    {"linked", LINK_TO_OLD_FILE, 0640},
    {"in place", FILE_OF_FOLDER_OWNER, 0666},
    {"to a pipe", PIPE, 0},
};

static const struct effect {
    const char *name;
    enum { FAIL, KILL, CLEAN, REPLACE } kind;
    int error;
} EFFECTS[] = {
    {"EIO", FAIL, EIO},     {"ENOSPC", FAIL, ENOSPC}, {"EPERM", FAIL, EPERM},
    {"EBUSY", FAIL, EBUSY}, {"EXDEV", FAIL, EXDEV},   {"ENAMETOOLONG", FAIL, ENAMETOOLONG},
    {"killed", KILL, 0},    {"cleaned", CLEAN, 0},    {"replaced", REPLACE, 0},
};
enum { SCENARIO_COUNT = sizeof SCENARIOS / sizeof *SCENARIOS };
enum { EFFECT_COUNT = sizeof EFFECTS / sizeof *EFFECTS };

/* Written by the child. */
static struct outcome {
    int is_done;
    int32_t status;
    uint32_t attempts;
    char text[1200];
} * outcome;

static char folder[] = "/tmp/anchor-faults-XXXXXX";
static char target[sizeof folder + 16], old_file[sizeof folder + 16], bystander[sizeof folder + 16];
static char video[VIDEO_BYTES];
static int output[2], broken;

/* The step that has an effect, and the steps seen so far. */
struct steps {
    int chosen, seen, in_window;
    pid_t child;
    const struct effect *effect;
    char call[32];
};

static int has_part(char *path, size_t size) {
    DIR *entries = opendir(folder);
    int found = 0;
    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strstr(entry->d_name, ".part") != NULL) {
            snprintf(path, size, "%s/%s", folder, entry->d_name);
            found++;
        }
    }
    closedir(entries);
    return found;
}

static void put_file(const char *path, const char *bytes, size_t length, uid_t owner, mode_t mode) {
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(file >= 0 && write(file, bytes, length) == (ssize_t)length);
    CHECK(geteuid() != 0 || fchown(file, owner, owner) == 0);
    CHECK(fchmod(file, mode) == 0 && close(file) == 0);
}

static void clean(int begins_anew) {
    char path[512];
    while (has_part(path, sizeof path)) {
        CHECK(unlink(path) == 0);
        if (begins_anew) {
            put_file(path, video, VIDEO_BYTES / 2, ME, 0600);
            return;
        }
    }
}

/* Whether the call is file work: made by a thread for files, and not to manage the thread itself. */
static int is_step(const struct seccomp_notif *request) {
    static const int OTHERS[] = {SYS_futex,
                                 SYS_mmap,
                                 SYS_munmap,
                                 SYS_madvise,
                                 SYS_brk,
                                 SYS_mprotect,
                                 SYS_rt_sigprocmask,
                                 SYS_sigaltstack,
                                 SYS_exit,
                                 SYS_set_robust_list,
                                 SYS_sched_getscheduler,
                                 SYS_prctl,
                                 SYS_gettid,
                                 SYS_sched_getaffinity,
                                 SYS_geteuid,
                                 SYS_getpid,
                                 SYS_mremap,
                                 SYS_rseq,
                                 SYS_sched_getparam};
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)request->pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    close(file);
    if (length <= 0 || strcmp(text, "anchor-files\n") != 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (request->data.nr == OTHERS[i]) {
            return 0;
        }
    }
    /* A write to an eventfd wakes the thread of the call. */
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)request->pid, (int)request->data.args[0]);
    length = request->data.nr == SYS_write ? readlink(path, text, sizeof text) : 0;
    return length <= 0 || strncmp(text, "anon_inode:", 11) != 0;
}

static void answer_step(const struct seccomp_notif *request, struct seccomp_notif_resp *response,
                        void *context) {
    struct steps *steps = context;
    int call = request->data.nr;
    uint64_t operation = call == SYS_prctl ? request->data.args[0] : 0;
    if (operation == BEGIN_WINDOW || operation == END_WINDOW) {
        steps->in_window = operation == BEGIN_WINDOW;
        return;
    }
    response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (!steps->in_window || !is_step(request) || ++steps->seen != steps->chosen) {
        return;
    }
    const char *name = system_call_name(call);
    snprintf(steps->call, sizeof steps->call, "%s", name != NULL ? name : "?");
    switch (steps->effect->kind) {
    case FAIL:
        response->flags = 0;
        response->error = -steps->effect->error;
        break;
    case KILL:
        kill(steps->child, SIGKILL);
        break;
    case CLEAN:
    case REPLACE:
        clean(steps->effect->kind == REPLACE);
    }
}

static int32_t stop_at_first_byte(void *user, uint64_t done, uint64_t total) {
    (void)user;
    (void)total;
    return done > 0;
}

static void become_me(void) {
    if (geteuid() == 0) {
        CHECK(setgroups(0, NULL) == 0 && setresgid(ME, ME, ME) == 0 && setresuid(ME, ME, ME) == 0);
    }
}

static int32_t download(anchor_client *client, anchor_call *call, int has_window) {
    char *error = NULL;
    if (has_window) {
        begin_window();
    }
    int32_t status = anchor_download_recording(client, "abc", target, call, &error);
    if (has_window) {
        end_window();
    }
    if (error != NULL) {
        snprintf(outcome->text, sizeof outcome->text, "%s", error);
        anchor_free(error);
    }
    return status;
}

/* A process that downloads. */
static void run_child(const struct scenario *scenario, int has_window) {
    become_me();
    if (has_window) {
        install_filter();
    }
    anchor_client *client = new_client("SANDBOX_URL", TIMEOUT_MS);
    anchor_call *call;
    if (has_window && scenario->target == PART_AND_OLD_FILE) {
        CHECK(anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_progress(call, stop_at_first_byte, NULL) == ANCHOR_OK);
        CHECK(download(client, call, 0) == ANCHOR_CANCELLED && anchor_free(call) == ANCHOR_OK);
    }
    CHECK(anchor_call_new(&call) == ANCHOR_OK && anchor_call_set_max_retries(call, 0) == ANCHOR_OK);
    outcome->text[0] = '\0';
    outcome->status = download(client, call, has_window);
    CHECK(anchor_call_attempts(call, &outcome->attempts) == ANCHOR_OK);
    outcome->is_done = 1;
    CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(client) == ANCHOR_OK);
    _exit(0);
}

static pid_t start_child(const struct scenario *scenario, int sockets[2]) {
    memset(outcome, 0, sizeof *outcome);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (sockets != NULL) {
            CHECK(dup2(sockets[1], FILTER_SOCKET) == FILTER_SOCKET);
        }
        run_child(scenario, sockets != NULL);
    }
    return child;
}

static void set_up(const struct scenario *scenario) {
    CHECK(mkdir(folder, 0700) == 0 && chmod(folder, 01777) == 0);
    snprintf(target, sizeof target, "%s/video.mp4", folder);
    snprintf(old_file, sizeof old_file, "%s/old.mp4", folder);
    snprintf(bystander, sizeof bystander, "%s/bystander", folder);
    put_file(bystander, OLD, sizeof OLD, 0, 0666);
    switch (scenario->target) {
    case NOTHING:
        break;
    case OLD_FILE:
    case PART_AND_OLD_FILE:
        put_file(target, OLD, sizeof OLD, ME, 0640);
        break;
    case LINK_TO_OLD_FILE:
        put_file(old_file, OLD, sizeof OLD, ME, 0640);
        CHECK(symlink("old.mp4", target) == 0);
        CHECK(geteuid() != 0 || lchown(target, ME, ME) == 0);
        break;
    case FILE_OF_FOLDER_OWNER:
        put_file(target, OLD, sizeof OLD, 0, 0666);
        break;
    case PIPE:
        CHECK(pipe2(output, O_CLOEXEC) == 0);
        snprintf(target, sizeof target, "/dev/fd/%d", output[1]);
    }
}

static void tear_down(void) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
}

/* What a file has: nothing (-1), the old bytes (0), the whole video (1), or something else (2). */
static int contents(const char *path) {
    char bytes[VIDEO_BYTES + 1];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, bytes, sizeof bytes) : -1;
    if (file < 0) {
        return -1;
    }
    close(file);
    if (length == sizeof OLD && memcmp(bytes, OLD, sizeof OLD) == 0) {
        return 0;
    }
    return length == VIDEO_BYTES && memcmp(bytes, video, VIDEO_BYTES) == 0 ? 1 : 2;
}

/* Writing in place is not atomic, but the part has the whole video meanwhile. */
static int may_be_mixed(const struct scenario *scenario) {
    char path[512];
    return scenario->target == FILE_OF_FOLDER_OWNER && has_part(path, sizeof path) == 1 &&
           contents(path) == 1;
}

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            broken++;                                                                                        \
            printf("%s, step %d (%s) %s: fails: %s (status %d: %s)\n", scenario->name, steps->chosen,        \
                   steps->call, steps->effect->name, #condition, outcome->status, outcome->text);            \
        }                                                                                                    \
    } while (0)

static void check_status(const struct scenario *scenario, const struct steps *steps, int wait_status) {
    if (steps->effect->kind == KILL) {
        EXPECT(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL);
        return;
    }
    EXPECT(wait_status == 0 && outcome->is_done);
    int32_t status = outcome->status;
    EXPECT(status == ANCHOR_OK || status == ANCHOR_INVALID_ARGUMENT || status == ANCHOR_RESOURCE_EXHAUSTED);
    /* This status means that nothing was sent, and nothing else does. */
    EXPECT(status != ANCHOR_INVALID_ARGUMENT || outcome->attempts == 0);
    EXPECT(outcome->attempts == 0 || strstr(outcome->text, "nothing was sent") == NULL);
    EXPECT(status == ANCHOR_OK || steps->effect->kind == FAIL);
}

static void check_pipe(const struct scenario *scenario, const struct steps *steps) {
    char bytes[VIDEO_BYTES + 1];
    close(output[1]);
    ssize_t length = read(output[0], bytes, sizeof bytes);
    close(output[0]);
    EXPECT(length >= 0 && length <= VIDEO_BYTES && memcmp(bytes, video, (size_t)length) == 0);
    EXPECT(outcome->status != ANCHOR_OK || steps->effect->kind == KILL || length == VIDEO_BYTES);
}

static void check_files(const struct scenario *scenario, const struct steps *steps) {
    char path[512];
    struct stat found;
    int seen = contents(target), before = scenario->target == NOTHING ? -1 : 0;
    EXPECT(seen == before || seen == 1 || may_be_mixed(scenario));
    EXPECT(!outcome->is_done || outcome->status != ANCHOR_OK || seen == 1);
    EXPECT(contents(bystander) == 0 && stat(bystander, &found) == 0 && found.st_nlink == 1);
    int status;
    CHECK(waitpid(start_child(scenario, NULL), &status, 0) > 0);
    EXPECT(status == 0 && outcome->status == ANCHOR_OK && contents(target) == 1);
    EXPECT(contents(bystander) == 0 && has_part(path, sizeof path) == 0);
    /* An error may leave fewer rights than the file should have, and never more. */
    EXPECT(stat(target, &found) == 0 && (found.st_mode & 0777 & ~scenario->mode) == 0);
    EXPECT((found.st_mode & 0777) == scenario->mode || steps->effect->kind == FAIL);
}

/* Returns whether the step was reached. */
static int run_case(const struct scenario *scenario, int step, const struct effect *effect, int *count) {
    struct steps context = {.chosen = step, .effect = effect}, *steps = &context;
    int sockets[2];
    set_up(scenario);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    steps->child = start_child(scenario, sockets);
    int listener = receive_descriptor(sockets[0]);
    int wait_status = supervise_by(steps->child, listener, CASE_SECONDS, answer_step, steps);
    close(listener);
    close(sockets[0]);
    close(sockets[1]);
    int was_reached = steps->seen >= step;
    if (was_reached && step > 0) {
        check_status(scenario, steps, wait_status);
    }
    if (scenario->target == PIPE) {
        check_pipe(scenario, steps);
    } else if (was_reached) {
        check_files(scenario, steps);
    }
    *count = steps->seen;
    tear_down();
    return was_reached && step > 0;
}

/* The video, and the number of files of a download that nothing disturbs. */
static void prepare(void) {
    set_up(&SCENARIOS[0]);
    check_exit_code(start_child(&SCENARIOS[0], NULL), 0);
    int file = open(target, O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && read(file, video, sizeof video) == VIDEO_BYTES && close(file) == 0);
    tear_down();
}

int main(int argc, char **argv) {
    int cases = 0, scenarios = 0;
    umask(022);
    CHECK(mkdtemp(folder) != NULL && rmdir(folder) == 0);
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(outcome != MAP_FAILED);
    prepare();
    for (int i = 0; i < SCENARIO_COUNT; i++) {
        const struct scenario *scenario = &SCENARIOS[i];
        int count, last = 0;
        if (argc > 1 && strcmp(argv[1], scenario->name) != 0) {
            continue;
        }
        if (scenario->target == FILE_OF_FOLDER_OWNER && geteuid() != 0) {
            printf("SKIPPED %s: only root can make files of other users\n", scenario->name);
            continue;
        }
        run_case(scenario, 0, &EFFECTS[0], &last);
        CHECK(last > 5 && last < MAX_STEPS);
        for (int effect = 0; effect < EFFECT_COUNT; effect++) {
            for (int step = 1; step <= last; step++) {
                cases += run_case(scenario, step, &EFFECTS[effect], &count);
            }
        }
        scenarios++;
        printf("%s: %d steps\n", scenario->name, last);
    }
    printf("%d faults of file systems, kills and cleaners in %d scenarios, %d broke a promise\n", cases,
           scenarios, broken);
    return cases > 0 && broken == 0 ? 0 : 1;
}
