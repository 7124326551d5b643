/** @file
 * libanchor: pause the video recording of an Anchor Browser session before a secret is typed, and know that it paused.
 *
 * THE CONTRACT
 *
 * Success      A function that can fail returns a status: 0 (ANCHOR_OK) is success; 1 to 99 failed on this side;
 *              300 to 599 is the HTTP status that the API answered. Numbers never change their meaning.
 * Messages     On failure *error, if the caller gave one, receives one line of UTF-8 that says what failed and what to
 *              do; on success it receives NULL. A message never holds the API key. Nothing is printed.
 * Ownership    What the library gives out is the caller's, and goes back to anchor_free: clients, options, calls,
 *              queues and strings alike. What the caller gives in is copied. Outputs are NULL or 0 unless the function succeeds.
 * Handles      Clients, options, calls and queues are numbers that are looked up, not addresses: one that is NULL, freed, or
 *              never was one gives ANCHOR_INVALID_ARGUMENT or ANCHOR_INVALID_HANDLE, never undefined behaviour.
 * Strings      End with NUL and are UTF-8. NULL means the default where a parameter says so, else it is an error.
 * Threads      Every function may be called from any thread at any time, also from a handler of atexit and from the
 *              destructor of a static or thread-local object. Calls on one client run beside each other;
 *              one call object serves one call at a time, one options object one thread at a time. The library has
 *              no thread of its own, but for one of each queue, from its first call until it is freed; while a host name
 *              (not an IP address) is looked up, a short-lived one exists. All signals are blocked on both.
 * Stack        16 KB are enough, on any thread or in any coroutine: where little is left of a stack, what is deep inside a
 *              call runs on one that is mapped for it. The host's functions run on the host's.
 * Queues       A call whose object is bound to a queue returns at once and completes there: see anchor_queue_new.
 * Time         A call returns within its timeout, everything included, and ends at once when it is cancelled.
 * Callbacks    A progress or log function runs on the thread that makes the call, or takes it from a queue, while nothing of
 *              the library waits for it. In a call that is made while the thread or the process ends, it runs on a
 *              short-lived thread. It may make other calls. It must return: no exception, no longjmp.
 * Fork         A child may use and free what its parent made, whatever the parent's other threads were doing; it opens
 *              connections of its own. A call object that was in use during the fork stays in use in the child.
 * Signals      No handler and no disposition is changed. What is sent raises no SIGPIPE. During a download SIGXFSZ is blocked
 *              on the calling thread, and the mask is restored after it. pthread_cancel takes effect after a call, not
 *              within. No function may be called from a signal handler.
 * Environment  Read by anchor_client_new, and the trust store's SSL_CERT_FILE and SSL_CERT_DIR by the first call over
 *              https.
 * Pauses       ANCHOR_OK of anchor_pause_recording or anchor_pause_begin means that the API confirmed this pause. Whatever
 *              resumes later, such as another process or a person, is not noticed.
 * Unloading    dlclose leaves the library in memory.
 */


#ifndef ANCHOR_H
#define ANCHOR_H

#include <stdint.h>
/** The version that this header belongs to; anchor_version() tells the one that is loaded. */
#define ANCHOR_VERSION "0.1.0"
#define ANCHOR_VERSION_MAJOR 0
#define ANCHOR_VERSION_MINOR 1
#define ANCHOR_VERSION_PATCH 0

/** Marks a result that must not be ignored. */
#ifndef ANCHOR_MUST_USE
#  if defined(__cplusplus) && __cplusplus >= 201703L
#    define ANCHOR_MUST_USE [[nodiscard]]
#  elif defined(__GNUC__)
#    define ANCHOR_MUST_USE __attribute__((warn_unused_result))
#  else
#    define ANCHOR_MUST_USE
#  endif
#endif

/**
 * The call succeeded.
 */
#define ANCHOR_OK 0

/**
 * An argument is missing or unusable; the message names it. Nothing was sent.
 */
#define ANCHOR_INVALID_ARGUMENT 1

/**
 * A handle was freed already, or never came from this library. Nothing was sent.
 */
#define ANCHOR_INVALID_HANDLE 2

/**
 * No connection could be made. Nothing was sent.
 */
#define ANCHOR_CONNECT_FAILED 3

/**
 * The server's certificate or the TLS handshake was not acceptable. Nothing was sent.
 */
#define ANCHOR_TLS_FAILED 4

/**
 * The connection ended before the whole answer came; the request may have taken effect.
 */
#define ANCHOR_CONNECTION_LOST 5

/**
 * The call's time was up; the request may have taken effect.
 */
#define ANCHOR_TIMEOUT 6

/**
 * The call was cancelled; the request may have taken effect.
 */
#define ANCHOR_CANCELLED 7

/**
 * An answer did not confirm that it was done (a proxy's page, an empty body): assume that it was not.
 */
#define ANCHOR_BAD_RESPONSE 8

/**
 * The process ran out of file descriptors, threads, memory or disk space.
 */
#define ANCHOR_RESOURCE_EXHAUSTED 9

/**
 * A fault inside the library; please report its message.
 */
#define ANCHOR_INTERNAL 10

/**
 * HTTP 401: the API key was not accepted.
 */
#define ANCHOR_UNAUTHORIZED 401

/**
 * HTTP 404: there is no such session.
 */
#define ANCHOR_NOT_FOUND 404

/**
 * HTTP 429: too many requests.
 */
#define ANCHOR_RATE_LIMITED 429

/**
 * HTTP 500: the API failed.
 */
#define ANCHOR_SERVER_ERROR 500

/**
 * A log line about an answer.
 */
#define ANCHOR_LOG_INFO 20

/**
 * A log line about an attempt or a call that failed.
 */
#define ANCHOR_LOG_WARNING 30

/**
 * What one call needs beyond its arguments, and what it learnt; made by anchor_call_new, freed by anchor_free.
 */
typedef struct anchor_call anchor_call;

/**
 * A key and settings that many calls share; made by anchor_client_new, freed by anchor_free.
 */
typedef struct anchor_client anchor_client;

/**
 * Settings for anchor_client_new; made by anchor_options_new, freed by anchor_free.
 */
typedef struct anchor_options anchor_options;

/**
 * Where calls complete that do not block; made by anchor_queue_new, freed by anchor_free.
 */
typedef struct anchor_queue anchor_queue;

/**
 * What anchor_call_set_progress takes: `done` bytes of the answer have come, of `total` or of an unknown number if that
 * is 0. A result other than 0 cancels the call. It must return: no exception, no longjmp.
 */
typedef int32_t (*anchor_progress)(void *user, uint64_t done, uint64_t total);

/**
 * What anchor_options_set_log_callback takes: a level, ANCHOR_LOG_INFO or ANCHOR_LOG_WARNING, and one line of UTF-8 without
 * the API key. The line is gone when the function returns. It must return: no exception, no longjmp.
 */
typedef void (*anchor_log)(void *user, int32_t level, const char *line);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a client. It opens no connection and starts no thread: the first call does what it needs.
 *
 * @param api_key  1 to 4096 visible ASCII characters, copied. NULL: the environment's ANCHORBROWSER_API_KEY.
 * @param options  Settings, copied: they may be changed or freed afterwards. NULL: the defaults.
 * @param client   Receives the client, NULL on failure. Must not be NULL.
 * @param error    Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if the key or an option is unusable, a CA file cannot be read, or
 *         client is NULL; ANCHOR_INVALID_HANDLE if options are not live; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The environment is read here only: the key and the base URL (ANCHORBROWSER_BASE_URL) if they are not given, and once
 * per process the proxy variables and ANCHORBROWSER_CUSTOM_HEADERS. Do not change it (setenv) from another thread
 * meanwhile. Any thread may call this.
 */
ANCHOR_MUST_USE
int32_t anchor_client_new(const char *api_key,
                          const anchor_options *options,
                          anchor_client **client,
                          char **error);

/**
 * Frees anything that this library gave out: a client, options, a call, a string.
 *
 * @param object  What is to be freed. NULL is fine and does nothing.
 * @return ANCHOR_OK; ANCHOR_INVALID_HANDLE for anything else than a live object of this library: freed already, never
 *         given out, cut to 32 bits. Nothing happens then.
 *
 * Free a string once: its address may be given out again for another string, which a second call would then free.
 *
 * A client or call that another thread is using ends when that call returns; its handle is dead at once. Never
 * waits. Any thread may call this.
 */
int32_t anchor_free(void *object);

/**
 * The version of the library that is loaded, such as "1.2.3". ANCHOR_VERSION is the one that was compiled against.
 *
 * @return A string that lives as long as the process; do not free it.
 */
ANCHOR_MUST_USE const char *anchor_version(void);

/**
 * The name of a status, such as "ANCHOR_TIMEOUT"; "HTTP_STATUS" for an HTTP status without a name of its own,
 * "UNKNOWN_STATUS" for a number that is no status.
 *
 * @param status  What a function returned.
 * @return A string that lives as long as the process; do not free it.
 */
ANCHOR_MUST_USE const char *anchor_status_name(int32_t status);

/**
 * Pauses the video recording of a browser session. Returns ANCHOR_OK only when the API itself said that it did.
 *
 * @param client      A live client.
 * @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, slashes, backslashes and percent
 *                    signs; not "." or "..".
 * @param call        What this one call needs and learns. NULL: the client's settings.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT or ANCHOR_INVALID_HANDLE, and nothing was sent; ANCHOR_CONNECT_FAILED or
 *         ANCHOR_TLS_FAILED, and nothing was sent; ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED, and
 *         the recording may be paused or not; ANCHOR_BAD_RESPONSE if an answer did not confirm the pause;
 *         ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL; or the HTTP status of the API's answer, 300 to 599:
 *         ANCHOR_UNAUTHORIZED, ANCHOR_NOT_FOUND, ANCHOR_RATE_LIMITED, ANCHOR_SERVER_ERROR and all others.
 *         After any of these but ANCHOR_OK, assume that the session is still being recorded.
 *
 * A pause is confirmed by HTTP 200 with a JSON object that holds a string "status" under "data" (or "data" in "data"),
 * no "error" other than null, and none of these names twice. A status that contradicts the pause, such as "failed" or
 * "recording", confirms nothing.
 *
 * Blocks until the answer or the timeout, retries included. A session whose recording is paused already stays so:
 * an attempt whose outcome is unknown is repeated. Any number of threads may use one client.
 *
 *     char *error = NULL;
 *     if (anchor_pause_recording(client, "session-id", NULL, &error) != ANCHOR_OK) {
 *         fprintf(stderr, "%s\n", error);
 *         anchor_free(error);
 *     }
 */
ANCHOR_MUST_USE
int32_t anchor_pause_recording(anchor_client *client,
                               const char *session_id,
                               anchor_call *call,
                               char **error);

/**
 * Resumes the video recording of a browser session. Returns ANCHOR_OK only when the API itself said that it did, in an
 * answer such as anchor_pause_recording needs.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording. After all but ANCHOR_OK the recording may still be paused: resume again.
 */
ANCHOR_MUST_USE
int32_t anchor_resume_recording(anchor_client *client,
                                const char *session_id,
                                anchor_call *call,
                                char **error);

/**
 * Pauses the recording until anchor_pause_end. Every begin sends its own pause, because another process or a person may
 * have resumed since the last one. Only the resume is counted: of the holds of one session by one client, the last end
 * sends it. A forked child holds nothing.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording. Unless it is ANCHOR_OK nothing is held, and anchor_pause_end must not be called.
 *
 * A begin waits for a resume of its session that anchor_pause_end of this client is sending, and that resume waits for
 * begins: they cannot overtake each other. So do not end a hold in the progress function of a begin of the same session: it
 * waits for its own thread until its timeout. What anchor_resume_recording, other clients, processes and people send is not
 * seen here: while the recording is held, they may resume it. So may an attempt of an earlier resume that was given up and
 * is still on its way.
 */
ANCHOR_MUST_USE
int32_t anchor_pause_begin(anchor_client *client,
                           const char *session_id,
                           anchor_call *call,
                           char **error);

/**
 * Ends what anchor_pause_begin began, and resumes the recording if nothing else of this client holds it paused. The hold
 * is over even if resuming fails or is cancelled: call anchor_resume_recording then. Only a handle that is not live, an
 * unusable session_id, a call that is in use, a queue that refuses the call, or a thread that cannot be started while the
 * process exits leaves the hold as it is.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording. One that was cancelled resumes nothing: give a fresh one, or NULL.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_resume_recording; ANCHOR_INVALID_ARGUMENT too if the client holds no pause of this session.
 *
 * May be called while the process exits, from a handler of atexit or the destructor of a static object. If the process
 * ends otherwise (abort, _exit, a signal), the recording stays paused.
 */
ANCHOR_MUST_USE
int32_t anchor_pause_end(anchor_client *client,
                         const char *session_id,
                         anchor_call *call,
                         char **error);

/**
 * Lists the recordings of a browser session. The API's JSON text is the call's result: see anchor_call_result. Success is
 * HTTP 200 with an array "items" under "data" (or "data" in "data") and no "error".
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        A live call, which must not be NULL.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording.
 */
ANCHOR_MUST_USE
int32_t anchor_list_recordings(anchor_client *client,
                               const char *session_id,
                               anchor_call *call,
                               char **error);

/**
 * Deletes one recording of a browser session. Success is HTTP 200 with a JSON object without "error", or 204.
 *
 * @param client        A live client.
 * @param session_id    As for anchor_pause_recording.
 * @param recording_id  An id from the list, or "primary"; the same rules as for session_id.
 * @param call          As for anchor_pause_recording.
 * @param error         Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording. A request is repeated only if nothing was sent, or if the API said by 429 or
 *         x-should-retry that it did nothing. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT and ANCHOR_CANCELLED the
 *         recording may be there or not.
 */
ANCHOR_MUST_USE
int32_t anchor_delete_recording(anchor_client *client,
                                const char *session_id,
                                const char *recording_id,
                                anchor_call *call,
                                char **error);

/**
 * Downloads the primary video recording of a browser session to a file, in constant memory.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param file        Where the video goes: a path in UTF-8. A file that is there is replaced when the video is whole, and
 *                    not before: until then it grows beside it, under the same name with more behind it and ".part".
 * @param call        As for anchor_pause_recording. The timeout counts for the whole download, so that a long video needs
 *                    a longer one; the progress function is told of every part.
 * @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording. ANCHOR_INVALID_ARGUMENT too if the file cannot be written, is no regular file, or is
 *         being written by another download; ANCHOR_RESOURCE_EXHAUSTED too if the disk is full or the file may not grow;
 *         ANCHOR_BAD_RESPONSE too if what came is no video or does not end where it said.
 *
 * A download that is cut off goes on where it ended, if the server names the version of the video (ETag or Last-Modified)
 * and takes ranges; else it begins anew. What has come is kept for the next call with the same session and file, unless
 * that cannot go on from it: then, and when the disk is full, it is removed.
 */
ANCHOR_MUST_USE
int32_t anchor_download_recording(anchor_client *client,
                                  const char *session_id,
                                  const char *file,
                                  anchor_call *call,
                                  char **error);

/**
 * Sends any request of the API, with the same key handling, retries and checks as the other functions. The JSON text of
 * the answer is the call's result: see anchor_call_result.
 *
 * @param client  A live client.
 * @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated as pausing is; the others only if
 *                nothing was sent, or if the API said by 429 or x-should-retry that it did nothing.
 * @param path    From the first slash, percent-encoded, with a query if need be: "/v1/sessions?page=2". It is put behind
 *                the base URL as it is; another host cannot be reached.
 * @param body    JSON text, sent as application/json. NULL: no body.
 * @param call    As for anchor_pause_recording.
 * @param error   Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
 * @return As anchor_pause_recording. Success is an HTTP status of 200 to 299 with any JSON but an object with an
 *         "error" other than null, or 201, 202 or 204 without a body.
 */
ANCHOR_MUST_USE
int32_t anchor_request(anchor_client *client,
                       const char *method,
                       const char *path,
                       const char *body,
                       anchor_call *call,
                       char **error);

/**
 * Makes a call object with the client's settings. It may serve one call after the other, but one at a time.
 *
 * @param call  Receives the call, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_RESOURCE_EXHAUSTED.
 */
ANCHOR_MUST_USE int32_t anchor_call_new(anchor_call **call);

/**
 * The longest that a call with this object may take, in place of the client's timeout.
 *
 * @param call        A live call.
 * @param timeout_ms  Milliseconds, 1 to 86400000 (a day); checked by the function that makes the call.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_timeout_ms(anchor_call *call, uint64_t timeout_ms);

/**
 * How often a failed request of a call with this object is repeated, in place of the client's number.
 *
 * @param call         A live call.
 * @param max_retries  0 sends exactly one request.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_max_retries(anchor_call *call, uint32_t max_retries);

/**
 * Sets a function that is called while a call with this object is under way: on the calling thread, at least every 50
 * milliseconds, and whenever a part of the answer has come. It may make calls of its own, but not with this object.
 *
 * @param call      A live call that is not under way.
 * @param progress  The function. NULL: none.
 * @param user      Given to the function as it is; it must live as long as calls are made with this object.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_progress(anchor_call *call, anchor_progress progress, void *user);

/**
 * Ends the call that is using this object, which returns ANCHOR_CANCELLED at once. If none is, the next one returns so
 * before it sends anything. A cancelled object stays cancelled.
 *
 * @param call  A live call.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 *
 * Any thread may call this, but no signal handler.
 */
int32_t anchor_call_cancel(anchor_call *call);

/**
 * How much of the answer to the last request has come; of a download, with what was there before. Unlike what the functions below tell, this
 * may be asked while the call is under way: from any thread, and by the progress function.
 *
 * @param call   A live call.
 * @param done   Receives the bytes so far. Must not be NULL.
 * @param total  Receives the bytes in total, 0 if that is not known. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_transferred(const anchor_call *call,
                                uint64_t *done,
                                uint64_t *total);

/**
 * The HTTP status that the call's last request was answered with.
 *
 * @param call         A live call.
 * @param http_status  Receives the status, 0 if that request was not answered. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_http_status(const anchor_call *call, int32_t *http_status);

/**
 * How many requests the call began: 1 more than its retries, 0 if it failed before the first.
 *
 * @param call      A live call.
 * @param attempts  Receives the number. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_attempts(const anchor_call *call, uint32_t *attempts);

/**
 * How long the answer to the last request asked to wait before the next request (retry-after-ms or Retry-After), also if that was more
 * than a call waits by itself.
 *
 * @param call            A live call.
 * @param retry_after_ms  Receives milliseconds, 0 if it did not ask. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_retry_after_ms(const anchor_call *call,
                                   uint64_t *retry_after_ms);

/**
 * The name that the API gave to the last request (x-request-id), for its support.
 *
 * @param call        A live call.
 * @param request_id  Receives a string to be freed by anchor_free, or NULL if there was none. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_request_id(const anchor_call *call, char **request_id);

/**
 * The JSON text that the call's last request was answered with, of a refusal as of a success.
 *
 * @param call    A live call.
 * @param result  Receives a string to be freed by anchor_free, or NULL if that request was not answered or the
 *                answer is not JSON. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is under way; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_result(const anchor_call *call, char **result);

/**
 * Makes a queue. A call whose object is bound to it by anchor_call_set_queue returns at once and completes here, so that
 * one thread can have thousands of calls under way.
 *
 * @param capacity  How many calls it holds, under way or complete and not yet taken: 1 to 1000000. 0: 10000.
 * @param queue     Receives the queue, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The first call starts one thread that does the work of all of them, with all signals blocked. anchor_free cancels the
 * calls that are under way, drops what was not taken, and does not wait; the thread ends by itself. A pause among them may
 * have taken effect, but nothing of it is held, and an end that relied on it has resumed nothing: resume the sessions, or
 * take all completions first. A forked child
 * finds the queue empty and with another descriptor; what its parent began completes in the parent.
 */
ANCHOR_MUST_USE
int32_t anchor_queue_new(uint32_t capacity,
                         anchor_queue **queue);

/**
 * A descriptor that is readable while completions wait, for poll, epoll and event loops. Do not read from it, write to
 * it or close it: it is the queue's, and gone when the queue is freed.
 *
 * @param queue       A live queue.
 * @param descriptor  Receives the descriptor, -1 on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if an argument is NULL; ANCHOR_INVALID_HANDLE; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The descriptor stays readable until the last completion is taken. Several threads may wait for it and take.
 */
ANCHOR_MUST_USE int32_t anchor_queue_fd(anchor_queue *queue, int32_t *descriptor);

/**
 * Takes the completion that has waited longest, and waits for one if there is none. What else the call learnt, such as
 * its result, is read from its call object, which may serve the next call.
 *
 * @param queue       A live queue.
 * @param timeout_ms  How long to wait, in milliseconds, up to 86400000 (a day). 0 does not wait.
 * @param tag         Receives the number that was given with the call, 0 unless there is a completion. May be NULL.
 * @param status      Receives what the function of the endpoint would have returned. Must not be NULL.
 * @param error       Receives the message of a call that failed, or of this function's own failure, to be freed by
 *                    anchor_free; else NULL. May be NULL.
 * @return ANCHOR_OK if a completion was taken, whatever its status; ANCHOR_TIMEOUT if none came;
 *         ANCHOR_INVALID_ARGUMENT; ANCHOR_INVALID_HANDLE, also if another thread frees the queue meanwhile;
 *         ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL.
 *
 * A log function of the client is told here, on this thread, what it has to know about the call. Any number of threads
 * may take; each completion goes to one of them.
 */
ANCHOR_MUST_USE
int32_t anchor_queue_next(anchor_queue *queue,
                          uint64_t timeout_ms,
                          uint64_t *tag,
                          int32_t *status,
                          char **error);

/**
 * Has calls with this object return at once and complete through a queue.
 *
 * @param call   A live call that is not under way. It must have no progress function when a call begins.
 * @param queue  A live queue, which must live when a call begins. NULL: calls block again.
 * @param tag    Given back by anchor_queue_next, to tell the calls of a queue apart: any number, or a pointer's value.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or under way; ANCHOR_INVALID_HANDLE.
 *
 * A function of an endpoint then returns ANCHOR_OK as soon as the call is begun, and only that; the call completes in
 * any case. Any other status says that no call was begun, and none completes: ANCHOR_INVALID_ARGUMENT,
 * ANCHOR_INVALID_HANDLE, ANCHOR_RESOURCE_EXHAUSTED if the queue is full or no thread can be started. The timeout counts
 * from there, anchor_call_cancel cancels, and the object may be freed at once if nothing is read from it. What
 * the functions below tell is there when the completion is.
 *
 *     anchor_call_set_queue(call, queue, 7);
 *     anchor_pause_recording(client, "session-id", call, &error);
 *     anchor_queue_next(queue, 60000, &tag, &status, &error);
 */
int32_t anchor_call_set_queue(anchor_call *call, anchor_queue *queue, uint64_t tag);

/**
 * Makes options that hold every default.
 *
 * @param options  Receives the options, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if options is NULL; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The setters copy what they are given and return ANCHOR_OK, ANCHOR_INVALID_HANDLE if the options are not live, or
 * ANCHOR_INVALID_ARGUMENT if they are NULL or another thread is changing them at this moment. Values are checked by
 * anchor_client_new, whose message names the one that is wrong.
 */
ANCHOR_MUST_USE int32_t anchor_options_new(anchor_options **options);

/**
 * Where the API is. A path in it stays in front of the API's own paths.
 *
 * @param options   Live options.
 * @param base_url  http:// or https://, a host, and perhaps a port and a path; no user info, query or fragment. NULL:
 *                  the environment's ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_base_url(anchor_options *options, const char *base_url);

/**
 * The longest that a call may take: its retries, name look-up, connecting, TLS, sending and reading together.
 *
 * @param options     Live options.
 * @param timeout_ms  Milliseconds, 1 to 86400000 (a day). Without this call: 30000.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_timeout_ms(anchor_options *options, uint64_t timeout_ms);

/**
 * How often a failed request is repeated: when no connection was made or it was lost, and on 408, 409, 429 and 5xx,
 * unless the answer's x-should-retry says otherwise. Retry-After up to 60 s is obeyed; else the pauses are half a
 * second, doubling to 8 s, less up to a quarter. A pause that would outlast the timeout is not begun.
 *
 * @param options      Live options.
 * @param max_retries  0 sends exactly one request. Without this call: 2.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_max_retries(anchor_options *options, uint32_t max_retries);

/**
 * Certificates to trust beside the system's store; enough on a system without one.
 *
 * @param options  Live options.
 * @param ca_file  The path, in UTF-8, of a PEM file with at least one certificate. It is read by anchor_client_new.
 *                 NULL: the system's store alone.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_ca_file(anchor_options *options, const char *ca_file);

/**
 * The proxy for every request.
 *
 * @param options  Live options.
 * @param proxy    http:// or https://, a host and a port, perhaps with user:password@ before the host. "": none.
 *                 NULL: what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY said when the process made its first
 *                 client, but none for a base URL on this machine's loopback.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_proxy(anchor_options *options, const char *proxy);

/**
 * Adds a header to every request, beside those of the environment's ANCHORBROWSER_CUSTOM_HEADERS ("Name: value" lines).
 *
 * @param options  Live options.
 * @param name     The header's name. Given before, or in the environment: the new value counts. Refused by
 *                 anchor_client_new: anchor-api-key, and what belongs to the connection (such as Host).
 * @param value    Visible ASCII and blanks. NULL takes back what was given for this name.
 * @return As every setter; ANCHOR_INVALID_ARGUMENT too if name is NULL.
 */
int32_t anchor_options_set_header(anchor_options *options, const char *name, const char *value);

/**
 * For wrappers: the name that User-Agent and X-Anchor-Sdk give beside the library's.
 *
 * @param options  Live options.
 * @param wrapper  1 to 32 letters, digits, '-', '.' and '_', such as "python". NULL: "c".
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_wrapper(anchor_options *options, const char *wrapper);

/**
 * Sets a function that is told of each attempt: its method, path, number, duration, and status and size of the answer or
 * what went wrong. It is called on the thread that makes the call, and by several at once if several make calls.
 *
 * @param options  Live options.
 * @param log      The function. NULL: none.
 * @param user     Given to the function as it is; it must live as long as the clients that these options make, and until
 *                 the last call that one of them is making has returned.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_log_callback(anchor_options *options,
                                        anchor_log log,
                                        void *user);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ANCHOR_H */
