#include "judge.h"
#include "anchor.h"
#include "exports.h"
#include "inputs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint64_t run_seed;
bool is_single_threaded;

void fail_check(const char *file, int line, const char *condition) {
    fflush(stdout);
    fprintf(stderr, "%s:%d: check failed in %s: %s (--seed %llu)\n", file, line, current_export(), condition,
            (unsigned long long)run_seed);
    _exit(1);
}

/* Returns the length of the UTF-8 sequence at `text`, or 0 if it is invalid, overlong or a control
 * character. */
static unsigned character_length(const unsigned char *text) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned length = text[0] < 0x80       ? 1
                            : text[0] >> 5 == 6  ? 2
                            : text[0] >> 4 == 14 ? 3
                            : text[0] >> 3 == 30 ? 4
                                                 : 0;
    uint32_t value = length == 1 ? text[0] : text[0] & (0x7FU >> length);
    for (unsigned i = 1; i < length; i++) {
        if (text[i] >> 6 != 2) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3F);
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
    for (const unsigned char *next = (const unsigned char *)line; *next != '\0';) {
        const unsigned length = character_length(next);
        if (length == 0) {
            return false;
        }
        next += length;
    }
    return true;
}

void check_message(int32_t status, char *message) {
    CHECK(message != UNWRITTEN);
    CHECK((status == ANCHOR_OK) == (message == NULL));
    if (message != NULL) {
        CHECK(is_presentable(message));
        CHECK(anchor_free(message) == ANCHOR_OK);
        /* Another thread may already have received a message at the same address, and this would
         * free it. */
        CHECK(!is_single_threaded || anchor_free(message) == ANCHOR_INVALID_HANDLE);
    }
}
