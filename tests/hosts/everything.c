/* Uses every function, plain and over TLS, with success and without, from main and from threads: what valgrind looks at. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static char folder[] = "/tmp/anchor-host-XXXXXX";

static int32_t go_on(void *asked, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    *(int *)asked += 1;
    return 0;
}

static int32_t refuse(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    return 1;
}

static void count_line(void *lines, int32_t level, const char *line) {
    (void)level;
    __atomic_add_fetch((int *)lines, line[0] != 0, __ATOMIC_RELAXED);
}

static anchor_client *talkative_client(const char *url_variable, int *lines) {
    anchor_options *options;
    anchor_client *client;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv(url_variable));
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_max_retries(options, 1);
    anchor_options_set_header(options, "x-name", "value");
    anchor_options_set_wrapper(options, "host");
    anchor_options_set_proxy(options, "");
    anchor_options_set_log_callback(options, count_line, lines);
    CHECK(anchor_client_new(NULL, options, &client, NULL) == ANCHOR_OK);
    anchor_options_set_proxy(options, "no proxy");
    anchor_client *none;
    char *error;
    CHECK(anchor_client_new(NULL, options, &none, &error) == ANCHOR_INVALID_ARGUMENT && none == NULL);
    CHECK(anchor_free(error) == ANCHOR_OK && anchor_free(options) == ANCHOR_OK);
    return client;
}

/* What a call learnt is read, whatever became of it. */
static void read_call(anchor_call *call) {
    int32_t http_status;
    uint32_t attempts;
    uint64_t done, total, retry_after;
    char *request_id, *result;
    CHECK(anchor_call_transferred(call, &done, &total) == ANCHOR_OK);
    CHECK(anchor_call_http_status(call, &http_status) == ANCHOR_OK);
    CHECK(anchor_call_attempts(call, &attempts) == ANCHOR_OK);
    CHECK(anchor_call_retry_after_ms(call, &retry_after) == ANCHOR_OK);
    CHECK(anchor_call_request_id(call, &request_id) == ANCHOR_OK);
    CHECK(anchor_call_result(call, &result) == ANCHOR_OK);
    anchor_free(request_id);
    anchor_free(result);
}

static void answers(anchor_client *client, anchor_call *call) {
    const char *sessions[] = {
        "abc",       "404",        "500-once", "302",      "html", "empty", "garbage",
        "truncated", "reset-once", "close",    "429-long", "long", "..",    "no such session"};
    for (size_t session = 0; session < sizeof sessions / sizeof *sessions; session++) {
        char *error;
        int32_t status = anchor_pause_recording(client, sessions[session], call, &error);
        CHECK((status == ANCHOR_OK) == (error == NULL) && anchor_free(error) == ANCHOR_OK);
        read_call(call);
    }
}

static void endpoints(anchor_client *client, anchor_call *call) {
    char file[sizeof folder + 32];
    snprintf(file, sizeof file, "%s/%p.mp4", folder, (void *)call);
    CHECK(anchor_resume_recording(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_begin(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_end(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_end(client, "abc", call, NULL) == ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_list_recordings(client, "abc", call, NULL) == ANCHOR_OK);
    read_call(call);
    CHECK(anchor_delete_recording(client, "abc", "none", call, NULL) == ANCHOR_NOT_FOUND);
    CHECK(anchor_request(client, "POST", "/v1/sessions", "{}", call, NULL) == ANCHOR_OK);
    read_call(call);
    CHECK(anchor_download_recording(client, "abc", file, call, NULL) == ANCHOR_OK && unlink(file) == 0);
    CHECK(anchor_download_recording(client, "cut", file, call, NULL) == ANCHOR_CONNECTION_LOST);
    CHECK(anchor_download_recording(client, "404", file, call, NULL) == ANCHOR_NOT_FOUND);
}

static void unfinished(anchor_client *client, anchor_call *call) {
    anchor_call_set_timeout_ms(call, 300);
    CHECK(anchor_pause_recording(client, "stall", call, NULL) == ANCHOR_TIMEOUT);
    anchor_call_set_timeout_ms(call, 60000);
    anchor_call_set_progress(call, refuse, NULL);
    CHECK(anchor_pause_recording(client, "stall", call, NULL) == ANCHOR_CANCELLED);
    CHECK(anchor_call_cancel(call) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_CANCELLED);
}

static void *everything(void *url_variable) {
    int lines = 0, asked = 0;
    anchor_call *call;
    anchor_client *client = talkative_client(url_variable, &lines);
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, go_on, &asked) == ANCHOR_OK);
    answers(client, call);
    endpoints(client, call);
    unfinished(client, call);
    CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(call) == ANCHOR_INVALID_HANDLE);
    CHECK(anchor_free(client) == ANCHOR_OK && anchor_free(client) == ANCHOR_INVALID_HANDLE);
    CHECK(lines > 0 && asked > 0 && anchor_version() != NULL && anchor_status_name(ANCHOR_TIMEOUT) != NULL);
    return NULL;
}

static void remove_parts(void) {
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK(system(command) == 0);
}

int main(void) {
    char *urls[] = {"SANDBOX_URL", "NAMED_URL", "SANDBOX_TLS_URL"};
    pthread_t threads[3];
    alarm(240);
    set_named_url();
    CHECK(mkdtemp(folder) != NULL);
    everything(urls[0]);
    for (int thread = 0; thread < 3; thread++) {
        CHECK(pthread_create(&threads[thread], NULL, everything, urls[thread]) == 0);
    }
    for (int thread = 0; thread < 3; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0);
    }
    remove_parts();
    puts("every function used from 4 threads");
    return 0;
}
