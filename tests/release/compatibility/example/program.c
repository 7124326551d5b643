/* A program of the made-up version. tools/with_sandbox.py sets the API key and the base URL that it uses. */
#include "anchor.h"

#include <stddef.h>

static int lines;

static void count_line(void *user, int32_t level, const char *line) {
    (void)user, (void)level, (void)line;
    lines++;
}

int main(void) {
    anchor_options *options = NULL;
    anchor_client *client = NULL;
    if (anchor_options_new(&options) != ANCHOR_OK ||
        anchor_options_set_timeout_ms(options, 60000) != ANCHOR_OK ||
        anchor_options_set_log_callback(options, count_line, NULL) != ANCHOR_OK ||
        anchor_client_new(NULL, options, &client, NULL) != ANCHOR_OK ||
        anchor_pause_recording(client, "abc", NULL, NULL) != ANCHOR_OK) {
        return 1;
    }
    if (anchor_free(client) != ANCHOR_OK || anchor_free(client) != ANCHOR_INVALID_HANDLE) {
        return 1;
    }
    return anchor_free(options) == ANCHOR_OK && lines > 0 && anchor_version()[0] != '\0' ? 0 : 1;
}
