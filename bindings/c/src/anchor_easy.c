#include "anchor_easy.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** Room for an id between quotes. With the words around it, it leaves room for the cause in a
 * message. */
#define QUOTED_ID_BYTES 300

/** Whether this byte goes on with a UTF-8 character that an earlier byte began. */
static int continues_character(char byte) {
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

/** Copies as many whole characters as fit, always with a NUL at the end. */
static void copy_text(char *buffer, size_t capacity, const char *text) {
    size_t length = strlen(text);
    if (length >= capacity) {
        length = capacity - 1;
        while (length > 0 && continues_character(text[length])) {
            length--;
        }
    }
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

/** The bytes of the UTF-8 character that begins here. */
static size_t character_bytes(const char *text) {
    size_t bytes = 1;
    while (continues_character(text[bytes])) {
        bytes++;
    }
    return bytes;
}

/** Whether a terminal takes this character for more than a part of the line: it separates lines
 * or paragraphs (U+2028, U+2029) or turns the direction of writing (U+202A to U+202E, U+2066 to
 * U+2069). */
static int moves(const char *character) {
    const unsigned char *byte = (const unsigned char *)character;
    return byte[0] == 0xE2U && ((byte[1] == 0x80U && byte[2] >= 0xA8U && byte[2] <= 0xAEU) ||
                                (byte[1] == 0x81U && byte[2] >= 0xA6U && byte[2] <= 0xA9U));
}

/** Writes an id between quotes. One that does not fit is cut after a whole character. */
static void quote_id(char *buffer, size_t capacity, const char *id) {
    size_t used = 0;
    buffer[used++] = '"';
    for (size_t bytes = 0; *id != '\0'; id += bytes) {
        bytes = character_bytes(id);
        const size_t escape = *id == '"' ? 1 : 0;
        if (used + escape + bytes + sizeof "\"" > capacity) {
            break;
        }
        if (moves(id)) {
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

/** Notes how something ended, and frees its message. Without one, the status's name stands in. */
static void conclude(anchor_easy_result *result, int32_t status, char *message) {
    result->status = status;
    if (status != ANCHOR_OK) {
        copy_text(result->message, sizeof result->message, message ? message : anchor_status_name(status));
    }
    anchor_free(message);
}

/** What max_retries other than 0 stands for. */
static uint32_t count_retries(int32_t max_retries) {
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
        status = anchor_options_set_max_retries(*options, count_retries(config->max_retries));
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_ca_file(*options, config->ca_file);
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
    conclude(&result, status, message);
    return result;
}

/** Notes what the call learnt. What it cannot tell stays 0 or "". */
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

/** For what anchor.h is not asked about. */
static anchor_easy_result refuse(const char *message) {
    anchor_easy_result result = {0};
    result.status = ANCHOR_INVALID_ARGUMENT;
    copy_text(result.message, sizeof result.message, message);
    return result;
}

/** A call under way: its object, and how it stands. */
typedef struct attempt {
    anchor_call *call;
    int32_t status;
    char *message;
} attempt;

/** Makes the object for a call with settings of its own, or with the client's if those are NULL. */
static attempt start(const anchor_easy_call *settings) {
    static const anchor_easy_call as_the_client = {0};
    attempt made = {0};
    if (settings == NULL) {
        settings = &as_the_client;
    }
    made.status = anchor_call_new(&made.call);
    if (made.status == ANCHOR_OK && settings->timeout_ms != 0) {
        made.status = anchor_call_set_timeout_ms(made.call, settings->timeout_ms);
    }
    if (made.status == ANCHOR_OK && settings->max_retries != 0) {
        made.status = anchor_call_set_max_retries(made.call, count_retries(settings->max_retries));
    }
    if (made.status == ANCHOR_OK) {
        made.status = anchor_call_set_progress(made.call, settings->progress, settings->user);
    }
    return made;
}

/** What became of the call, whose object and message are freed. */
static anchor_easy_result finish(attempt *made) {
    anchor_easy_result result = {0};
    read_call(&result, made->call);
    anchor_free(made->call);
    conclude(&result, made->status, made->message);
    return result;
}

/** The same for a call whose answer is wanted. */
static anchor_easy_result finish_with_answer(attempt *made, char **json) {
    if (made->status == ANCHOR_OK) {
        made->status = anchor_call_result(made->call, json);
    }
    return finish(made);
}

/** A function of anchor.h that asks for something about a session. */
typedef int32_t session_function(anchor_client *client, const char *session_id, anchor_call *call,
                                 char **error);

static anchor_easy_result ask(session_function *function, anchor_client *client, const char *session_id,
                              const anchor_easy_call *settings) {
    attempt made = start(settings);
    if (made.status == ANCHOR_OK) {
        made.status = function(client, session_id, made.call, &made.message);
    }
    return finish(&made);
}

/** Puts in front of the cause what a failed resume means, so that nobody takes it for a failed
 * pause. */
static void explain_not_resumed(anchor_easy_result *result, const char *session_id) {
    char quoted[QUOTED_ID_BYTES];
    char text[sizeof result->message + sizeof quoted + 128];
    quote_id(quoted, sizeof quoted, session_id);
    snprintf(text, sizeof text,
             "the body ran, and the recording of session %s may still be paused; call anchor_easy_resume: %s",
             quoted, result->message);
    copy_text(result->message, sizeof result->message, text);
}

/** Ends a hold whatever happens: if there is no object for the call, then without one. */
static anchor_easy_result end_hold(anchor_client *client, const char *session_id) {
    attempt made = start(NULL);
    made.status = anchor_pause_end(client, session_id, made.call, &made.message);
    anchor_easy_result result = finish(&made);
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
    return ask(anchor_pause_recording, client, session_id, settings);
}

anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id) {
    return anchor_easy_resume_with(client, session_id, NULL);
}

anchor_easy_result anchor_easy_resume_with(anchor_client *client, const char *session_id,
                                           const anchor_easy_call *settings) {
    return ask(anchor_resume_recording, client, session_id, settings);
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
    attempt made = start(settings);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_list_recordings(client, session_id, made.call, &made.message);
    }
    return finish_with_answer(&made, json);
}

anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id) {
    return anchor_easy_delete_with(client, session_id, recording_id, NULL);
}

anchor_easy_result anchor_easy_delete_with(anchor_client *client, const char *session_id,
                                           const char *recording_id, const anchor_easy_call *settings) {
    attempt made = start(settings);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_delete_recording(client, session_id, recording_id, made.call, &made.message);
    }
    return finish(&made);
}

anchor_easy_result anchor_easy_download(anchor_client *client, const char *session_id, const char *file) {
    return anchor_easy_download_with(client, session_id, file, NULL);
}

anchor_easy_result anchor_easy_download_with(anchor_client *client, const char *session_id, const char *file,
                                             const anchor_easy_call *settings) {
    attempt made = start(settings);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_download_recording(client, session_id, file, made.call, &made.message);
    }
    return finish(&made);
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
    attempt made = start(settings);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_request(client, method, path, body, made.call, &made.message);
    }
    return json == NULL ? finish(&made) : finish_with_answer(&made, json);
}

anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id, int (*body)(void *user),
                                     void *user) {
    return anchor_while_paused_with(client, session_id, body, user, NULL);
}

anchor_easy_held anchor_while_paused_with(anchor_client *client, const char *session_id,
                                          int (*body)(void *user), void *user,
                                          const anchor_easy_call *pausing) {
    anchor_easy_held held = {0};
    if (body == NULL) {
        held.paused = refuse("body is NULL: pass the function to run while the recording is paused");
        return held;
    }
    held.paused = ask(anchor_pause_begin, client, session_id, pausing);
    if (held.paused.status == ANCHOR_OK) {
        held.body = body(user);
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
