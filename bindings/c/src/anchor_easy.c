#include "anchor_easy.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** Room for the name of a session: an id of 256 bytes, with all of them escaped. */
#define SESSION_BYTES 530

/** Whether this byte is not the first byte of a UTF-8 character. */
static int is_continuation(char byte) {
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

/** Copies as many complete characters as fit, and ends the copy with NUL. */
static void copy_text(char *buffer, size_t capacity, const char *text) {
    size_t length = strlen(text);
    if (length >= capacity) {
        length = capacity - 1;
        while (length > 0 && is_continuation(text[length])) {
            length--;
        }
    }
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

/** The number of bytes of the UTF-8 character at the start of `text`. */
static size_t character_bytes(const char *text) {
    size_t bytes = 1;
    while (is_continuation(text[bytes])) {
        bytes++;
    }
    return bytes;
}

/** Whether a terminal may break the line at this character (U+2028, U+2029) or change the direction
 * of writing (U+202A to U+202E, U+2066 to U+2069). */
static int is_layout_control(const char *character) {
    const unsigned char *byte = (const unsigned char *)character;
    return byte[0] == 0xE2U && ((byte[1] == 0x80U && byte[2] >= 0xA8U && byte[2] <= 0xAEU) ||
                                (byte[1] == 0x81U && byte[2] >= 0xA6U && byte[2] <= 0xA9U));
}

/** Writes an id in quotes, as the library does. A longer one is truncated after a complete
 * character. */
static void quote_id(char *buffer, size_t capacity, const char *id) {
    size_t used = 0;
    buffer[used++] = '"';
    for (size_t bytes = 0; *id != '\0'; id += bytes) {
        bytes = character_bytes(id);
        const size_t escape = *id == '"' ? 1 : 0;
        if (used + escape + bytes + sizeof "\"" > capacity) {
            break;
        }
        if (is_layout_control(id)) {
            buffer[used++] = ' ';
            continue;
        }
        if (escape) {
            buffer[used++] = '\\';
        }
        memcpy(buffer + used, id, bytes);
        used += bytes;
    }
    memcpy(buffer + used, "\"", sizeof "\"");
}

/** Stores the status, and the message or else the name of the status. Frees the message. */
static void set_outcome(anchor_easy_result *result, int32_t status, char *message) {
    result->status = status;
    if (status != ANCHOR_OK) {
        copy_text(result->message, sizeof result->message, message ? message : anchor_status_name(status));
    }
    anchor_free(message);
}

/** Negative numbers mean no retries. */
static uint32_t retries_of(int32_t max_retries) {
    return max_retries < 0 ? 0 : (uint32_t)max_retries;
}

static int32_t set_headers(anchor_options *options, const anchor_easy_header *header) {
    int32_t status = ANCHOR_OK;
    for (; status == ANCHOR_OK && header != NULL && header->name != NULL; header++) {
        status = anchor_options_set_header(options, header->name, header->value);
    }
    return status;
}

static int32_t make_options(const anchor_easy_config *config, anchor_options **options) {
    int32_t status = anchor_options_new(options);
    if (status == ANCHOR_OK) {
        status = anchor_options_set_base_url(*options, config->base_url);
    }
    if (status == ANCHOR_OK && config->timeout_ms != 0) {
        status = anchor_options_set_timeout_ms(*options, config->timeout_ms);
    }
    if (status == ANCHOR_OK && config->max_retries != 0) {
        status = anchor_options_set_max_retries(*options, retries_of(config->max_retries));
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_ca_file(*options, config->ca_file);
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_client_certificate(*options, config->client_certificate);
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_proxy(*options, config->proxy);
    }
    if (status == ANCHOR_OK) {
        status = set_headers(*options, config->headers);
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_log_callback(*options, config->log, config->log_user);
    }
    return status;
}

anchor_easy_result anchor_easy_open(anchor_client **client, const anchor_easy_config *config) {
    static const anchor_easy_config defaults = {0};
    anchor_easy_result result = {0};
    anchor_options *options = NULL;
    char *message = NULL;
    if (client != NULL) {
        *client = NULL;
    }
    if (config == NULL) {
        config = &defaults;
    }
    int32_t status = make_options(config, &options);
    if (status == ANCHOR_OK) {
        status = anchor_client_new(config->api_key, options, client, &message);
    }
    anchor_free(options);
    set_outcome(&result, status, message);
    return result;
}

/** Copies the details of the outcome. Unknown ones stay 0 or "". */
static void read_call(anchor_easy_result *result, const anchor_call *call) {
    char *request_id = NULL;
    anchor_call_http_status(call, &result->http_status);
    anchor_call_attempts(call, &result->attempts);
    anchor_call_retry_after_ms(call, &result->retry_after_ms);
    anchor_call_request_id(call, &request_id);
    if (request_id != NULL) {
        copy_text(result->request_id, sizeof result->request_id, request_id);
    }
    anchor_free(request_id);
}

/** The result for an argument that anchor.h has no function to check. */
static anchor_easy_result refuse(const char *message) {
    anchor_easy_result result = {0};
    result.status = ANCHOR_INVALID_ARGUMENT;
    copy_text(result.message, sizeof result.message, message);
    return result;
}

/** A call object, and the outcome of the call so far. */
typedef struct started_call {
    anchor_call *call;
    int32_t status;
    char *message;
} started_call;

/** Makes a call object with these settings, or with the client's if they are NULL. */
static started_call start(const anchor_easy_call *settings) {
    static const anchor_easy_call client_settings = {0};
    started_call started = {0};
    if (settings == NULL) {
        settings = &client_settings;
    }
    started.status = anchor_call_new(&started.call);
    if (started.status == ANCHOR_OK && settings->timeout_ms != 0) {
        started.status = anchor_call_set_timeout_ms(started.call, settings->timeout_ms);
    }
    if (started.status == ANCHOR_OK && settings->max_retries != 0) {
        started.status = anchor_call_set_max_retries(started.call, retries_of(settings->max_retries));
    }
    if (started.status == ANCHOR_OK) {
        started.status = anchor_call_set_progress(started.call, settings->progress, settings->user);
    }
    return started;
}

/** Returns the outcome of the call, and frees its object and message. */
static anchor_easy_result finish(started_call *started) {
    anchor_easy_result result = {0};
    read_call(&result, started->call);
    anchor_free(started->call);
    set_outcome(&result, started->status, started->message);
    return result;
}

/** Does the same, and passes the answer on to the caller. */
static anchor_easy_result finish_with_answer(started_call *started, char **json) {
    if (started->status == ANCHOR_OK) {
        started->status = anchor_call_result(started->call, json);
    }
    return finish(started);
}

/** A function of anchor.h whose only argument is a session. */
typedef int32_t session_function(anchor_client *client, const char *session_id, anchor_call *call,
                                 char **error);

static anchor_easy_result call_for_session(session_function *function, anchor_client *client,
                                           const char *session_id, const anchor_easy_call *settings) {
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status = function(client, session_id, started.call, &started.message);
    }
    return finish(&started);
}

/** Explains the failure before its cause, so that it does not look like a failed pause. The session is
 * named only if the cause names it: the library hides the API key, which an id may contain. After a
 * 404 the session has ended, so that nobody is advised to resume. */
static void explain_not_resumed(anchor_easy_result *result, const char *session_id) {
    char session[SESSION_BYTES] = " of session ";
    char text[sizeof result->message + sizeof session + 128];
    quote_id(session + strlen(session), sizeof session - strlen(session), session_id);
    if (strstr(result->message, session + strlen(" of ")) == NULL) {
        session[0] = '\0';
    }
    const char *state = result->status == ANCHOR_NOT_FOUND ? "was not resumed"
                                                           : "may still be paused; call anchor_easy_resume";
    snprintf(text, sizeof text, "the function ran, and the recording%s %s: %s", session, state,
             result->message);
    copy_text(result->message, sizeof result->message, text);
}

/** Ends the block. If no call object can be started, the recording is resumed without one. */
static anchor_easy_result end_hold(anchor_client *client, const char *session_id) {
    started_call started = start(NULL);
    started.status = anchor_pause_end(client, session_id, started.call, &started.message);
    anchor_easy_result result = finish(&started);
    if (result.status != ANCHOR_OK) {
        explain_not_resumed(&result, session_id);
    }
    return result;
}

anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id) {
    return anchor_easy_pause_with(client, session_id, NULL);
}

anchor_easy_result anchor_easy_pause_with(anchor_client *client, const char *session_id,
                                          const anchor_easy_call *settings) {
    return call_for_session(anchor_pause_recording, client, session_id, settings);
}

anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id) {
    return anchor_easy_resume_with(client, session_id, NULL);
}

anchor_easy_result anchor_easy_resume_with(anchor_client *client, const char *session_id,
                                           const anchor_easy_call *settings) {
    return call_for_session(anchor_resume_recording, client, session_id, settings);
}

anchor_easy_result anchor_easy_list(anchor_client *client, const char *session_id, char **json) {
    return anchor_easy_list_with(client, session_id, json, NULL);
}

anchor_easy_result anchor_easy_list_with(anchor_client *client, const char *session_id, char **json,
                                         const anchor_easy_call *settings) {
    if (json == NULL) {
        return refuse("json is NULL: pass the address of a char pointer");
    }
    *json = NULL;
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status = anchor_list_recordings(client, session_id, started.call, &started.message);
    }
    return finish_with_answer(&started, json);
}

anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id) {
    return anchor_easy_delete_with(client, session_id, recording_id, NULL);
}

anchor_easy_result anchor_easy_delete_with(anchor_client *client, const char *session_id,
                                           const char *recording_id, const anchor_easy_call *settings) {
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status =
            anchor_delete_recording(client, session_id, recording_id, started.call, &started.message);
    }
    return finish(&started);
}

anchor_easy_result anchor_easy_download(anchor_client *client, const char *session_id, const char *file) {
    return anchor_easy_download_with(client, session_id, file, NULL);
}

anchor_easy_result anchor_easy_download_with(anchor_client *client, const char *session_id, const char *file,
                                             const anchor_easy_call *settings) {
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status = anchor_download_recording(client, session_id, file, started.call, &started.message);
    }
    return finish(&started);
}

anchor_easy_result anchor_easy_request(anchor_client *client, const char *method, const char *path,
                                       const char *body, char **json) {
    return anchor_easy_request_with(client, method, path, body, json, NULL);
}

anchor_easy_result anchor_easy_request_with(anchor_client *client, const char *method, const char *path,
                                            const char *body, char **json, const anchor_easy_call *settings) {
    if (json != NULL) {
        *json = NULL;
    }
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status = anchor_request(client, method, path, body, started.call, &started.message);
    }
    return json == NULL ? finish(&started) : finish_with_answer(&started, json);
}

anchor_easy_result anchor_easy_connect(anchor_client *client) {
    return anchor_easy_connect_with(client, NULL);
}

anchor_easy_result anchor_easy_connect_with(anchor_client *client, const anchor_easy_call *settings) {
    started_call started = start(settings);
    if (started.status == ANCHOR_OK) {
        started.status = anchor_connect(client, started.call, &started.message);
    }
    return finish(&started);
}

anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id,
                                     int (*function)(void *user), void *user) {
    return anchor_while_paused_with(client, session_id, function, user, NULL);
}

anchor_easy_held anchor_while_paused_with(anchor_client *client, const char *session_id,
                                          int (*function)(void *user), void *user,
                                          const anchor_easy_call *pausing) {
    anchor_easy_held held = {0};
    if (function == NULL) {
        held.paused = refuse("function is NULL: pass the one to run while the recording is paused");
        return held;
    }
    held.paused = call_for_session(anchor_pause_begin, client, session_id, pausing);
    if (held.paused.status == ANCHOR_OK) {
        held.body = function(user);
        held.resumed = end_hold(client, session_id);
    }
    return held;
}

void anchor_easy_close(anchor_client **client) {
    if (client != NULL) {
        anchor_free(*client);
        *client = NULL;
    }
}
