//go:build cgo

#include "exchange.h"

#include <stdlib.h>
#include <string.h>

// Where the next line goes that the library logs on this thread. Go's functions do not run below the library's frames,
// which they could unwind: they get the lines when the call has ended.
static __thread anchor_go_line **next_line;

static void log_line(void *user, int32_t level, const char *text) {
    (void)user;
    if (next_line == NULL)
        return;
    size_t size = strlen(text) + 1;
    anchor_go_line *line = malloc(sizeof *line + size);
    // There is no memory to say so.
    if (line == NULL)
        return;
    line->next = NULL;
    line->level = level;
    line->text = memcpy(line + 1, text, size);
    *next_line = line;
    next_line = &line->next;
}

int32_t anchor_go_log(anchor_options *options) {
    return anchor_options_set_log_callback(options, log_line, NULL);
}

// What the call learnt; only of a failure, or if its result is wanted.
static void learn(anchor_go_exchange *exchange) {
    if (exchange->status == ANCHOR_OK && !exchange->wants_result)
        return;
    anchor_call_http_status(exchange->call, &exchange->http_status);
    anchor_call_attempts(exchange->call, &exchange->attempts);
    anchor_call_retry_after_ms(exchange->call, &exchange->retry_after_ms);
    anchor_call_request_id(exchange->call, &exchange->request_id);
    if (exchange->status == ANCHOR_OK)
        exchange->status = anchor_call_result(exchange->call, &exchange->result);
}

static int32_t call(anchor_go_exchange *exchange, anchor_go_question question, const char *first,
                    const char *second, const char *third) {
    anchor_client *client = question.client;
    char **message = &exchange->message;
    switch (question.function) {
    case ANCHOR_GO_PAUSE:
        return anchor_pause_recording(client, first, exchange->call, message);
    case ANCHOR_GO_RESUME:
        return anchor_resume_recording(client, first, exchange->call, message);
    case ANCHOR_GO_PAUSE_BEGIN:
        return anchor_pause_begin(client, first, exchange->call, message);
    case ANCHOR_GO_PAUSE_END:
        return anchor_pause_end(client, first, exchange->call, message);
    case ANCHOR_GO_LIST:
        return anchor_list_recordings(client, first, exchange->call, message);
    case ANCHOR_GO_DELETE:
        return anchor_delete_recording(client, first, second, exchange->call, message);
    case ANCHOR_GO_DOWNLOAD:
        return anchor_download_recording(client, first, second, exchange->call, message);
    case ANCHOR_GO_REQUEST:
        return anchor_request(client, first, second, third, exchange->call, message);
    }
    return ANCHOR_INTERNAL;
}

anchor_go_exchange *anchor_go_new(anchor_go_question question) {
    anchor_go_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    if (anchor_call_new(&exchange->call) != ANCHOR_OK) {
        free(exchange);
        return NULL;
    }
    if (question.timeout_ms >= 0)
        anchor_call_set_timeout_ms(exchange->call, (uint64_t)question.timeout_ms);
    if (question.max_retries >= 0)
        anchor_call_set_max_retries(exchange->call, (uint32_t)question.max_retries);
    exchange->wants_result = question.function == ANCHOR_GO_LIST || question.function == ANCHOR_GO_REQUEST;
    return exchange;
}

void anchor_go_ask(anchor_go_exchange *exchange, anchor_go_question question, const char *first,
                   const char *second, const char *third) {
    next_line = &exchange->lines;
    exchange->status = call(exchange, question, first, second, third);
    next_line = NULL;
    learn(exchange);
}

anchor_go_exchange *anchor_go_begin(anchor_queue *queue, uint64_t waiter, anchor_go_question question,
                                    const char *first, const char *second, const char *third) {
    anchor_go_exchange *exchange = anchor_go_new(question);
    if (exchange == NULL)
        return NULL;
    exchange->waiter = waiter;
    // Not later: once the call is begun, the exchange belongs to the thread that takes it.
    exchange->begun = 1;
    anchor_call_set_queue(exchange->call, queue, (uintptr_t)exchange);
    int32_t status = call(exchange, question, first, second, third);
    if (status != ANCHOR_OK) {
        exchange->begun = 0;
        exchange->status = status;
        learn(exchange);
    }
    return exchange;
}

int32_t anchor_go_take(anchor_queue *queue, anchor_go_exchange **taken, int32_t room) {
    int32_t count = 0;
    while (count < room) {
        anchor_go_line *lines = NULL;
        uint64_t tag = 0;
        int32_t status = ANCHOR_OK;
        char *message = NULL;
        next_line = &lines;
        int32_t result = anchor_queue_next(queue, 0, &tag, &status, &message);
        next_line = NULL;
        if (result != ANCHOR_OK) {
            anchor_free(message);
            break;
        }
        anchor_go_exchange *exchange = (anchor_go_exchange *)(uintptr_t)tag;
        exchange->status = status;
        exchange->message = message;
        exchange->lines = lines;
        learn(exchange);
        taken[count++] = exchange;
    }
    return count;
}

void anchor_go_free(anchor_go_exchange *exchange) {
    for (anchor_go_line *line = exchange->lines; line != NULL;) {
        anchor_go_line *next = line->next;
        free(line);
        line = next;
    }
    anchor_free(exchange->message);
    anchor_free(exchange->request_id);
    anchor_free(exchange->result);
    anchor_free(exchange->call);
    free(exchange);
}

void anchor_go_free_queue(anchor_queue *queue) {
    anchor_free(queue);
}
