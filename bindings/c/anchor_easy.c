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
    anchor_call_request_id(call, &request_id);
    if (request_id != NULL) {
        copy_text(result->request_id, sizeof result->request_id, request_id);
    }
    anchor_free(request_id);
}

/** Pauses with the call's own timeout, or with the client's if that is NULL. */
static anchor_easy_result pause_recording(anchor_client *client, const char *session_id,
                                          const uint64_t *timeout_ms) {
    anchor_easy_result result = {0};
    anchor_call *call = NULL;
    char *message = NULL;
    int32_t status = anchor_call_new(&call);
    if (status == ANCHOR_OK && timeout_ms != NULL) {
        status = anchor_call_set_timeout_ms(call, *timeout_ms);
    }
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, session_id, call, &message);
        read_call(&result, call);
    }
    anchor_free(call);
    conclude(&result, status, message);
    return result;
}

anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id) {
    return pause_recording(client, session_id, NULL);
}

anchor_easy_result anchor_easy_pause_within(anchor_client *client, const char *session_id,
                                            uint64_t timeout_ms) {
    return pause_recording(client, session_id, &timeout_ms);
}

void anchor_easy_close(anchor_client **client) {
    if (client != NULL) {
        anchor_free(*client);
        *client = NULL;
    }
}
