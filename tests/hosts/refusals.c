/* A host whose file system does not let it replace a file, has short names, or has no attributes.
 *
 * The library promises that what prevents the last step of a download is found before anything is
 * sent, and that a video which cannot replace its target is written in place or kept. Needs root, for
 * mounts and attributes. The program interposes functions of the C library to stand in for file
 * systems with short names and without attributes.
 */
#define _GNU_SOURCE
#include "places.h"
#include <dlfcn.h>
#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>

enum { NAME_BYTES = 143 };

/* What the file system cannot do. */
static int has_short_names, has_no_attributes;

#define NEXT(name)                                                                                           \
    static __typeof__(name) *next;                                                                           \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

static int is_too_long(const char *path) {
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    errno = ENAMETOOLONG;
    return has_short_names && slash != NULL && strlen(slash + 1) > NAME_BYTES;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    NEXT(open64);
    return is_too_long(path) ? -1 : next(path, flags, mode);
}

int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    NEXT(statx);
    return is_too_long(path) ? -1 : next(at, path, flags, mask, found);
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    return is_too_long(from) || is_too_long(to) ? -1 : next(from, to);
}

int fsetxattr(int file, const char *name, const void *value, size_t size, int flags) {
    NEXT(fsetxattr);
    errno = ENOTSUP;
    return has_no_attributes ? -1 : next(file, name, value, size, flags);
}

static void mount_over(const char *path) {
    CHECK(mount(victim, path, NULL, MS_BIND, NULL) == 0);
}

static int mount_at_end(uint64_t done, uint64_t total) {
    static int is_mounted;
    if (done > 0 && done == total && !is_mounted) {
        is_mounted = 1;
        mount_over(target);
    }
    return 0;
}

static int unshare_mounts(void) {
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void mount_points(void) {
    uint32_t attempts;
    struct stat before, after;
    if (!unshare_mounts()) {
        FIGURE("SKIPPED: this system permits no mount namespace");
        return;
    }
    for (int way = 0; way < 3; way++) {
        set_up(0, 0755);
        plant(FILE_CLOSED, 0, target);
        if (way < 2) {
            mount_over(target);
        }
        CHECK(stat(victim, &before) == 0);
        if (way == 1) {
            CHECK(mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
            EXPECT_STATUS(download("abc", target, NULL, &attempts, "mount point"), ANCHOR_INVALID_ARGUMENT);
            EXPECT(attempts == 0 && size_of(victim) == 8);
        } else {
            EXPECT_STATUS(download("abc", target, way == 2 ? mount_at_end : NULL, &attempts, ""), ANCHOR_OK);
            EXPECT(attempts == 1 && stat(victim, &after) == 0 && after.st_ino == before.st_ino);
            EXPECT(after.st_size == VIDEO_BYTES && after.st_mode == before.st_mode);
        }
        EXPECT(count_entries(folder) == 1);
        CHECK(umount(target) == 0);
        EXPECT(size_of(target) == 7);
        tear_down();
    }
}

static int seal(const char *path, int flag) {
    int file = open(path, O_RDONLY | O_CLOEXEC), flags = 0;
    CHECK(file >= 0);
    int result = ioctl(file, FS_IOC_GETFLAGS, &flags);
    flags = flag == 0 ? flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL) : flags | flag;
    result = result == 0 ? ioctl(file, FS_IOC_SETFLAGS, &flags) : result;
    close(file);
    return result == 0;
}

static void sealed(void) {
    const int flags[] = {FS_IMMUTABLE_FL, FS_APPEND_FL};
    for (int i = 0; i < 4; i++) {
        uint32_t attempts;
        set_up(0, 0755);
        plant(FILE_CLOSED, 0, target);
        const char *path = i < 2 ? target : folder;
        if (!seal(path, flags[i % 2])) {
            FIGURE("SKIPPED: this file system seals no files");
        } else {
            EXPECT_STATUS(download("abc", target, NULL, &attempts, "choose another path"),
                          ANCHOR_INVALID_ARGUMENT);
            EXPECT(attempts == 0 && count_entries(folder) == 1 && size_of(target) == 7);
            CHECK(seal(path, 0));
        }
        tear_down();
    }
}

static int close_folder_at_end(uint64_t done, uint64_t total) {
    CHECK(done == 0 || done != total || chmod(folder, 0555) == 0);
    return 0;
}

/* A folder that cannot be written from the beginning, and one that loses its permission. */
static void closed_folders(void) {
    uint32_t attempts;
    set_up(ME, 0555);
    become(ME);
    EXPECT_STATUS(download("abc", target, NULL, &attempts, "folder"), ANCHOR_INVALID_ARGUMENT);
    EXPECT(attempts == 0);
    /* Without a file that can be written, the part is kept and named. */
    CHECK(chmod(folder, 0755) == 0);
    EXPECT_STATUS(download("abc", target, close_folder_at_end, &attempts, "the whole video is kept in "),
                  ANCHOR_RESOURCE_EXHAUSTED);
    EXPECT(count_entries(folder) == 1 && size_of(target) == -1);
    EXPECT_STATUS(download("abc", target, NULL, &attempts, "folder"), ANCHOR_INVALID_ARGUMENT);
    CHECK(chmod(folder, 0755) == 0);
    EXPECT_STATUS(download("abc", target, NULL, &attempts, ""), ANCHOR_OK);
    EXPECT(count_entries(folder) == 1 && owner_and_mode(target) == (long)ME * 010000 + 0644);
    /* With one, it is written in place. Its part cannot be removed. */
    CHECK(chmod(target, 0640) == 0 && truncate(target, 5000) == 0);
    EXPECT_STATUS(download("abc", target, close_folder_at_end, &attempts, ""), ANCHOR_OK);
    EXPECT(size_of(target) == VIDEO_BYTES && owner_and_mode(target) == (long)ME * 010000 + 0640);
    CHECK(chmod(folder, 0755) == 0);
    EXPECT_STATUS(download("abc", target, NULL, &attempts, ""), ANCHOR_OK);
    EXPECT(count_entries(folder) == 1);
    tear_down();
}

static void short_names(void) {
    const struct {
        size_t bytes;
        int32_t status;
    } rows[] = {{100, ANCHOR_OK}, {NAME_BYTES, ANCHOR_OK}, {NAME_BYTES + 1, ANCHOR_INVALID_ARGUMENT}};
    set_up(0, 0755);
    has_short_names = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[512];
        uint32_t attempts;
        int begin = snprintf(path, sizeof path, "%s/", folder);
        memset(path + begin, 'v', rows[i].bytes);
        path[begin + (int)rows[i].bytes] = '\0';
        EXPECT_STATUS(download("abc", path, NULL, &attempts, "too long"), rows[i].status);
        EXPECT(attempts == (rows[i].status == ANCHOR_OK));
    }
    EXPECT(count_entries(folder) == 2);
    tear_down();
}

/* The version is then a trailer of the part. */
static void no_attributes(void) {
    uint32_t attempts;
    set_up(0, 0755);
    has_no_attributes = 1;
    EXPECT_STATUS(download("cut-once", target, NULL, &attempts, "2048 bytes are kept"),
                  ANCHOR_CONNECTION_LOST);
    EXPECT(count_entries(folder) == 1);
    EXPECT_STATUS(download("cut-once", target, NULL, &attempts, ""), ANCHOR_OK);
    EXPECT(count_entries(folder) == 1 && size_of(target) == VIDEO_BYTES);
    EXPECT(fgetxattr(open(target, O_RDONLY | O_CLOEXEC), "user.anchor.version", NULL, 0) == -1);
    tear_down();
}

AS_ROOT(mount_points)
AS_ROOT(sealed)
AS_ROOT(closed_folders)
AS_ROOT(short_names)
AS_ROOT(no_attributes)

int main(int argc, char **argv) {
    const scenario scenarios[] = {
        {"mount-points", mount_points_as_root},     {"sealed", sealed_as_root},
        {"closed-folders", closed_folders_as_root}, {"short-names", short_names_as_root},
        {"no-attributes", no_attributes_as_root},
    };
    return run_scenarios(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios);
}
