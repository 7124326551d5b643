/* Prints everything that the library reports to a program in C, and then crashes:
 *
 *     talk CA_FILE PROXY FILE SESSION...
 *
 * For each session it pauses, lists, downloads to FILE and sends a request with a body. It prints
 * every status, message, request id, result and log line, and ends by abort. check.py searches the
 * output for secrets.
 */
#include "hosts/host.h"

static void print_log_line(void *user, int32_t level, const char *line) {
    (void)user;
    printf("log: %d %s\n", (int)level, line);
}

static void print_and_free(const char *name, char *text) {
    printf("%s: %s\n", name, text != NULL ? text : "(none)");
    anchor_free(text);
}

/* Prints all that is known about a completed call. */
static void report(const char *name, int32_t status, char *error, anchor_call *call) {
    char *request_id = NULL, *result = NULL;
    printf("%s: %d %s\n", name, (int)status, anchor_status_name(status));
    print_and_free("message", error);
    anchor_call_request_id(call, &request_id);
    print_and_free("request id", request_id);
    anchor_call_result(call, &result);
    print_and_free("result", result);
}

static void talk(anchor_client *client, const char *session, const char *file) {
    char *error = NULL, path[256];
    int32_t status;
    anchor_call *call = NULL;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    status = anchor_pause_recording(client, session, call, &error);
    report("pause", status, error, call);
    status = anchor_list_recordings(client, session, call, &error);
    report("list", status, error, call);
    status = anchor_download_recording(client, session, file, call, &error);
    report("download", status, error, call);
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings/resume", session);
    status = anchor_request(client, "POST", path, getenv("TALK_BODY"), call, &error);
    report("request", status, error, call);
    anchor_free(call);
}

int main(int argc, char **argv) {
    anchor_options *options = NULL;
    anchor_client *client = NULL;
    char *error = NULL;
    alarm(120);
    setvbuf(stdout, NULL, _IONBF, 0);
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_ca_file(options, argv[1][0] != '\0' ? argv[1] : NULL);
    anchor_options_set_proxy(options, argv[2][0] != '\0' ? argv[2] : NULL);
    anchor_options_set_timeout_ms(options, 300);
    anchor_options_set_max_retries(options, 1);
    anchor_options_set_log_callback(options, print_log_line, NULL);
    if (anchor_client_new(NULL, options, &client, &error) != ANCHOR_OK) {
        print_and_free("client", error);
    }
    for (int i = 4; i < argc; i++) {
        talk(client, argv[i], argv[3]);
    }
    anchor_free(client);
    abort();
}
