/** @file
 * What the tests of downloads by the C and the C++ wrapper share.
 */

#ifndef TEST_DOWNLOAD_H
#define TEST_DOWNLOAD_H

#include <dirent.h>
#include <stdint.h>

#include "test_support.h"

/** What an MP4 file begins with; the sandbox's videos go on with the bytes 0 to 250, again and again. */
#define VIDEO_HEAD                                                                                           \
    "\0\0\0\x18"                                                                                             \
    "ftypisom\0\0\x02\0isommp42"
#define VIDEO_HEAD_BYTES 24
#define VIDEO_PERIOD 251
/** The length of the plain sandbox's videos, and of those of SANDBOX_VIDEO_URL. */
#define VIDEO_BYTES 4096U
#define LONG_VIDEO_BYTES UINT64_C(200000000)

/** A folder of a test's own, and the path of a video in it. */
typedef struct test_folder {
    char path[64];
    char video[96];
} test_folder;

static inline test_folder make_folder(void) {
    test_folder made;
    snprintf(made.path, sizeof made.path, "/tmp/anchor-test-XXXXXX");
    if (mkdtemp(made.path) == NULL) {
        perror(made.path);
        exit(2);
    }
    snprintf(made.video, sizeof made.video, "%s/video.mp4", made.path);
    return made;
}

/** How many files there are in the folder whose names have this ending. */
static inline unsigned files_in(const test_folder *folder, const char *ending) {
    unsigned count = 0;
    DIR *open = opendir(folder->path);
    if (open == NULL) {
        perror(folder->path);
        exit(2);
    }
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        const size_t wanted = strlen(ending);
        count += entry->d_name[0] != '.' && length >= wanted &&
                 strcmp(entry->d_name + length - wanted, ending) == 0;
    }
    closedir(open);
    return count;
}

/** Removes the folder and the files in it. */
static inline void remove_folder(const test_folder *folder) {
    char path[512];
    DIR *open = opendir(folder->path);
    if (open == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        unlink(path);
    }
    closedir(open);
    rmdir(folder->path);
}

/** Writes a file that is no video. */
static inline void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/** Whether the file holds that text and nothing else. */
static inline int file_holds(const char *path, const char *text) {
    char buffer[64];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    const size_t length = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    return length == strlen(text) && memcmp(buffer, text, length) == 0;
}

/** Whether the file is the sandbox's video of that length, in its first or second version. */
static inline int is_video(const char *path, uint64_t length, unsigned version) {
    uint64_t at = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    for (int byte; (byte = getc(file)) != EOF; at++) {
        const int expected = at < VIDEO_HEAD_BYTES
                                 ? VIDEO_HEAD[at]
                                 : (int)((at - VIDEO_HEAD_BYTES + version - 1) % VIDEO_PERIOD);
        if (byte != expected) {
            break;
        }
    }
    fclose(file);
    return at == length;
}

/** The most memory that this process has had at once. (What getrusage tells counts the program that started it.) */
static inline long peak_memory_kb(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL && peak == 0) {
        sscanf(line, "VmHWM: %ld kB", &peak);
    }
    if (peak == 0) {
        perror("/proc/self/status");
        exit(2);
    }
    fclose(status);
    return peak;
}

#endif
