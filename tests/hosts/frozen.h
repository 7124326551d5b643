/* What the hosts share whose file system stops answering, or answers oddly: a folder, and the functions
 * of the C library that reach files. Those in `frozen_functions` hang in the folder until it thaws. */
#ifndef FROZEN_H
#define FROZEN_H

#include "scenarios.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum { MAX_DESCRIPTORS = 1024 };
/* The functions, as bits. */
enum {
    OPEN = 1,
    STATUS = 2,
    WRITE = 4,
    TRUNCATE = 8,
    LOCK = 16,
    RENAME = 32,
    REMOVE = 64,
    SEEK = 128,
    ALL = 255
};

static atomic_int frozen_functions, hanging, listings;
/* What every rename fails with, if it is not 0. */
static atomic_int rename_error;
/* Called when a file got its name in the folder, and before a file in it is shortened. */
static void (*after_rename)(const char *path), (*before_truncate)(void);
static char folder[] = "/tmp/anchor-frozen-XXXXXX";
/* The descriptors of files in the folder. */
static atomic_int is_in_folder[MAX_DESCRIPTORS];

static int concerns(const char *path) {
    return path != NULL && strncmp(path, folder, sizeof folder - 1) == 0;
}

static int concerns_descriptor(int descriptor) {
    return descriptor >= 0 && descriptor < MAX_DESCRIPTORS && is_in_folder[descriptor];
}

static void hang(int function, int concerned) {
    if (concerned && (frozen_functions & function)) {
        hanging++;
        while (frozen_functions & function) {
            sleep_ms(2);
        }
        hanging--;
    }
}

#define NEXT(name)                                                                                           \
    static __typeof__(name) *next;                                                                           \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

static int opened(int descriptor, const char *path) {
    if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS) {
        is_in_folder[descriptor] = concerns(path);
    }
    return descriptor;
}

#define INTERPOSE_OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                             \
        va_list rest;                                                                                        \
        va_start(rest, flags);                                                                               \
        mode_t mode = va_arg(rest, mode_t);                                                                  \
        va_end(rest);                                                                                        \
        NEXT(name);                                                                                          \
        hang(OPEN, concerns(path));                                                                          \
        return opened(next(path, flags, mode), path);                                                        \
    }
INTERPOSE_OPEN(open)
INTERPOSE_OPEN(open64)

int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    NEXT(statx);
    hang(STATUS, concerns(path) || concerns_descriptor(at));
    return next(at, path, flags, mask, found);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    NEXT(write);
    hang(WRITE, concerns_descriptor(descriptor));
    return next(descriptor, bytes, length);
}

ssize_t writev(int descriptor, const struct iovec *buffers, int count) {
    NEXT(writev);
    hang(WRITE, concerns_descriptor(descriptor));
    return next(descriptor, buffers, count);
}

int ftruncate64(int descriptor, off64_t length) {
    NEXT(ftruncate64);
    hang(TRUNCATE, concerns_descriptor(descriptor));
    if (concerns_descriptor(descriptor) && before_truncate != NULL) {
        before_truncate();
    }
    return next(descriptor, length);
}

off64_t lseek64(int descriptor, off64_t offset, int from) {
    NEXT(lseek64);
    hang(SEEK, concerns_descriptor(descriptor));
    return next(descriptor, offset, from);
}

int flock(int descriptor, int operation) {
    NEXT(flock);
    hang(LOCK, concerns_descriptor(descriptor));
    return next(descriptor, operation);
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    hang(RENAME, concerns(to));
    if (rename_error != 0) {
        errno = rename_error;
        return -1;
    }
    int result = next(from, to);
    if (result == 0 && concerns(to) && after_rename != NULL) {
        after_rename(to);
    }
    return result;
}

int unlink(const char *path) {
    NEXT(unlink);
    hang(REMOVE, concerns(path));
    return next(path);
}

DIR *opendir(const char *path) {
    NEXT(opendir);
    listings++;
    return next(path);
}

DIR *fdopendir(int descriptor) {
    NEXT(fdopendir);
    listings++;
    return next(descriptor);
}

static inline void thaw(void) {
    frozen_functions = 0;
    while (hanging > 0) {
        sleep_ms(1);
    }
}

static inline void remove_folder(void) {
    char command[64];
    thaw();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    EXPECT(system(command) == 0);
}

#endif
