/* A host that downloads to folders that other users may write to.
 *
 * The library promises that a link, a FIFO or a file that another user planted there is neither
 * followed nor written, that a part of another user is not taken up, and that the video is the
 * caller's. Needs root: the calls are made as other users.
 */
#define _GNU_SOURCE
#include "places.h"

static char part[512];

/* In a child, as this user. Returns its status, or 100 more if no request was sent. */
static int download_as(uid_t user, const char *file, const char *expected_text) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        uint32_t attempts;
        become(user);
        int32_t result = download("abc", file, NULL, &attempts, expected_text);
        fflush(stderr);
        _exit(attempts == 0 ? 100 + result : result);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int stop_at_first_byte(uint64_t done, uint64_t total) {
    (void)total;
    return done > 0;
}

/* Finds the name that the part of a download to the target has. */
static void find_part(uid_t user) {
    pid_t child = fork();
    if (child == 0) {
        uint32_t attempts;
        become(user);
        CHECK(download("abc", target, stop_at_first_byte, &attempts, "kept") == ANCHOR_CANCELLED);
        _exit(0);
    }
    check_exit_code(child, 0);
    DIR *entries = opendir(folder);
    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strstr(entry->d_name, ".part") != NULL) {
            snprintf(part, sizeof part, "%s/%s", folder, entry->d_name);
        }
    }
    closedir(entries);
    EXPECT(owner_and_mode(part) == (long)user * 010000 + 0600);
    CHECK(unlink(part) == 0);
}

/* What became of the target: it is as it was; it is a new file of mine; it is the old file with the
 * new video; the file behind the link is new. */
enum outcome { UNTOUCHED, NEW_FILE, IN_PLACE, BEHIND_LINK };

/* I download in a folder with the sticky bit. */
static void planted_targets(void) {
    const struct {
        uid_t folder_owner;
        enum kind kind;
        uid_t owner;
        enum outcome outcome;
    } rows[] = {
        {0, NOTHING, 0, NEW_FILE},           {0, LINK, OTHER, UNTOUCHED},
        {0, DANGLING, OTHER, UNTOUCHED},     {0, CHAIN, ME, UNTOUCHED},
        {0, FIFO, OTHER, UNTOUCHED},         {0, FILE_OPEN, OTHER, UNTOUCHED},
        {0, FILE_CLOSED, OTHER, UNTOUCHED},  {0, FILE_CLOSED, 0, UNTOUCHED},
        {0, FILE_LINKED, 0, UNTOUCHED},      {0, FILE_OPEN, 0, IN_PLACE},
        {0, FILE_OPEN, ME, NEW_FILE},        {0, FILE_LINKED, ME, NEW_FILE},
        {0, LINK, ME, BEHIND_LINK},          {0, LINK, 0, BEHIND_LINK},
        {OTHER, LINK, OTHER, BEHIND_LINK},   {OTHER, LINK, 0, UNTOUCHED},
        {OTHER, FILE_OPEN, OTHER, IN_PLACE}, {OTHER, FILE_OPEN, 0, UNTOUCHED},
        {ME, LINK, OTHER, UNTOUCHED},        {ME, FILE_OPEN, OTHER, NEW_FILE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_up(rows[i].folder_owner, 01777);
        plant(rows[i].kind, rows[i].owner, target);
        struct stat before = {0}, after = {0};
        lstat(target, &before);
        int entries = count_entries(folder);
        int status = download_as(ME, target, "file ");
        lstat(target, &after);
        int is_same = before.st_ino == after.st_ino && before.st_uid == after.st_uid &&
                      before.st_mode == after.st_mode && before.st_nlink == after.st_nlink;
        FIGURE("row %zu, status %d", i, status);
        EXPECT(count_entries(folder) == entries + (rows[i].kind == NOTHING));
        /* Only a link of mine, or of the folder's owner, leads to the victim. */
        EXPECT(size_of(victim) == (rows[i].outcome == BEHIND_LINK ? VIDEO_BYTES : 8));
        switch (rows[i].outcome) {
        case UNTOUCHED:
            EXPECT(status == 100 + ANCHOR_INVALID_ARGUMENT && is_same && before.st_size == after.st_size);
            break;
        case NEW_FILE:
            EXPECT(status == ANCHOR_OK && after.st_ino != before.st_ino && after.st_nlink == 1);
            EXPECT(after.st_uid == ME && after.st_size == VIDEO_BYTES);
            break;
        case IN_PLACE:
            EXPECT(status == ANCHOR_OK && is_same && after.st_size == VIDEO_BYTES);
            break;
        case BEHIND_LINK:
            EXPECT(status == ANCHOR_OK && rows[i].kind == LINK && is_same);
        }
        tear_down();
    }
    FIGURE("%zu targets in folders with mode 1777", sizeof rows / sizeof *rows);
}

/* Somebody else has put something where my part belongs. */
static void planted_parts(void) {
    const enum kind kinds[] = {LINK, DANGLING, FIFO, FILE_OPEN, FILE_CLOSED, FILE_LINKED, HARD_LINK};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct stat before, after;
        set_up(0, 01777);
        find_part(ME);
        plant(kinds[i], OTHER, part);
        CHECK(lstat(part, &before) == 0);
        int entries = count_entries(folder);
        EXPECT(download_as(ME, target, "") == ANCHOR_OK);
        FIGURE("row %zu", i);
        EXPECT(lstat(part, &after) == 0 && before.st_ino == after.st_ino && before.st_size == after.st_size);
        EXPECT(before.st_uid == after.st_uid && size_of(victim) == 8);
        EXPECT(owner_and_mode(target) == (long)ME * 010000 + 0644 && size_of(target) == VIDEO_BYTES);
        EXPECT(count_entries(folder) == entries + 1);
        tear_down();
    }
    FIGURE("%zu parts of another user", sizeof kinds / sizeof *kinds);
}

/* Another user chose the mode of the file that root replaces. */
static void modes(void) {
    set_up(0, 01777);
    plant(FILE_OPEN, OTHER, target);
    int old = open(target, O_RDONLY | O_CLOEXEC);
    char bytes[8] = "";
    EXPECT(download_as(0, target, "") == ANCHOR_OK);
    EXPECT(owner_and_mode(target) == 0644);
    EXPECT(read(old, bytes, sizeof bytes) == 7 && memcmp(bytes, "an old.", 7) == 0);
    /* Only root may give a file to a group that it is not in. */
    const struct {
        uid_t user;
        mode_t mode;
        gid_t group_after;
        mode_t mode_after;
    } rows[] = {{0, 0640, OTHER, 0640}, {ME, 0640, ME, 0600}, {ME, 0664, ME, 0644}, {ME, 0604, ME, 0604}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stat found;
        CHECK(chown(target, rows[i].user, OTHER) == 0 && chmod(target, rows[i].mode) == 0);
        EXPECT(download_as(rows[i].user, target, "") == ANCHOR_OK && stat(target, &found) == 0);
        EXPECT(found.st_gid == rows[i].group_after && (found.st_mode & 0777) == rows[i].mode_after);
    }
    umask(077);
    EXPECT(unlink(target) == 0 && download_as(0, target, "") == ANCHOR_OK && owner_and_mode(target) == 0600);
    tear_down();
}

AS_ROOT(planted_targets)
AS_ROOT(planted_parts)
AS_ROOT(modes)

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"planted-targets", planted_targets_as_root},
        {"planted-parts", planted_parts_as_root},
        {"modes", modes_as_root},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios);
}
