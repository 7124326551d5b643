#include "requests.h"
#include "anchor.h"
#include "exports.h"
#include "inputs.h"
#include "judge.h"
#include "pool.h"

#include <stdatomic.h>
#include <stddef.h>

/* What one call is made with. */
typedef struct request {
    handle client, call;
    char *error, **out;
} request;

/* The call that this thread is making, for its callbacks; NULL outside of one. */
static _Thread_local const request *under_way;
static atomic_ulong called_back;
static char given_back;

unsigned long callbacks(void) {
    return called_back;
}

static request any_request(void) {
    return (request){.client = any_handle(CLIENT),
                     .call = one_in(4) ? (handle){NULL, IS_NULL} : any_handle(CALL),
                     .error = UNWRITTEN};
}

static int32_t judged(const request *request, int32_t status) {
    CHECK(!cannot_live(request->call) || status == ANCHOR_INVALID_HANDLE);
    CHECK(!cannot_live(request->client) || status == ANCHOR_INVALID_HANDLE ||
          status == ANCHOR_INVALID_ARGUMENT);
    CHECK(request->client.fate != IS_NULL || status == ANCHOR_INVALID_HANDLE ||
          status == ANCHOR_INVALID_ARGUMENT);
    if (request->out != NULL) {
        judge_message(status, request->error);
    }
    return status;
}

/* One call of the API with everything that such calls have in common. */
#define REQUEST(function, ...)                                                                               \
    int32_t call_##function(void) {                                                                          \
        const request *around = under_way;                                                                   \
        request request = any_request();                                                                     \
        request.out = one_in(8) ? NULL : &request.error;                                                     \
        under_way = &request;                                                                                \
        const int32_t status =                                                                               \
            anchor_##function(request.client.value, __VA_ARGS__, request.call.value, request.out);           \
        under_way = around;                                                                                  \
        return judged(&request, status);                                                                     \
    }
REQUEST(pause_recording, any_session())
REQUEST(resume_recording, any_session())
REQUEST(pause_begin, any_session())
REQUEST(pause_end, any_session())
REQUEST(list_recordings, any_session())
REQUEST(delete_recording, any_doomed_session(), any_recording())
REQUEST(download_recording, any_session(), any_file())
REQUEST(request, any_method(), any_path(), any_body())

/* Log functions are called back here, too. */
int32_t call_queue_next(void) {
    const request *around = under_way;
    const handle queue = any_handle(QUEUE);
    /* Those of the call that is told about are not known here. */
    const handle none = {NULL, IS_NULL};
    request request = {.client = none, .call = none, .error = UNWRITTEN};
    uint64_t tag = 7;
    int32_t taken = -7, *taken_out = one_in(16) ? NULL : &taken;
    request.out = one_in(8) ? NULL : &request.error;
    under_way = &request;
    const int32_t status = anchor_queue_next(queue.value, one_in(2) ? 0 : any_timeout_ms() % 4,
                                             one_in(8) ? NULL : &tag, taken_out, request.out);
    under_way = around;
    CHECK(taken_out != NULL || status == ANCHOR_INVALID_ARGUMENT);
    CHECK(taken_out == NULL || (status == ANCHOR_OK ? taken >= ANCHOR_OK : taken == ANCHOR_OK));
    if (request.out != NULL) {
        judge_message(status == ANCHOR_OK ? taken : status, request.error);
    }
    return taken_out == NULL ? status : judge_handle(queue, status);
}

/* Anything that a host may do in its function: most often nothing. */
static void act_within_the_library(void) {
    const request *outer = under_way;
    called_back++;
    CHECK(outer != NULL);
    if (depth == MAX_DEPTH) {
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
        depth++;
        step();
        depth--;
        break;
    default:
        break;
    }
}

static int32_t on_progress(void *user, uint64_t done, uint64_t total) {
    CHECK(user == &given_back);
    CHECK(total == 0 || done <= total);
    act_within_the_library();
    return one_in(16) ? (int32_t)random_number() : 0;
}

static void on_log(void *user, int32_t level, const char *line) {
    CHECK(user == &given_back);
    CHECK(level == ANCHOR_LOG_INFO || level == ANCHOR_LOG_WARNING);
    CHECK(is_presentable(line));
    act_within_the_library();
}

int32_t call_call_set_progress(void) {
    const handle call = any_handle(CALL);
    return judge_handle(call,
                        anchor_call_set_progress(call.value, one_in(2) ? on_progress : NULL, &given_back));
}

int32_t call_options_set_log_callback(void) {
    const handle options = any_handle(OPTIONS);
    return judge_handle(
        options, anchor_options_set_log_callback(options.value, one_in(2) ? on_log : NULL, &given_back));
}
