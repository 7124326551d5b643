/* A host with a language of its own: the system's texts for errors are translated, in an encoding
 * that is not UTF-8. The messages of the library are in English and ASCII all the same.
 *
 * The two functions below replace those of the system. Like these, they translate unless the thread
 * has a locale of its own.
 */
#define _GNU_SOURCE
#include "host.h"
#include <locale.h>
#include <netdb.h>

#define TRANSLATED "Nicht m\xf6glich: \xbb %d \xab"

static int is_translated(void) {
    return uselocale((locale_t)0) == LC_GLOBAL_LOCALE;
}

/* The name by which Rust calls strerror_r. */
int __xpg_strerror_r(int number, char *buffer, size_t size);
int __xpg_strerror_r(int number, char *buffer, size_t size) {
    snprintf(buffer, size, is_translated() ? TRANSLATED : "English text %d", number);
    return 0;
}

const char *gai_strerror(int number) {
    static char text[64];
    snprintf(text, sizeof text, is_translated() ? TRANSLATED : "English text %d", number);
    return text;
}

/* The message is ASCII, has these words, and ends with the advice. */
static void expect_english(char *message, const char *words) {
    CHECK(message != NULL);
    for (const char *at = message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e || strstr(message, words) == NULL) {
            fprintf(stderr, "not \"%s\" in ASCII: %s\n", words, message);
            _exit(1);
        }
    }
    CHECK(anchor_free(message) == ANCHOR_OK);
}

static void expect_failing_call(const char *url, const char *words) {
    char *message;
    CHECK(setenv("LANGUAGE_URL", url, 1) == 0);
    anchor_client *client = new_client("LANGUAGE_URL", 20000);
    CHECK(anchor_pause_recording(client, "abc", NULL, &message) == ANCHOR_CONNECT_FAILED);
    expect_english(message, words);
    CHECK(anchor_free(client) == ANCHOR_OK);
}

static void expect_refused_ca_file(const char *path, const char *words) {
    anchor_options *options;
    anchor_client *client;
    char *message;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    CHECK(anchor_options_set_ca_file(options, path) == ANCHOR_OK);
    CHECK(anchor_client_new("test-key", options, &client, &message) == ANCHOR_INVALID_ARGUMENT);
    expect_english(message, words);
    CHECK(anchor_free(options) == ANCHOR_OK);
}

static void expect_failing_download(const char *file, const char *words) {
    char *message;
    anchor_client *client = new_client("SANDBOX_URL", 20000);
    CHECK(anchor_download_recording(client, "abc", file, NULL, &message) != ANCHOR_OK);
    expect_english(message, words);
    CHECK(anchor_free(client) == ANCHOR_OK);
}

int main(void) {
    alarm(120);
    setlocale(LC_ALL, "");
    expect_failing_call("http://127.0.0.1:1", "Connection refused");
    expect_failing_call("http://255.255.255.255:1", "etwork is unreachable");
    expect_failing_call("http://name.invalid", "failed to lookup address information: English text");
    expect_refused_ca_file("/missing/ca.pem", "No such file or directory");
    expect_refused_ca_file("/proc/self/mem/ca.pem", "Not a directory");
    expect_failing_download("/missing/video.mp4", "No such file or directory");
    expect_failing_download("/proc/video.mp4", "No such file or directory");
    printf("7 errors of the system, all in English\n");
    return 0;
}
