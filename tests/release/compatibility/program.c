/* Calls every function of anchor.h once, against the sandbox. From each released version this program is compiled with
 * that version's header, and must run with the present library. */

#include "anchor.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks;
static int told_progress;
static int told_log;

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

static void check(int holds, const char *condition, int line) {
    checks++;
    if (!holds) {
        fprintf(stderr, "program.c:%d: %s\n", line, condition);
        exit(1);
    }
}

static const char *needed(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: run this under tools/with_sandbox.py\n", name);
        exit(2);
    }
    return value;
}

static int32_t progress(void *user, uint64_t done, uint64_t total) {
    told_progress = *(const int *)user == 7 && (total == 0 || done <= total);
    return 0;
}

static void heard(void *user, int32_t level, const char *line) {
    told_log = *(const int *)user == 7 && (level == ANCHOR_LOG_INFO || level == ANCHOR_LOG_WARNING) &&
               line[0] != '\0';
}

static anchor_client *made_client(int *user) {
    anchor_options *options = NULL;
    anchor_client *client = NULL;
    char *error = NULL;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    CHECK(anchor_options_set_base_url(options, needed("SANDBOX_URL")) == ANCHOR_OK);
    CHECK(anchor_options_set_timeout_ms(options, 60000) == ANCHOR_OK);
    CHECK(anchor_options_set_max_retries(options, 1) == ANCHOR_OK);
    CHECK(anchor_options_set_ca_file(options, needed("SANDBOX_CA")) == ANCHOR_OK);
    CHECK(anchor_options_set_client_certificate(options, NULL) == ANCHOR_OK);
    CHECK(anchor_options_set_proxy(options, "") == ANCHOR_OK);
    CHECK(anchor_options_set_header(options, "x-program", ANCHOR_VERSION) == ANCHOR_OK);
    CHECK(anchor_options_set_wrapper(options, "compatibility") == ANCHOR_OK);
    CHECK(anchor_options_set_log_callback(options, heard, user) == ANCHOR_OK);
    CHECK(anchor_client_new(needed("ANCHORBROWSER_API_KEY"), options, &client, &error) == ANCHOR_OK);
    CHECK(client != NULL && error == NULL);
    CHECK(anchor_free(options) == ANCHOR_OK);
    return client;
}

static void texts(void) {
    CHECK(strcmp(anchor_status_name(ANCHOR_TIMEOUT), "ANCHOR_TIMEOUT") == 0);
    CHECK(strcmp(anchor_status_name(ANCHOR_NOT_FOUND), "ANCHOR_NOT_FOUND") == 0);
    CHECK(strlen(anchor_version()) >= strlen("0.0.0"));
}

static void pauses(anchor_client *client) {
    char *error = NULL;
    CHECK(anchor_pause_recording(client, "abc", NULL, &error) == ANCHOR_OK && error == NULL);
    CHECK(anchor_resume_recording(client, "abc", NULL, &error) == ANCHOR_OK && error == NULL);
    CHECK(anchor_pause_begin(client, "abc", NULL, &error) == ANCHOR_OK && error == NULL);
    CHECK(anchor_pause_end(client, "abc", NULL, &error) == ANCHOR_OK && error == NULL);
}

/* A call that the API refuses: its status, its message, and what the call object reports. */
static void refusal(anchor_client *client, anchor_call *call) {
    char *error = NULL;
    char *text = NULL;
    int32_t http_status = 0;
    uint32_t attempts = 0;
    uint64_t retry_after_ms = 1;
    CHECK(anchor_call_set_max_retries(call, 0) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "no such session", call, &error) == ANCHOR_NOT_FOUND);
    CHECK(error != NULL && strchr(error, '\n') == NULL);
    CHECK(anchor_free(error) == ANCHOR_OK);
    CHECK(anchor_call_http_status(call, &http_status) == ANCHOR_OK && http_status == 404);
    CHECK(anchor_call_attempts(call, &attempts) == ANCHOR_OK && attempts == 1);
    CHECK(anchor_call_retry_after_ms(call, &retry_after_ms) == ANCHOR_OK && retry_after_ms == 0);
    CHECK(anchor_call_request_id(call, &text) == ANCHOR_OK);
    CHECK(anchor_free(text) == ANCHOR_OK);
}

static void answers(anchor_client *client, anchor_call *call) {
    char *text = NULL;
    CHECK(anchor_call_set_timeout_ms(call, 60000) == ANCHOR_OK);
    CHECK(anchor_list_recordings(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_call_result(call, &text) == ANCHOR_OK && text != NULL && text[0] == '{');
    CHECK(anchor_free(text) == ANCHOR_OK);
    CHECK(anchor_connect(client, call, NULL) == ANCHOR_OK);
    CHECK(anchor_request(client, "POST", "/v1/sessions", "{}", call, NULL) == ANCHOR_OK);
    CHECK(anchor_call_result(call, &text) == ANCHOR_OK && text != NULL);
    CHECK(anchor_free(text) == ANCHOR_OK);
}

static void download(anchor_client *client, anchor_call *call, const char *file, int *user) {
    uint64_t done = 0;
    uint64_t total = 0;
    CHECK(anchor_call_set_progress(call, progress, user) == ANCHOR_OK);
    CHECK(anchor_download_recording(client, "abc", file, call, NULL) == ANCHOR_OK);
    CHECK(remove(file) == 0);
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK && done == total && done > 0);
    CHECK(told_progress);
    CHECK(anchor_call_set_progress(call, NULL, NULL) == ANCHOR_OK);
}

static void queue(anchor_client *client, anchor_call *call) {
    anchor_queue *made = NULL;
    int32_t descriptor = -1;
    int32_t status = -1;
    uint64_t tag = 0;
    struct pollfd readable = {0};
    CHECK(anchor_queue_new(0, &made) == ANCHOR_OK);
    CHECK(anchor_queue_fd(made, &descriptor) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, made, 7) == ANCHOR_OK);
    CHECK(anchor_delete_recording(client, "abc", "primary", call, NULL) == ANCHOR_OK);
    readable.fd = descriptor;
    readable.events = POLLIN;
    CHECK(poll(&readable, 1, 60000) == 1);
    CHECK(anchor_queue_next(made, 0, &tag, &status, NULL) == ANCHOR_OK);
    CHECK(tag == 7 && status == ANCHOR_OK);
    CHECK(anchor_free(made) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(call, NULL, 0) == ANCHOR_OK);
}

int main(int count, char **arguments) {
    int user = 7;
    anchor_client *client = made_client(&user);
    anchor_call *call = NULL;
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 2;
    }
    texts();
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    pauses(client);
    CHECK(told_log);
    refusal(client, call);
    answers(client, call);
    download(client, call, arguments[1], &user);
    queue(client, call);
    CHECK(anchor_call_cancel(call) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_CANCELLED);
    CHECK(anchor_free(call) == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_INVALID_HANDLE);
    printf("a program of version %s runs with %s: %d checks\n", ANCHOR_VERSION, anchor_version(), checks);
    return 0;
}
