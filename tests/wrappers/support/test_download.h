/** @file
 * Folders, files and the sandbox's video, for the tests of downloads.
 */

#ifndef TEST_DOWNLOAD_H
#define TEST_DOWNLOAD_H

#include <dirent.h>
#include <stdint.h>

#include "anchor.h"
#include "test_support.h"

/** The start of an MP4 file. The rest of the sandbox's videos is the bytes 0 to 250, repeated. */
#define VIDEO_HEAD                                                                                           \
    "\0\0\0\x18"                                                                                             \
    "ftypisom\0\0\x02\0isommp42"
#define VIDEO_HEAD_BYTES 24
#define VIDEO_PERIOD 251
/** The length of a video of the plain sandbox, and of one of SANDBOX_VIDEO_URL. */
#define VIDEO_BYTES 4096U
#define LONG_VIDEO_BYTES UINT64_C(200000000)

/** Whether a later download takes up the part of an unfinished one, and two to the same file are refused. */
#ifdef _WIN32
#define KEEPS_PARTS 0
#else
#define KEEPS_PARTS 1
#endif

/** Faults of the sandbox during a download, and its result with the default retries. */
static const struct {
    const char *session_id;
    int32_t status;
    uint32_t attempts;
    /** The version of the video that is downloaded; 0 if there is none. */
    unsigned version;
} download_faults[] = {
    {"cut-once", ANCHOR_OK, 2, 1},          {"no-etag-cut-once", ANCHOR_OK, 2, 1},
    {"no-range-cut-once", ANCHOR_OK, 2, 1}, {"changed-cut-once", ANCHOR_OK, 2, 2},
    {"video-chunked", ANCHOR_OK, 1, 1},     {"video-empty", ANCHOR_BAD_RESPONSE, 1, 0},
    {"html", ANCHOR_BAD_RESPONSE, 1, 0},
};

/** A folder for one test, and the path of a video in it. */
typedef struct test_folder {
    char path[PATH_BYTES];
    char video[PATH_BYTES + 16];
} test_folder;

static inline test_folder make_folder(void) {
    test_folder made;
    snprintf(made.path, sizeof made.path, "%s/anchor-test-XXXXXX", temporary_folder());
    if (mkdtemp(made.path) == NULL) {
        perror(made.path);
        exit(2);
    }
    snprintf(made.video, sizeof made.video, "%s/video.mp4", made.path);
    return made;
}

/** The number of files in the folder whose names end in `ending`. */
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
    char path[2 * PATH_BYTES];
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

/** Writes a text file. */
static inline void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/** Whether the file contains exactly this text. */
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

/** Whether the file is the sandbox's video of this length and version, 1 or 2. */
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

#endif
