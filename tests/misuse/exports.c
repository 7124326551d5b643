#include "exports.h"
#include "anchor.h"
#include "inputs.h"
#include "judge.h"
#include "pool.h"
#include "requests.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each of these functions calls the export that it is named for. */

static int32_t call_client_new(void) {
    const handle options = any_handle(OPTIONS);
    anchor_client *client = (anchor_client *)UNWRITTEN, **out = one_in(16) ? NULL : &client;
    char *error = UNWRITTEN, **message = one_in(8) ? NULL : &error;
    const int32_t status = anchor_client_new(any_key(), options.value, out, message);
    CHECK(status != ANCHOR_OK || out != NULL);
    CHECK(out == NULL || (status == ANCHOR_OK) == (client != NULL));
    CHECK(!must_be_refused(options) || status == ANCHOR_INVALID_HANDLE || out == NULL);
    if (message != NULL) {
        check_message(status, error);
    }
    if (status == ANCHOR_OK && options.validity == IS_NULL) {
        /* The default timeout of 30 s is too long for sessions that never answer. */
        free_unshared(client);
    } else if (status == ANCHOR_OK) {
        add_to_pool(CLIENT, client);
    }
    return status;
}

static int32_t call_options_new(void) {
    anchor_options *options = (anchor_options *)UNWRITTEN;
    if (one_in(16)) {
        return anchor_options_new(NULL);
    }
    const int32_t status = anchor_options_new(&options);
    CHECK((status == ANCHOR_OK) == (options != NULL));
    if (status == ANCHOR_OK) {
        anchor_options_set_timeout_ms(options, 20);
        anchor_options_set_base_url(options, getenv("SANDBOX_URL"));
        add_to_pool(OPTIONS, options);
    }
    return status;
}

static int32_t call_call_new(void) {
    anchor_call *call = (anchor_call *)UNWRITTEN;
    if (one_in(16)) {
        return anchor_call_new(NULL);
    }
    const int32_t status = anchor_call_new(&call);
    CHECK((status == ANCHOR_OK) == (call != NULL));
    if (status == ANCHOR_OK) {
        add_to_pool(CALL, call);
    }
    return status;
}

static int32_t call_queue_new(void) {
    static const uint32_t capacities[] = {0, 1, 2, 10, 1000000, 1000001, UINT32_MAX};
    anchor_queue *queue = (anchor_queue *)UNWRITTEN;
    const uint32_t capacity = capacities[below(sizeof capacities / sizeof *capacities)];
    if (one_in(16)) {
        return anchor_queue_new(capacity, NULL);
    }
    const int32_t status = anchor_queue_new(capacity, &queue);
    CHECK((status == ANCHOR_OK) == (queue != NULL));
    CHECK(status != ANCHOR_OK || capacity <= 1000000);
    if (status == ANCHOR_OK) {
        add_to_pool(QUEUE, queue);
    }
    return status;
}

static int32_t call_queue_fd(void) {
    const handle queue = any_handle(QUEUE);
    int32_t descriptor = -7;
    if (one_in(16)) {
        return anchor_queue_fd(queue.value, NULL);
    }
    const int32_t status = check_handle_status(queue, anchor_queue_fd(queue.value, &descriptor));
    CHECK((status == ANCHOR_OK) == (descriptor >= 0) && descriptor >= -1);
    return status;
}

static int32_t call_call_set_queue(void) {
    const handle call = any_handle(CALL), queue = any_handle(QUEUE);
    const int32_t status = anchor_call_set_queue(call.value, queue.value, random_number());
    CHECK(!must_be_refused(queue) || call.validity == IS_NULL || status == ANCHOR_INVALID_HANDLE);
    return check_handle_status(call, status);
}

static int32_t call_free(void) {
    static const enum kind kinds[] = {CLIENT, OPTIONS, OPTIONS, CALL, CALL, QUEUE, STRING, STRING};
    const enum kind kind = kinds[below(sizeof kinds / sizeof *kinds)];
    const handle chosen = any_handle(kind);
    if (kind == STRING || chosen.validity == IS_OF_ANOTHER_KIND || one_in(2)) {
        free_any(kind);
        return ANCHOR_OK;
    }
    return free_handle(chosen);
}

static int32_t call_version(void) {
    CHECK(strcmp(anchor_version(), ANCHOR_VERSION) == 0);
    return ANCHOR_OK;
}

static int32_t call_status_name(void) {
    const int32_t status = one_in(4) ? (int32_t)random_number() : (int32_t)below(700) - 50;
    const bool is_status =
        (status >= ANCHOR_OK && status <= ANCHOR_INTERNAL) || (status >= 300 && status <= 599);
    CHECK((strcmp(anchor_status_name(status), "UNKNOWN_STATUS") != 0) == is_status);
    return ANCHOR_OK;
}

/* Functions that take a handle and one value. */
#define SETTER(function, kind, argument)                                                                     \
    static int32_t call_##function(void) {                                                                   \
        const handle chosen = any_handle(kind);                                                              \
        return check_handle_status(chosen, anchor_##function(chosen.value, argument));                       \
    }
SETTER(call_set_timeout_ms, CALL, any_timeout_ms())
SETTER(call_set_max_retries, CALL, any_retries())
SETTER(options_set_base_url, OPTIONS, any_base_url())
SETTER(options_set_timeout_ms, OPTIONS, any_timeout_ms())
SETTER(options_set_max_retries, OPTIONS, any_retries())
SETTER(options_set_ca_file, OPTIONS, any_ca_file())
SETTER(options_set_client_certificate, OPTIONS, any_client_certificate())
SETTER(options_set_proxy, OPTIONS, any_proxy())
SETTER(options_set_wrapper, OPTIONS, any_wrapper())

static int32_t call_options_set_header(void) {
    const handle options = any_handle(OPTIONS);
    const char *name = any_header_name();
    const int32_t status = anchor_options_set_header(options.value, name, any_header_value());
    CHECK(name != NULL || status == ANCHOR_INVALID_ARGUMENT);
    return name == NULL ? status : check_handle_status(options, status);
}

static int32_t call_call_cancel(void) {
    const handle call = any_handle(CALL);
    return check_handle_status(call, anchor_call_cancel(call.value));
}

/* Functions that read one result of a call. The output is 0 or NULL unless they succeed. */
#define GETTER(function, type, and_then)                                                                     \
    static int32_t call_##function(void) {                                                                   \
        const handle call = any_handle(CALL);                                                                \
        type value = (type)0x5a5a5a5a;                                                                       \
        if (one_in(16)) {                                                                                    \
            const int32_t status = anchor_##function(call.value, NULL);                                      \
            CHECK(status == ANCHOR_INVALID_ARGUMENT);                                                        \
            return status;                                                                                   \
        }                                                                                                    \
        const int32_t status = check_handle_status(call, anchor_##function(call.value, &value));             \
        CHECK(status == ANCHOR_OK || value == 0);                                                            \
        CHECK(value != (type)0x5a5a5a5a);                                                                    \
        and_then;                                                                                            \
        return status;                                                                                       \
    }
/* So that another thread may free it. */
#define ADD_STRING_TO_POOL                                                                                   \
    if (value != NULL)                                                                                       \
    add_to_pool(STRING, value)
GETTER(call_http_status, int32_t, CHECK(value == 0 || (value >= 100 && value <= 599)))
GETTER(call_attempts, uint32_t, (void)0)
GETTER(call_retry_after_ms, uint64_t, (void)0)
GETTER(call_request_id, char *, ADD_STRING_TO_POOL)
GETTER(call_result, char *, ADD_STRING_TO_POOL)

static int32_t call_call_transferred(void) {
    const handle call = any_handle(CALL);
    uint64_t done = 7, total = 7;
    uint64_t *done_out = one_in(16) ? NULL : &done, *total_out = one_in(16) ? NULL : &total;
    const int32_t status = anchor_call_transferred(call.value, done_out, total_out);
    const bool has_outputs = done_out != NULL && total_out != NULL;
    CHECK(has_outputs || status == ANCHOR_INVALID_ARGUMENT);
    CHECK(status == ANCHOR_OK || ((done_out == NULL || done == 0) && (total_out == NULL || total == 0)));
    return has_outputs ? check_handle_status(call, status) : status;
}

/* Sets of the statuses that the header allows for a function, as bits. */
#define ONE_OF(status) (1U << (status))
#define ANY_HTTP_STATUS (1U << 31)
#define BASIC_STATUSES (ONE_OF(ANCHOR_OK) | ONE_OF(ANCHOR_INVALID_ARGUMENT) | ONE_OF(ANCHOR_INVALID_HANDLE))
#define CREATION_STATUSES                                                                                    \
    (ONE_OF(ANCHOR_OK) | ONE_OF(ANCHOR_INVALID_ARGUMENT) | ONE_OF(ANCHOR_RESOURCE_EXHAUSTED))
/* All except ANCHOR_INTERNAL: the header allows it, but no host should ever receive it. */
#define REQUEST_STATUSES ((ONE_OF(ANCHOR_INTERNAL) - 1) | ANY_HTTP_STATUS)
/* There is no answer. */
#define CONNECT_STATUSES (REQUEST_STATUSES & ~(ONE_OF(ANCHOR_BAD_RESPONSE) | ANY_HTTP_STATUS))

static const struct export {
    const char *name;
    int32_t (*call)(void);
    uint32_t allowed;
    unsigned weight;
}
exports[] = {
    {"anchor_client_new", call_client_new, BASIC_STATUSES | CREATION_STATUSES, 40},
    {"anchor_free", call_free, ONE_OF(ANCHOR_OK) | ONE_OF(ANCHOR_INVALID_HANDLE), 30},
    {"anchor_version", call_version, ONE_OF(ANCHOR_OK), 10},
    {"anchor_status_name", call_status_name, ONE_OF(ANCHOR_OK), 10},
    {"anchor_pause_recording", call_pause_recording, REQUEST_STATUSES, 8},
    {"anchor_resume_recording", call_resume_recording, REQUEST_STATUSES, 6},
    {"anchor_pause_begin", call_pause_begin, REQUEST_STATUSES, 6},
    {"anchor_pause_end", call_pause_end, REQUEST_STATUSES, 6},
    {"anchor_list_recordings", call_list_recordings, REQUEST_STATUSES, 6},
    {"anchor_delete_recording", call_delete_recording, REQUEST_STATUSES, 4},
    {"anchor_download_recording", call_download_recording, REQUEST_STATUSES, 8},
    {"anchor_request", call_request, REQUEST_STATUSES, 8},
    {"anchor_connect", call_connect, CONNECT_STATUSES, 6},
    {"anchor_call_new", call_call_new, CREATION_STATUSES, 40},
    {"anchor_call_set_timeout_ms", call_call_set_timeout_ms, BASIC_STATUSES, 20},
    {"anchor_call_set_max_retries", call_call_set_max_retries, BASIC_STATUSES, 20},
    {"anchor_call_set_progress", call_call_set_progress, BASIC_STATUSES, 20},
    {"anchor_call_cancel", call_call_cancel, BASIC_STATUSES, 3},
    {"anchor_call_transferred", call_call_transferred, BASIC_STATUSES, 20},
    {"anchor_call_http_status", call_call_http_status, BASIC_STATUSES, 20},
    {"anchor_call_attempts", call_call_attempts, BASIC_STATUSES, 20},
    {"anchor_call_retry_after_ms", call_call_retry_after_ms, BASIC_STATUSES, 20},
    {"anchor_call_request_id", call_call_request_id, BASIC_STATUSES, 20},
    {"anchor_call_result", call_call_result, BASIC_STATUSES, 20},
    {"anchor_call_set_queue", call_call_set_queue, BASIC_STATUSES, 10},
    {"anchor_queue_new", call_queue_new, CREATION_STATUSES, 20},
    {"anchor_queue_fd", call_queue_fd, BASIC_STATUSES | CREATION_STATUSES, 20},
    {"anchor_queue_next", call_queue_next, BASIC_STATUSES | ONE_OF(ANCHOR_TIMEOUT), 40},
    {"anchor_options_new", call_options_new, CREATION_STATUSES, 40},
    {"anchor_options_set_base_url", call_options_set_base_url, BASIC_STATUSES, 10},
    {"anchor_options_set_timeout_ms", call_options_set_timeout_ms, BASIC_STATUSES, 4},
    {"anchor_options_set_max_retries", call_options_set_max_retries, BASIC_STATUSES, 10},
    {"anchor_options_set_ca_file", call_options_set_ca_file, BASIC_STATUSES, 2},
    {"anchor_options_set_client_certificate", call_options_set_client_certificate, BASIC_STATUSES, 2},
    {"anchor_options_set_proxy", call_options_set_proxy, BASIC_STATUSES, 2},
    {"anchor_options_set_header", call_options_set_header, BASIC_STATUSES, 4},
    {"anchor_options_set_wrapper", call_options_set_wrapper, BASIC_STATUSES, 2},
    {"anchor_options_set_log_callback", call_options_set_log_callback, BASIC_STATUSES, 20},
};
#define EXPORTS (sizeof exports / sizeof *exports)

static atomic_ulong calls[EXPORTS], successes[EXPORTS];
static _Thread_local const char *current = "nothing";

const char *current_export(void) {
    return current;
}

/* The index of a random function, by weight. */
static unsigned any_export(void) {
    unsigned total = 0, chosen = 0;
    for (unsigned i = 0; i < EXPORTS; i++) {
        total += exports[i].weight;
    }
    for (unsigned left = below(total); left >= exports[chosen].weight; chosen++) {
        left -= exports[chosen].weight;
    }
    return chosen;
}

void run_step(void) {
    const unsigned chosen = any_export();
    const char *outer = current;
    current = exports[chosen].name;
    const int32_t status = exports[chosen].call();
    const uint32_t bit = status >= 0 && status < 31       ? ONE_OF(status)
                         : status >= 300 && status <= 599 ? ANY_HTTP_STATUS
                                                          : 0;
    CHECK((bit & exports[chosen].allowed) != 0);
    discard_strings();
    calls[chosen]++;
    successes[chosen] += status == ANCHOR_OK;
    current = outer;
}

/* Returns the text of the header with its comments blanked out. */
static char *read_declarations(const char *header) {
    FILE *file = fopen(header, "r");
    CHECK(file != NULL);
    char *text = calloc(1, 1 << 20);
    text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
    fclose(file);
    for (char *comment; (comment = strstr(text, "/*")) != NULL;) {
        const char *end = strstr(comment, "*/");
        CHECK(end != NULL);
        memset(comment, ' ', (size_t)(end + 2 - comment));
    }
    return text;
}

static void check_is_covered(const char *name, size_t length, bool must_succeed) {
    for (unsigned i = 0; i < EXPORTS; i++) {
        if (strlen(exports[i].name) == length && memcmp(exports[i].name, name, length) == 0) {
            current = exports[i].name;
            CHECK(calls[i] > 0 && (successes[i] > 0 || !must_succeed));
            return;
        }
    }
    fprintf(stderr, "never called: %.*s\n", (int)length, name);
    fail_check(__FILE__, __LINE__, "every function of the header is called");
}

unsigned check_header_is_covered(const char *header, bool must_succeed) {
    unsigned declared = 0;
    char *text = read_declarations(header);
    for (const char *next = text; (next = strstr(next, "anchor_")) != NULL;) {
        size_t length = 0;
        while (isalnum((unsigned char)next[length]) || next[length] == '_') {
            length++;
        }
        if (next[length] == '(') {
            check_is_covered(next, length, must_succeed);
            declared++;
        }
        next += length;
    }
    free(text);
    CHECK(declared == EXPORTS);
    return declared;
}

void print_counts(void) {
    for (unsigned i = 0; i < EXPORTS; i++) {
        printf("%10lu %10lu  %s\n", calls[i], successes[i], exports[i].name);
    }
}
