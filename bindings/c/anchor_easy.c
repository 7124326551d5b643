#include "anchor_easy.h"

#include <stddef.h>
#include <string.h>

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

/** Notes how something ended, and frees its message. Without one, the status's name stands in. */
static void conclude(anchor_easy_result *result, int32_t status, char *message) {
    result->status = status;
    if (status != ANCHOR_OK) {
        copy_text(result->message, sizeof result->message, message ? message : anchor_status_name(status));
    }
    anchor_free(message);
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
        const uint32_t retries = config->max_retries < 0 ? 0 : (uint32_t)config->max_retries;
        status = anchor_options_set_max_retries(*options, retries);
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_ca_file(*options, config->ca_file);
    }
    if (status == ANCHOR_OK) {
        status = anchor_options_set_proxy(*options, config->proxy);
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

/** Makes the object for a call with its own timeout, or with the client's if that is NULL. */
static attempt start(const uint64_t *timeout_ms) {
    attempt made = {0};
    made.status = anchor_call_new(&made.call);
    if (made.status == ANCHOR_OK && timeout_ms != NULL) {
        made.status = anchor_call_set_timeout_ms(made.call, *timeout_ms);
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

/** A function of anchor.h that asks for something about a session. */
typedef int32_t session_function(anchor_client *client, const char *session_id, anchor_call *call,
                                 char **error);

static anchor_easy_result ask(session_function *function, anchor_client *client, const char *session_id,
                              const uint64_t *timeout_ms) {
    attempt made = start(timeout_ms);
    if (made.status == ANCHOR_OK) {
        made.status = function(client, session_id, made.call, &made.message);
    }
    return finish(&made);
}

static anchor_easy_result ask_for_list(anchor_client *client, const char *session_id, char **json,
                                       const uint64_t *timeout_ms) {
    if (json == NULL) {
        return refuse("json is NULL: pass the address of a char pointer");
    }
    *json = NULL;
    attempt made = start(timeout_ms);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_list_recordings(client, session_id, made.call, &made.message);
    }
    if (made.status == ANCHOR_OK) {
        made.status = anchor_call_result(made.call, json);
    }
    return finish(&made);
}

static anchor_easy_result ask_to_delete(anchor_client *client, const char *session_id,
                                        const char *recording_id, const uint64_t *timeout_ms) {
    attempt made = start(timeout_ms);
    if (made.status == ANCHOR_OK) {
        made.status = anchor_delete_recording(client, session_id, recording_id, made.call, &made.message);
    }
    return finish(&made);
}

/** Ends a hold whatever happens: if there is no object for the call, then without one. */
static anchor_easy_result end_hold(anchor_client *client, const char *session_id) {
    attempt made = start(NULL);
    made.status = anchor_pause_end(client, session_id, made.call, &made.message);
    return finish(&made);
}

anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id) {
    return ask(anchor_pause_recording, client, session_id, NULL);
}

anchor_easy_result anchor_easy_pause_within(anchor_client *client, const char *session_id,
                                            uint64_t timeout_ms) {
    return ask(anchor_pause_recording, client, session_id, &timeout_ms);
}

anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id) {
    return ask(anchor_resume_recording, client, session_id, NULL);
}

anchor_easy_result anchor_easy_resume_within(anchor_client *client, const char *session_id,
                                             uint64_t timeout_ms) {
    return ask(anchor_resume_recording, client, session_id, &timeout_ms);
}

anchor_easy_result anchor_easy_list(anchor_client *client, const char *session_id, char **json) {
    return ask_for_list(client, session_id, json, NULL);
}

anchor_easy_result anchor_easy_list_within(anchor_client *client, const char *session_id, char **json,
                                           uint64_t timeout_ms) {
    return ask_for_list(client, session_id, json, &timeout_ms);
}

anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id) {
    return ask_to_delete(client, session_id, recording_id, NULL);
}

anchor_easy_result anchor_easy_delete_within(anchor_client *client, const char *session_id,
                                             const char *recording_id, uint64_t timeout_ms) {
    return ask_to_delete(client, session_id, recording_id, &timeout_ms);
}

anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id, int (*body)(void *user),
                                     void *user) {
    anchor_easy_held held = {0};
    if (body == NULL) {
        held.paused = refuse("body is NULL: pass the function to run while the recording is paused");
        return held;
    }
    held.paused = ask(anchor_pause_begin, client, session_id, NULL);
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
