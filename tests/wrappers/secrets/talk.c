/* Prints everything that the library returns to a C program, and crashes: talk TRUST PROXY FILE SESSION... */
#include "hosts/host.h"

static void log_line(void *user, int32_t level, const char *line) {
    (void)user;
    printf("log: %d %s\n", (int)level, line);
}

static void say(const char *what, char *text) {
    printf("%s: %s\n", what, text != NULL ? text : "(none)");
    anchor_free(text);
}

/* Prints everything about a call. */
static void tell(const char *what, int32_t status, char *error, anchor_call *call) {
    char *request_id = NULL, *result = NULL;
    printf("%s: %d %s\n", what, (int)status, anchor_status_name(status));
    say("message", error);
    anchor_call_request_id(call, &request_id);
    say("request id", request_id);
    anchor_call_result(call, &result);
    say("result", result);
}

static void talk(anchor_client *client, const char *session, const char *file) {
    char *error = NULL, path[256];
    int32_t status;
    anchor_call *call = NULL;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    status = anchor_pause_recording(client, session, call, &error);
    tell("pause", status, error, call);
    status = anchor_list_recordings(client, session, call, &error);
    tell("list", status, error, call);
    status = anchor_download_recording(client, session, file, call, &error);
    tell("download", status, error, call);
    snprintf(path, sizeof path, "/v1/sessions/%s/recordings/resume", session);
    status = anchor_request(client, "POST", path, getenv("TALK_BODY"), call, &error);
    tell("request", status, error, call);
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
    anchor_options_set_log_callback(options, log_line, NULL);
    if (anchor_client_new(NULL, options, &client, &error) != ANCHOR_OK) {
        say("client", error);
    }
    for (int place = 4; place < argc; place++) {
        talk(client, argv[place], argv[3]);
    }
    anchor_free(client);
    abort();
}
