/* A host that uses every function of the library, run under valgrind.
 *
 * The library promises to read and write only its own memory and to lose none. The program makes
 * calls that succeed and calls that fail, over plain HTTP, with a name look-up and over TLS, on the
 * main thread and on three other threads. run_valgrind.py judges it.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>

static char folder[] = "/tmp/anchor-host-XXXXXX";

static int32_t count_progress(void *count, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    *(int *)count += 1;
    return 0;
}

static int32_t cancel_from_progress(void *unused, uint64_t done, uint64_t total) {
    (void)unused, (void)done, (void)total;
    return 1;
}

static void count_log_line(void *count, int32_t level, const char *line) {
    (void)level;
    __atomic_add_fetch((int *)count, line[0] != 0, __ATOMIC_RELAXED);
}

/* A client that uses every option. Its log lines are counted in `log_lines`. */
static anchor_client *new_client_with_all_options(const char *url_variable, int *log_lines) {
    anchor_options *options;
    anchor_client *client;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv(url_variable));
    anchor_options_set_ca_file(options, getenv("SANDBOX_CA"));
    anchor_options_set_max_retries(options, 1);
    anchor_options_set_header(options, "x-name", "value");
    anchor_options_set_wrapper(options, "host");
    anchor_options_set_proxy(options, "");
    anchor_options_set_log_callback(options, count_log_line, log_lines);
    CHECK(anchor_client_new(NULL, options, &client, NULL) == ANCHOR_OK);
    anchor_options_set_proxy(options, "no proxy");
    anchor_client *refused;
    char *error;
    CHECK(anchor_client_new(NULL, options, &refused, &error) == ANCHOR_INVALID_ARGUMENT && refused == NULL);
    CHECK(anchor_free(error) == ANCHOR_OK && anchor_free(options) == ANCHOR_OK);
    return client;
}

/* Reads all results of a call, which may have succeeded or failed. */
static void read_results(anchor_call *call) {
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

static void receive_every_answer(anchor_client *client, anchor_call *call) {
    const char *sessions[] = {
        "abc",       "404",        "500-once", "302",      "html", "empty", "garbage",
        "truncated", "reset-once", "close",    "429-long", "long", "..",    "no such session"};
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        char *error;
        int32_t status = anchor_pause_recording(client, sessions[i], call, &error);
        CHECK((status == ANCHOR_OK) == (error == NULL) && anchor_free(error) == ANCHOR_OK);
        read_results(call);
    }
}

static void use_every_endpoint(anchor_client *client, anchor_call *call) {
    char file[sizeof folder + 32];
    snprintf(file, sizeof file, "%s/%p.mp4", folder, (void *)call);
    CHECK(anchor_connect(client, call, NULL) == ANCHOR_OK);
    read_results(call);
    CHECK(anchor_resume_recording(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_begin(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_end(client, "abc", call, NULL) == ANCHOR_OK);
    CHECK(anchor_pause_end(client, "abc", call, NULL) == ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_list_recordings(client, "abc", call, NULL) == ANCHOR_OK);
    read_results(call);
    CHECK(anchor_delete_recording(client, "abc", "none", call, NULL) == ANCHOR_NOT_FOUND);
    CHECK(anchor_request(client, "POST", "/v1/sessions", "{}", call, NULL) == ANCHOR_OK);
    read_results(call);
    CHECK(anchor_download_recording(client, "abc", file, call, NULL) == ANCHOR_OK && unlink(file) == 0);
    CHECK(anchor_download_recording(client, "cut", file, call, NULL) == ANCHOR_CONNECTION_LOST);
    CHECK(anchor_download_recording(client, "404", file, call, NULL) == ANCHOR_NOT_FOUND);
}

static void time_out_and_cancel(anchor_client *client, anchor_call *call) {
    anchor_call_set_timeout_ms(call, 300);
    CHECK(anchor_pause_recording(client, "stall", call, NULL) == ANCHOR_TIMEOUT);
    anchor_call_set_timeout_ms(call, 60000);
    anchor_call_set_progress(call, cancel_from_progress, NULL);
    CHECK(anchor_pause_recording(client, "stall", call, NULL) == ANCHOR_CANCELLED);
    CHECK(anchor_call_cancel(call) == ANCHOR_OK);
    CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_CANCELLED);
}

static void *use_everything(void *url_variable) {
    int log_lines = 0, progress_calls = 0;
    anchor_call *call;
    anchor_client *client = new_client_with_all_options(url_variable, &log_lines);
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    CHECK(anchor_call_set_progress(call, count_progress, &progress_calls) == ANCHOR_OK);
    receive_every_answer(client, call);
    use_every_endpoint(client, call);
    time_out_and_cancel(client, call);
    CHECK(anchor_free(call) == ANCHOR_OK && anchor_free(call) == ANCHOR_INVALID_HANDLE);
    CHECK(anchor_free(client) == ANCHOR_OK && anchor_free(client) == ANCHOR_INVALID_HANDLE);
    CHECK(log_lines > 0 && progress_calls > 0);
    CHECK(anchor_version() != NULL && anchor_status_name(ANCHOR_TIMEOUT) != NULL);
    return NULL;
}

/* Removes the folder with the partial files of downloads that failed. */
static void remove_folder(void) {
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
    use_everything(urls[0]);
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_create(&threads[i], NULL, use_everything, urls[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    remove_folder();
    puts("every function used by 4 threads");
    return 0;
}
