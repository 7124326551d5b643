#include "judge.h"
#include "anchor.h"
#include "exports.h"
#include "inputs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint64_t first_seed;
bool is_alone;

void fail(const char *file, int line, const char *what) {
    fflush(stdout);
    fprintf(stderr, "%s:%d: not so in %s: %s (--seed %llu)\n", file, line, current_export(), what,
            (unsigned long long)first_seed);
    _exit(1);
}

/* The length of the UTF-8 sequence at `text` if it is the shortest for a character that a line may hold, else 0. */
static unsigned character(const unsigned char *text) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned length = text[0] < 0x80       ? 1
                            : text[0] >> 5 == 6  ? 2
                            : text[0] >> 4 == 14 ? 3
                            : text[0] >> 3 == 30 ? 4
                                                 : 0;
    uint32_t value = length == 1 ? text[0] : text[0] & (0x7FU >> length);
    for (unsigned at = 1; at < length; at++) {
        if (text[at] >> 6 != 2) {
            return 0;
        }
        value = value << 6 | (text[at] & 0x3F);
    }
    const bool is_character =
        value >= least[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    const bool is_control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    return is_character && !is_control ? length : 0;
}

bool is_presentable(const char *line) {
    if (line[0] == '\0' || strstr(line, CANARY) != NULL || strstr(line, "sandbox-key") != NULL) {
        return false;
    }
    for (const unsigned char *at = (const unsigned char *)line; *at != '\0';) {
        const unsigned length = character(at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

void judge_message(int32_t status, char *message) {
    CHECK(message != UNWRITTEN);
    CHECK((status == ANCHOR_OK) == (message == NULL));
    if (message != NULL) {
        CHECK(is_presentable(message));
        CHECK(anchor_free(message) == ANCHOR_OK);
        /* Beside other threads the address may be another message by now, which this would free. */
        CHECK(!is_alone || anchor_free(message) == ANCHOR_INVALID_HANDLE);
    }
}
