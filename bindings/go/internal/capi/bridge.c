//go:build cgo

#include "bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

// Where to append the next log line of this thread; NULL outside of calls. The lines wait here
// until the call has ended: a Go function that panicked below a frame of the library would unwind
// it.
static __thread anchor_go_line **next_line;

static void append_line(void *user, int32_t level, const char *text) {
    (void)user;
    if (next_line == NULL)
        return;
    size_t size = strlen(text) + 1;
    anchor_go_line *line = malloc(sizeof *line + size);
    // Without memory the line is lost. The call itself does not depend on it.
    if (line == NULL)
        return;
    line->next = NULL;
    line->level = level;
    line->text = memcpy(line + 1, text, size);
    *next_line = line;
    next_line = &line->next;
}

int32_t anchor_go_options_log(anchor_options *options) {
    return anchor_options_set_log_callback(options, append_line, NULL);
}

// Reads the details of the outcome if Go will ask for them: after a failure, or if the result is
// needed.
static void read_outcome(anchor_go_call *call) {
    if (call->status == ANCHOR_OK && !call->wants_result)
        return;
    anchor_call_http_status(call->call, &call->http_status);
    anchor_call_attempts(call->call, &call->attempts);
    anchor_call_retry_after_ms(call->call, &call->retry_after_ms);
    anchor_call_request_id(call->call, &call->request_id);
    if (call->status == ANCHOR_OK)
        call->status = anchor_call_result(call->call, &call->result);
}

static int32_t dispatch(anchor_go_call *call, anchor_go_operation operation, const char *first,
                        const char *second, const char *third) {
    anchor_client *client = operation.client;
    char **message = &call->message;
    switch (operation.function) {
    case ANCHOR_GO_PAUSE:
        return anchor_pause_recording(client, first, call->call, message);
    case ANCHOR_GO_RESUME:
        return anchor_resume_recording(client, first, call->call, message);
    case ANCHOR_GO_PAUSE_BEGIN:
        return anchor_pause_begin(client, first, call->call, message);
    case ANCHOR_GO_PAUSE_END:
        return anchor_pause_end(client, first, call->call, message);
    case ANCHOR_GO_LIST:
        return anchor_list_recordings(client, first, call->call, message);
    case ANCHOR_GO_DELETE:
        return anchor_delete_recording(client, first, second, call->call, message);
    case ANCHOR_GO_DOWNLOAD:
        return anchor_download_recording(client, first, second, call->call, message);
    case ANCHOR_GO_REQUEST:
        return anchor_request(client, first, second, third, call->call, message);
    case ANCHOR_GO_CONNECT:
        return anchor_connect(client, call->call, message);
    }
    return ANCHOR_INTERNAL;
}

anchor_go_call *anchor_go_call_new(anchor_go_operation operation) {
    anchor_go_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return NULL;
    if (anchor_call_new(&call->call) != ANCHOR_OK) {
        free(call);
        return NULL;
    }
    if (operation.timeout_ms >= 0)
        anchor_call_set_timeout_ms(call->call, (uint64_t)operation.timeout_ms);
    if (operation.max_retries >= 0)
        anchor_call_set_max_retries(call->call, (uint32_t)operation.max_retries);
    call->wants_result = operation.function == ANCHOR_GO_LIST || operation.function == ANCHOR_GO_REQUEST;
    return call;
}

void anchor_go_call_run(anchor_go_call *call, anchor_go_operation operation, const char *first,
                        const char *second, const char *third) {
    next_line = &call->lines;
    call->status = dispatch(call, operation, first, second, third);
    next_line = NULL;
    read_outcome(call);
}

anchor_go_call *anchor_go_call_start(anchor_queue *queue, uint64_t waiter, anchor_go_operation operation,
                                     const char *first, const char *second, const char *third) {
    anchor_go_call *call = anchor_go_call_new(operation);
    if (call == NULL)
        return NULL;
    call->waiter = waiter;
    // Set this before the call starts: from then on the call belongs to the thread that takes it
    // from the queue.
    call->started = 1;
    anchor_call_set_queue(call->call, queue, (uintptr_t)call);
    int32_t status = dispatch(call, operation, first, second, third);
    if (status != ANCHOR_OK) {
        call->started = 0;
        call->status = status;
        read_outcome(call);
    }
    return call;
}

void anchor_go_call_free(anchor_go_call *call) {
    for (anchor_go_line *line = call->lines; line != NULL;) {
        anchor_go_line *next = line->next;
        free(line);
        line = next;
    }
    anchor_free(call->message);
    anchor_free(call->request_id);
    anchor_free(call->result);
    anchor_free(call->call);
    free(call);
}

int32_t anchor_go_queue_take(anchor_queue *queue, uint64_t wait_ms, anchor_go_call **completed,
                             int32_t room) {
    int32_t count = 0;
    while (count < room) {
        anchor_go_line *lines = NULL;
        uint64_t tag = 0;
        int32_t status = ANCHOR_OK;
        char *message = NULL;
        next_line = &lines;
        int32_t result = anchor_queue_next(queue, count == 0 ? wait_ms : 0, &tag, &status, &message);
        next_line = NULL;
        if (result != ANCHOR_OK) {
            anchor_free(message);
            break;
        }
        anchor_go_call *call = (anchor_go_call *)(uintptr_t)tag;
        call->status = status;
        call->message = message;
        call->lines = lines;
        read_outcome(call);
        completed[count++] = call;
    }
    return count;
}

int32_t anchor_go_environment_is_trusted(void) {
#ifdef __linux__
    errno = 0;
    unsigned long is_secure = getauxval(AT_SECURE);
    // An old kernel does not say. Then the ids must do.
    return errno != 0 ? getuid() == geteuid() && getgid() == getegid() : is_secure == 0;
#elif defined _WIN32
    // Windows has no set-user-id programs.
    return 1;
#else
    return issetugid() == 0;
#endif
}

void anchor_go_client_free(anchor_client *client) {
    anchor_free(client);
}

void anchor_go_options_free(anchor_options *options) {
    anchor_free(options);
}

void anchor_go_queue_free(anchor_queue *queue) {
    anchor_free(queue);
}

void anchor_go_string_free(char *string) {
    anchor_free(string);
}
