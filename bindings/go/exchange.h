// What the Go wrapper needs in C: few crossings from Go for each call, and the lines that the library logs meanwhile.
#ifndef ANCHOR_GO_EXCHANGE_H
#define ANCHOR_GO_EXCHANGE_H

#include "anchor.h"

// A line of the log.
typedef struct anchor_go_line {
    struct anchor_go_line *next;
    const char *text;
    int32_t level;
} anchor_go_line;

// The function that is asked for; its texts are those of anchor.h, in their order.
typedef enum {
    ANCHOR_GO_PAUSE,
    ANCHOR_GO_RESUME,
    ANCHOR_GO_PAUSE_BEGIN,
    ANCHOR_GO_PAUSE_END,
    ANCHOR_GO_LIST,
    ANCHOR_GO_DELETE,
    ANCHOR_GO_DOWNLOAD,
    ANCHOR_GO_REQUEST,
} anchor_go_function;

// What is asked. The texts are only read before the function that takes it returns.
typedef struct {
    anchor_go_function function;
    anchor_client *client;
    // What is negative is the client's to say.
    int64_t timeout_ms, max_retries;
} anchor_go_question;

// One call, and what came of it.
typedef struct {
    anchor_call *call;
    // Go's number for who waits, and whether the call was begun in a queue.
    uint64_t waiter;
    int32_t begun;
    // Whether the JSON text of a success is wanted.
    int32_t wants_result;
    int32_t status;
    int32_t http_status;
    uint32_t attempts;
    uint64_t retry_after_ms;
    char *message, *request_id, *result;
    anchor_go_line *lines;
} anchor_go_exchange;

// A call that can be cancelled, not yet made. NULL if there is no memory.
anchor_go_exchange *anchor_go_new(anchor_go_question question);

// Makes the call, and waits for its end.
void anchor_go_ask(anchor_go_exchange *exchange, anchor_go_question question, const char *first,
                   const char *second, const char *third);

// Begins a call in a queue. Unless the result says that it was begun, it has ended. NULL if there is no memory.
anchor_go_exchange *anchor_go_begin(anchor_queue *queue, uint64_t waiter, anchor_go_question question,
                                    const char *first, const char *second, const char *third);

// Takes as many calls that have ended as there are, up to room, without waiting.
int32_t anchor_go_take(anchor_queue *queue, anchor_go_exchange **taken, int32_t room);

void anchor_go_free(anchor_go_exchange *exchange);

void anchor_go_free_queue(anchor_queue *queue);

// Has the clients that are made with these options log to the exchange that is worked for.
int32_t anchor_go_log(anchor_options *options);

#endif
