// The C half of the Go wrapper. It makes a call with few crossings from Go, because each crossing
// is slow, and it collects the log lines of a call, because Go functions must not run below frames
// of the library.
#ifndef ANCHOR_GO_BRIDGE_H
#define ANCHOR_GO_BRIDGE_H

#include "anchor.h"

// A log line.
typedef struct anchor_go_line {
    struct anchor_go_line *next;
    const char *text;
    int32_t level;
} anchor_go_line;

// The functions of anchor.h that make a call.
typedef enum {
    ANCHOR_GO_PAUSE,
    ANCHOR_GO_RESUME,
    ANCHOR_GO_PAUSE_BEGIN,
    ANCHOR_GO_PAUSE_END,
    ANCHOR_GO_LIST,
    ANCHOR_GO_DELETE,
    ANCHOR_GO_DOWNLOAD,
    ANCHOR_GO_REQUEST,
    ANCHOR_GO_CONNECT,
} anchor_go_function;

// A call that is to be made, except for its strings. They are passed separately, in the order of
// anchor.h, and are only read until the function that takes them returns.
typedef struct {
    anchor_go_function function;
    anchor_client *client;
    // Negative: use the client's setting.
    int64_t timeout_ms, max_retries;
} anchor_go_operation;

// A call and its outcome.
typedef struct {
    anchor_call *call;
    // The number by which Go finds the goroutine that waits.
    uint64_t waiter;
    // Whether the call is bound to a queue and was started there.
    int32_t started;
    // Whether the JSON text of a successful answer is needed.
    int32_t wants_result;
    int32_t status;
    int32_t http_status;
    uint32_t attempts;
    uint64_t retry_after_ms;
    char *message, *request_id, *result;
    anchor_go_line *lines;
} anchor_go_call;

// Allocates a call, which can be cancelled from then on. Returns NULL if there is no memory.
anchor_go_call *anchor_go_call_new(anchor_go_operation operation);

// Makes the call on this thread and waits for its end.
void anchor_go_call_run(anchor_go_call *call, anchor_go_operation operation, const char *first,
                        const char *second, const char *third);

// Allocates a call and starts it in a queue. If `started` is 0 in the returned call, it has failed
// already. Returns NULL if there is no memory.
anchor_go_call *anchor_go_call_start(anchor_queue *queue, uint64_t waiter, anchor_go_operation operation,
                                     const char *first, const char *second, const char *third);

void anchor_go_call_free(anchor_go_call *call);

// Takes up to `room` completed calls from a queue, and waits up to `wait_ms` for the first. Returns how many
// it took.
int32_t anchor_go_queue_take(anchor_queue *queue, uint64_t wait_ms, anchor_go_call **completed, int32_t room);

// Makes clients with these options log to the call that is being made.
int32_t anchor_go_options_log(anchor_options *options);

// Whether this process has no more rights than its caller. A set-user-id program has, even after it
// has given them up.
int32_t anchor_go_environment_is_trusted(void);

// anchor_free for each type. A handle is a number, and Go would reject it as an unsafe.Pointer,
// which must be an address.
void anchor_go_client_free(anchor_client *client);
void anchor_go_options_free(anchor_options *options);
void anchor_go_queue_free(anchor_queue *queue);
void anchor_go_string_free(char *string);

#endif
