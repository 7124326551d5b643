#include "requests.h"
#include "anchor.h"
#include "exports.h"
#include "inputs.h"
#include "judge.h"
#include "pool.h"

#include <stdatomic.h>
#include <stddef.h>

/* The arguments that all calls of the API have in common. */
typedef struct request {
    handle client, call;
    char *error, **out;
} request;

/* The call that this thread is making, for its callbacks. NULL outside of a call. */
static _Thread_local const request *current_request;
static atomic_ulong callbacks;
static char user_data;

unsigned long callback_count(void) {
    return callbacks;
}

static request any_request(void) {
    return (request){.client = any_handle(CLIENT),
                     .call = one_in(4) ? (handle){NULL, IS_NULL} : any_handle(CALL),
                     .error = UNWRITTEN};
}

static int32_t check_request_status(const request *request, int32_t status) {
    CHECK(!must_be_refused(request->call) || status == ANCHOR_INVALID_HANDLE);
    CHECK(!must_be_refused(request->client) || status == ANCHOR_INVALID_HANDLE ||
          status == ANCHOR_INVALID_ARGUMENT);
    CHECK(request->client.validity != IS_NULL || status == ANCHOR_INVALID_HANDLE ||
          status == ANCHOR_INVALID_ARGUMENT);
    if (request->out != NULL) {
        check_message(status, request->error);
    }
    return status;
}

/* A function that makes one call of the API, with arguments that may come from `request`. */
#define API_CALL(function, ...)                                                                              \
    int32_t call_##function(void) {                                                                          \
        const request *outer = current_request;                                                              \
        request request = any_request();                                                                     \
        request.out = one_in(8) ? NULL : &request.error;                                                     \
        current_request = &request;                                                                          \
        const int32_t status = anchor_##function(__VA_ARGS__);                                               \
        current_request = outer;                                                                             \
        return check_request_status(&request, status);                                                       \
    }
/* One with its own arguments and the common ones. */
#define REQUEST(function, ...)                                                                               \
    API_CALL(function, request.client.value, __VA_ARGS__, request.call.value, request.out)
REQUEST(pause_recording, any_session())
REQUEST(resume_recording, any_session())
REQUEST(pause_begin, any_session())
REQUEST(pause_end, any_session())
REQUEST(list_recordings, any_session())
REQUEST(delete_recording, any_session_to_delete_from(), any_recording())
REQUEST(download_recording, any_session(), any_file())
REQUEST(request, any_method(), any_path(), any_body())
API_CALL(connect, request.client.value, request.call.value, request.out)

/* This function calls log functions too. */
int32_t call_queue_next(void) {
    const request *outer = current_request;
    const handle queue = any_handle(QUEUE);
    /* The handles of the call that completes are unknown here. */
    const handle none = {NULL, IS_NULL};
    request request = {.client = none, .call = none, .error = UNWRITTEN};
    uint64_t tag = 7;
    int32_t completed = -7, *completed_out = one_in(16) ? NULL : &completed;
    request.out = one_in(8) ? NULL : &request.error;
    current_request = &request;
    const int32_t status = anchor_queue_next(queue.value, one_in(2) ? 0 : any_timeout_ms() % 4,
                                             one_in(8) ? NULL : &tag, completed_out, request.out);
    current_request = outer;
    CHECK(completed_out != NULL || status == ANCHOR_INVALID_ARGUMENT);
    CHECK(completed_out == NULL || (status == ANCHOR_OK ? completed >= ANCHOR_OK : completed == ANCHOR_OK));
    if (request.out != NULL) {
        check_message(status == ANCHOR_OK ? completed : status, request.error);
    }
    return completed_out == NULL ? status : check_handle_status(queue, status);
}

/* Does something that a host may do in a callback, most often nothing. */
static void act_in_callback(void) {
    const request *outer = current_request;
    callbacks++;
    CHECK(outer != NULL);
    if (callback_depth == MAX_DEPTH) {
        return;
    }
    switch (below(16)) {
    case 0:
        free_handle(outer->call);
        break;
    case 1:
        free_handle(outer->client);
        break;
    case 2:
        anchor_call_cancel(outer->call.value);
        break;
    case 3:
    case 4:
    case 5:
        callback_depth++;
        run_step();
        callback_depth--;
        break;
    default:
        break;
    }
}

static int32_t on_progress(void *user, uint64_t done, uint64_t total) {
    CHECK(user == &user_data);
    CHECK(total == 0 || done <= total);
    act_in_callback();
    return one_in(16) ? (int32_t)random_number() : 0;
}

static void on_log(void *user, int32_t level, const char *line) {
    CHECK(user == &user_data);
    CHECK(level == ANCHOR_LOG_INFO || level == ANCHOR_LOG_WARNING);
    CHECK(is_presentable(line));
    act_in_callback();
}

int32_t call_call_set_progress(void) {
    const handle call = any_handle(CALL);
    return check_handle_status(
        call, anchor_call_set_progress(call.value, one_in(2) ? on_progress : NULL, &user_data));
}

int32_t call_options_set_log_callback(void) {
    const handle options = any_handle(OPTIONS);
    return check_handle_status(
        options, anchor_options_set_log_callback(options.value, one_in(2) ? on_log : NULL, &user_data));
}
