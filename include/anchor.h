/** @file
 * libanchor: pause the video recording of an Anchor Browser session before a secret is typed, and
 * be certain that it paused.
 *
 * THE CONTRACT
 *
 * Success      A function that can fail returns a status. 0 (ANCHOR_OK) is success. 1 to 99 is a
 *              failure on this side. 300 to 599 is the HTTP status of the API's answer. A number
 *              never changes its meaning.
 * Messages     If the caller passes `error`, *error receives NULL on success, and on failure one
 *              line of UTF-8, of at most 1,000 bytes, that says what failed and what to do next. A
 *              long text of a server or of an argument is cut in its middle. Errors of the system
 *              are in English. A message never contains the API key: "[api key]" stands in its
 *              place, also where it was percent-encoded, escaped or in Base64. Only a key of fewer
 *              than 6 characters is not looked for, because any text may contain it. All of this
 *              also holds for log lines. The library prints nothing, unless the heap is exhausted.
 * Ownership    The caller owns what a function returns through an output: clients, options, calls,
 *              queues and strings. All of them are freed by anchor_free. Arguments are copied. An
 *              output is NULL or 0 unless the function succeeds.
 * Handles      Clients, options, calls and queues are looked up, not dereferenced. A handle that is
 *              NULL, freed or invalid causes ANCHOR_INVALID_ARGUMENT or ANCHOR_INVALID_HANDLE,
 *              never undefined behaviour.
 * Strings      Strings are UTF-8 and end with NUL. NULL is an error unless the parameter gives it a
 *              meaning.
 * Threads      Any thread may call any function at any time, also in a handler of atexit and in the
 *              destructor of a static or thread-local object. Calls on one client run in parallel.
 *              A call object serves one call at a time, and an options object one thread at a time.
 *              The library starts no thread except one for each queue, which runs from its first
 *              call until it is freed, and a short-lived one to look up a host name (not an IP
 *              address) or to write a downloaded file. All of them block all signals, and none is
 *              of a real-time scheduling class. One that writes files has the rights (setfsuid,
 *              namespaces, umask) of the thread whose call started it, and may serve other calls.
 * Stack        A stack of 16 KB is enough, also for a coroutine. If little stack is left, the deep
 *              part of a call runs on a temporary stack. The host's functions run on the host's.
 * Queues       A call that is bound to a queue returns at once and completes there: see
 *              anchor_queue_new.
 * Time         A call returns within its timeout, everything included, and at once when it is
 *              cancelled.
 * Callbacks    A progress or log function runs on the thread that makes the call, or that takes its
 *              completion from a queue. Other calls continue meanwhile. If the thread or process is
 *              ending, it runs on a short-lived thread. While it runs, the thread is as the host
 *              left it. So it may make other calls, and it may switch to a coroutine that makes
 *              them: calls that interleave on one thread do not disturb each other. It must return:
 *              no exception, no longjmp. If pthread_cancel ends the thread in it, the call ends as
 *              if it were cancelled. With musl, which does not unwind the thread,
 *              the objects of the call stay in use instead.
 * Fork         A child may use and free everything that its parent made, whatever the other threads
 *              of the parent were doing. It opens its own connections. A call that was running
 *              during the fork is not running in the child, and its object is free there. A fork
 *              waits up to 0.1 s while other threads set up TLS: the cryptography has locks. _Fork
 *              and clone do not wait, and a child's calls over https may then never return.
 * Signals      No signal handler, disposition or mask is changed. Sending raises no SIGPIPE, and
 *              writing a file no SIGXFSZ. pthread_cancel takes effect after a call or in a progress
 *              or log function, not elsewhere in a call. No function may be called in a signal
 *              handler.
 * Memory       If malloc fails inside the library, the process is aborted after a line on standard
 *              error: Rust has no other way. A lack of descriptors, threads, stacks or disk space is
 *              ANCHOR_RESOURCE_EXHAUSTED, and so is a refusal by the system, such as by seccomp.
 * Descriptors  Every descriptor of the library is closed when a program is executed, and its number is 3
 *              or higher. If the host has closed 0, 1 or 2, a placeholder that can be neither read
 *              nor written occupies the number while descriptors are made.
 * Environment  Environment variables are read by anchor_client_new. SSL_CERT_FILE and SSL_CERT_DIR
 *              are read by the first call over https, which fails if they name something unusable.
 *              A set-user-id or set-group-id program reads none: its caller chose them.
 * Pauses       ANCHOR_OK from anchor_pause_recording or anchor_pause_begin means that the API
 *              confirmed this pause. If another process or a person resumes later, the library does
 *              not notice.
 * Unloading    dlclose and FreeLibrary keep the library in memory.
 * Windows      The functions are the same, with these differences. anchor_queue_fd gives a SOCKET. A
 *              path is UTF-8 too, with either separator, and cannot name a pipe. A download that ends
 *              early leaves no part to be resumed, and of two downloads to one file the last to
 *              end wins. free() may be that of another C library: only anchor_free frees strings.
 *              The deep part of a call on a small stack runs on a short-lived thread, which cannot
 *              start in DllMain: make no call there.
 */


#ifndef ANCHOR_H
#define ANCHOR_H

#include <stdint.h>
/** The version of this header. anchor_version() returns the version of the loaded library. */
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
 * An argument is missing or unusable. The message names it. Nothing was sent.
 */
#define ANCHOR_INVALID_ARGUMENT 1

/**
 * A handle was freed, or is not a handle of this library. Nothing was sent.
 */
#define ANCHOR_INVALID_HANDLE 2

/**
 * No connection could be made. Nothing was sent.
 */
#define ANCHOR_CONNECT_FAILED 3

/**
 * The server's certificate is not trusted, or the TLS handshake failed. Nothing was sent.
 */
#define ANCHOR_TLS_FAILED 4

/**
 * The connection was lost before the complete answer arrived. The request may have taken effect.
 */
#define ANCHOR_CONNECTION_LOST 5

/**
 * The timeout ended the call. The request may have taken effect.
 */
#define ANCHOR_TIMEOUT 6

/**
 * The call was cancelled. The request may have taken effect.
 */
#define ANCHOR_CANCELLED 7

/**
 * The answer did not confirm the request (a proxy's page, an empty body). Assume that it had no
 * effect.
 */
#define ANCHOR_BAD_RESPONSE 8

/**
 * The process ran out of file descriptors, threads, memory or disk space, or the system refused
 * them, a write to the file of a download included.
 */
#define ANCHOR_RESOURCE_EXHAUSTED 9

/**
 * A fault inside the library. Please report its message.
 */
#define ANCHOR_INTERNAL 10

/**
 * HTTP 401: the API key was not accepted.
 */
#define ANCHOR_UNAUTHORIZED 401

/**
 * HTTP 404: the session, the recording or the path does not exist.
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
 * A log line about an attempt that succeeded.
 */
#define ANCHOR_LOG_INFO 20

/**
 * A log line about a failed attempt or a failed call.
 */
#define ANCHOR_LOG_WARNING 30

/**
 * Settings of one call, and its outcome. Made by anchor_call_new, freed by anchor_free.
 */
typedef struct anchor_call anchor_call;

/**
 * An API client: credentials, default settings and the shared connection pool. Made by
 * anchor_client_new, freed by anchor_free.
 */
typedef struct anchor_client anchor_client;

/**
 * Settings for anchor_client_new. Made by anchor_options_new, freed by anchor_free.
 */
typedef struct anchor_options anchor_options;

/**
 * A completion queue: calls bound to it return at once and deliver their results here. Made by
 * anchor_queue_new, freed by anchor_free.
 */
typedef struct anchor_queue anchor_queue;

/**
 * A progress function: `done` bytes of the answer were received, of `total` bytes or of an unknown
 * number if that is 0. A result other than 0 cancels the call. It must return: no exception, no
 * longjmp.
 */
typedef int32_t (*anchor_progress)(void *user, uint64_t done, uint64_t total);

/**
 * A log function: it receives a level, ANCHOR_LOG_INFO or ANCHOR_LOG_WARNING, and one line of
 * UTF-8 as short as a message and, like it, without the API key. The line is valid until the
 * function returns. It must return: no exception, no longjmp.
 */
typedef void (*anchor_log)(void *user, int32_t level, const char *line);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a client. It opens no connection and starts no thread.
 *
 * @param api_key  The API key: 1 to 4096 visible ASCII characters. NULL: the environment variable
 *                 ANCHORBROWSER_API_KEY.
 * @param options  Settings. They may be changed or freed afterwards. NULL: the defaults.
 * @param client   Receives the client, NULL on failure. Must not be NULL.
 * @param error    Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                 NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if the key, an option or an environment variable that
 *         stands in for one is unusable, a file cannot be read, or client is NULL;
 *         ANCHOR_INVALID_HANDLE if options is invalid; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The environment is read here: the key and the base URL (ANCHORBROWSER_BASE_URL) if they are not
 * given, and once per process the proxy variables and ANCHORBROWSER_CUSTOM_HEADERS. Do not change
 * the environment (setenv) on another thread at the same time. Any thread may call this.
 */
ANCHOR_MUST_USE
int32_t anchor_client_new(const char *api_key,
                          const anchor_options *options,
                          anchor_client **client,
                          char **error);

/**
 * Frees any object of this library: a client, options, a call, a queue or a string.
 *
 * @param object  The object. NULL does nothing.
 * @return ANCHOR_OK; ANCHOR_INVALID_HANDLE if this is not a live object of this library. Nothing
 *         is freed then.
 *
 * Free a string only once. Its address may be reused for another string, which a second call would
 * free.
 *
 * If another thread is using the object in a call, the handle becomes invalid at once, and the
 * object lives until that call returns. Never waits. Any thread may call this.
 */
int32_t anchor_free(void *object);

/**
 * The version of the loaded library, such as "1.2.3". ANCHOR_VERSION is the version of the header.
 *
 * @return A static string. Do not free it.
 */
ANCHOR_MUST_USE const char *anchor_version(void);

/**
 * The name of a status, such as "ANCHOR_TIMEOUT".
 *
 * @param status  The result of a function.
 * @return A static string. Do not free it. "HTTP_STATUS" for an HTTP status without its own name,
 *         "UNKNOWN_STATUS" for a number that is not a status.
 */
ANCHOR_MUST_USE const char *anchor_status_name(int32_t status);

/**
 * Pauses the video recording of a browser session. Returns ANCHOR_OK only if the API confirmed it.
 *
 * @param client      A live client.
 * @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, slashes,
 *                    backslashes and percent signs, and not "." or "..".
 * @param call        The settings and the outcome of this call. NULL: the client's settings.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT, ANCHOR_INVALID_HANDLE, ANCHOR_CONNECT_FAILED or
 *         ANCHOR_TLS_FAILED: nothing was sent; ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or
 *         ANCHOR_CANCELLED: the recording may be paused or not; ANCHOR_BAD_RESPONSE if an answer
 *         did not confirm the pause; ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL; or the HTTP
 *         status of the API's answer, 300 to 599, such as ANCHOR_UNAUTHORIZED, ANCHOR_NOT_FOUND,
 *         ANCHOR_RATE_LIMITED or ANCHOR_SERVER_ERROR. After anything other than ANCHOR_OK, assume
 *         that the session is still being recorded.
 *
 * The API confirms a pause by HTTP 200 with a JSON object that has a string "status" in "data" (or
 * in "data" in "data"), no "error" other than null, and no repetition of these names. A status
 * that contradicts the pause, such as "failed" or "recording", confirms nothing.
 *
 * Blocks until the answer or the timeout, retries included. A pause whose outcome is unknown is
 * repeated: pausing twice has the same effect as once. Any number of threads may use one client.
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
 * Resumes the video recording of a browser session. Returns ANCHOR_OK only if the API confirmed
 * it, in an answer like that to anchor_pause_recording.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return As anchor_pause_recording. After anything other than ANCHOR_OK, the recording may still
 *         be paused: resume again.
 */
ANCHOR_MUST_USE
int32_t anchor_resume_recording(anchor_client *client,
                                const char *session_id,
                                anchor_call *call,
                                char **error);

/**
 * Holds the recording paused until anchor_pause_end.
 *
 * Every begin sends its own pause, because another process or a person may have resumed since the
 * last one. Only the resume is counted: the last end of a client's holds of the session sends it.
 * A forked child has no holds.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return As anchor_pause_recording. After anything other than ANCHOR_OK there is no hold, and
 *         anchor_pause_end must not be called.
 *
 * A begin waits while anchor_pause_end of this client resumes the same session, and that resume
 * waits for begins, so that they cannot overtake each other. A call that would wait for its own
 * thread, because a begin or an end of the same session is suspended there in its progress or log
 * function, returns ANCHOR_INVALID_ARGUMENT at once.
 *
 * A resume by anchor_resume_recording, another client, another process or a person is not counted:
 * it resumes the recording in spite of the hold. So may an attempt of an earlier resume that was
 * given up and arrives late.
 */
ANCHOR_MUST_USE
int32_t anchor_pause_begin(anchor_client *client,
                           const char *session_id,
                           anchor_call *call,
                           char **error);

/**
 * Ends a hold of anchor_pause_begin, and resumes the recording if it was the client's last one.
 *
 * The hold ends even if the resume fails or is cancelled: call anchor_resume_recording then. It
 * remains only if a handle is invalid, session_id is unusable, the call object is in use, the
 * queue refuses the call, or no thread can be started while the process exits.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        As for anchor_pause_recording. A call that was cancelled resumes nothing:
 *                    pass a fresh one, or NULL.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return As anchor_resume_recording; ANCHOR_INVALID_ARGUMENT also if the client has no hold of
 *         this session.
 *
 * This may be called while the process exits, in a handler of atexit or the destructor of a static
 * object. If the process ends in another way (abort, _exit, a signal), the recording stays paused.
 */
ANCHOR_MUST_USE
int32_t anchor_pause_end(anchor_client *client,
                         const char *session_id,
                         anchor_call *call,
                         char **error);

/**
 * Lists the recordings of a browser session. The JSON text of the API is the call's result: see
 * anchor_call_result.
 *
 * @param client      A live client.
 * @param session_id  As for anchor_pause_recording.
 * @param call        A live call. Must not be NULL.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return As anchor_pause_recording. Success is HTTP 200 with an array "items" in "data" (or in
 *         "data" in "data") and no "error" other than null.
 */
ANCHOR_MUST_USE
int32_t anchor_list_recordings(anchor_client *client,
                               const char *session_id,
                               anchor_call *call,
                               char **error);

/**
 * Deletes one recording of a browser session.
 *
 * @param client        A live client.
 * @param session_id    As for anchor_pause_recording.
 * @param recording_id  An id from the list, or "primary". The rules of session_id apply.
 * @param call          As for anchor_pause_recording.
 * @param error         Receives the message of a failure, else NULL. Free it by anchor_free. May
 *                      be NULL.
 * @return As anchor_pause_recording. Success is HTTP 200 with a JSON object that has no "error"
 *         other than null, or HTTP 204.
 *
 * A request is repeated only if nothing was sent, or if the server said by 429, x-should-retry or
 * HTTP/2 that it had no effect. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED,
 * the recording may be deleted or not.
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
 * @param file        The path of the file, in UTF-8. An existing file is replaced when the video
 *                    is complete, and not before. Until then the video grows next to it, in a
 *                    file whose name ends in ".part". Or "/dev/stdout", "/dev/fd/N" or a FIFO: see
 *                    below.
 * @param call        As for anchor_pause_recording. The timeout applies to the whole download, so
 *                    a long video needs a longer one. The progress function sees every part.
 * @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                    NULL.
 * @return As anchor_pause_recording; ANCHOR_INVALID_ARGUMENT also if the file cannot be written,
 *         is a folder, a device or another user's in a shared folder, or is being written by
 *         another download of the same session: nothing was sent; ANCHOR_RESOURCE_EXHAUSTED also
 *         if the disk is full, or if the file cannot be written after the request was sent;
 *         ANCHOR_BAD_RESPONSE also if the answer is not a video or does not have the announced
 *         length.
 *
 * An interrupted download is resumed if the server identifies the version of the video (ETag or
 * Last-Modified), supports ranges, and sends the same version and the same last 16 KB again.
 * Otherwise it starts again, in the same call and whatever the number of retries. The part is kept
 * for the next call with the same session and file. It is deleted if it cannot be resumed, if the
 * API says that there is no video, or if writing to it fails. A complete part that cannot take the
 * place of the file is kept, and the message names it. Downloads of two sessions to one file may
 * both succeed, and the last one wins. A relative path leads where it led when the call began. If
 * the timeout or a cancellation ends the call while the system is replacing the file, the message
 * says so, and the file may be replaced later.
 *
 * The new file has the permissions and the group of the one that it replaces, or those that the
 * umask leaves. Only the user can read the part. A symbolic link is followed, also one that leads
 * nowhere yet; in a folder that others may write to, only if it is the user's or that of the
 * folder's owner. Other names of the same file (hard links) keep the old one. A file that the
 * system does not let replace, such as a mount point, is written in place when the video is
 * complete. That is not atomic: if it is interrupted, the file is incomplete until the next call.
 * Hosts must not let other users write to the folder of a part unless it has the sticky bit.
 *
 * "/dev/stdout", "/dev/stderr", "/dev/fd/N" and a FIFO get the video as it arrives. Flush what the
 * host has buffered before. The call waits until somebody reads the FIFO, and ends at its timeout if
 * the reader stops. After a lost connection the download continues only where it stopped, with the
 * same version. Otherwise it fails, and the message says how many bytes were written, which cannot
 * be taken back.
 */
ANCHOR_MUST_USE
int32_t anchor_download_recording(anchor_client *client,
                                  const char *session_id,
                                  const char *file,
                                  anchor_call *call,
                                  char **error);

/**
 * Sends any request to the API, with the same authentication, retries and checks as the other
 * functions. The JSON text of the answer is the call's result: see anchor_call_result.
 *
 * @param client  A live client.
 * @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated like a pause.
 *                The others are repeated only if nothing was sent, or if the server said by 429,
 *                x-should-retry or HTTP/2 that the request had no effect.
 * @param path    The path and an optional query, percent-encoded: "/v1/sessions?page=2". It is
 *                appended to the base URL unchanged and cannot address another host.
 * @param body    JSON text, sent as application/json. NULL: no body.
 * @param call    As for anchor_pause_recording.
 * @param error   Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                NULL.
 * @return As anchor_pause_recording. Success is an HTTP status of 200 to 299 with any JSON, except
 *         an object with an "error" other than null; or 201, 202 or 204 without a body.
 */
ANCHOR_MUST_USE
int32_t anchor_request(anchor_client *client,
                       const char *method,
                       const char *path,
                       const char *body,
                       anchor_call *call,
                       char **error);

/**
 * Makes the connection that the next call needs: looks up the host, opens TCP, and negotiates TLS.
 * It sends no request, so it has no effect on any session. The next call then takes one round trip
 * instead of three or more.
 *
 * @param client  A live client.
 * @param call    As for anchor_pause_recording. The connection serves the calls that are made in the
 *                same way: those of the queue that the call is bound to, else those that block.
 * @param error   Receives the message of a failure, else NULL. Free it by anchor_free. May be
 *                NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT, ANCHOR_INVALID_HANDLE, ANCHOR_CONNECT_FAILED,
 *         ANCHOR_TLS_FAILED, ANCHOR_TIMEOUT, ANCHOR_CANCELLED, ANCHOR_RESOURCE_EXHAUSTED or
 *         ANCHOR_INTERNAL; ANCHOR_CONNECTION_LOST in a child that the progress function forked.
 *
 * If a connection is free, nothing is done. Clients with the same base URL and settings of TLS and
 * the proxy share their connections. ANCHOR_OK does not mean that the API accepts the key or
 * knows a session: only an answer can tell. A call without a free connection makes its own, so this
 * is never necessary. The library closes a connection that was not used for 90 seconds, and many
 * servers close it earlier: connect a few seconds before the call. Blocking calls that are to run at
 * the same time need a connection each, unless the server speaks HTTP/2 to a queue.
 *
 *     anchor_connect(client, NULL, NULL);
 *     // ... the form appears ...
 *     int32_t status = anchor_pause_recording(client, "session-id", NULL, &error);
 */
int32_t anchor_connect(anchor_client *client, anchor_call *call, char **error);

/**
 * Makes a call object with the client's settings. It may be reused, but serves one call at a time.
 *
 * @param call  Receives the call, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_RESOURCE_EXHAUSTED.
 */
ANCHOR_MUST_USE int32_t anchor_call_new(anchor_call **call);

/**
 * Sets the timeout of calls with this object, in place of the client's.
 *
 * @param call        A live call.
 * @param timeout_ms  Milliseconds, 1 to 86400000 (a day). The function that makes the call checks
 *                    it.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_timeout_ms(anchor_call *call, uint64_t timeout_ms);

/**
 * Sets how often a failed request is repeated in calls with this object, in place of the client's
 * number.
 *
 * @param call         A live call.
 * @param max_retries  The number of retries. 0 retries nothing.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_max_retries(anchor_call *call, uint32_t max_retries);

/**
 * Sets a function that runs during calls with this object: on the calling thread, at least every
 * 50 milliseconds, and whenever a part of the answer was received. It may make other calls, but
 * not with this object.
 *
 * @param call      A live call that is not running.
 * @param progress  The function. NULL: none.
 * @param user      Passed to the function unchanged. It must live as long as calls are made with
 *                  this object.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or running; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_set_progress(anchor_call *call, anchor_progress progress, void *user);

/**
 * Cancels the running call with this object, which returns ANCHOR_CANCELLED at once. If no call is
 * running, the next one returns ANCHOR_CANCELLED before it sends anything. The object stays
 * cancelled.
 *
 * @param call  A live call.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
 *
 * Any thread may call this. A signal handler may not.
 */
int32_t anchor_call_cancel(anchor_call *call);

/**
 * How much of the answer to the last request was received. For a download, this includes the part
 * that it resumes. Unlike the functions below, this may be called while the call is running: by
 * any thread, and by the progress function.
 *
 * @param call   A live call.
 * @param done   Receives the number of bytes so far. Must not be NULL.
 * @param total  Receives the total number of bytes, 0 if it is unknown. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL; ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_transferred(const anchor_call *call, uint64_t *done, uint64_t *total);

/**
 * The HTTP status of the answer to the call's last request.
 *
 * @param call         A live call.
 * @param http_status  Receives the status, 0 if that request was not answered. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
 *         ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_http_status(const anchor_call *call, int32_t *http_status);

/**
 * The number of requests that the call began, or of attempts to connect of anchor_connect: one more
 * than its retries, 0 if it failed before the first.
 *
 * @param call      A live call.
 * @param attempts  Receives the number. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
 *         ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_attempts(const anchor_call *call, uint32_t *attempts);

/**
 * The delay that the answer to the last request asked for before the next one (retry-after-ms or
 * Retry-After), even if it was longer than a call waits by itself.
 *
 * @param call            A live call.
 * @param retry_after_ms  Receives milliseconds, 0 if the answer asked for no delay. Must not be
 *                        NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
 *         ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_retry_after_ms(const anchor_call *call, uint64_t *retry_after_ms);

/**
 * The id that the API gave the last request (x-request-id). Its support may ask for it. Like a
 * message, it is one line of at most 1,000 bytes without the API key.
 *
 * @param call        A live call.
 * @param request_id  Receives a string, NULL if there was none. Free it by anchor_free. Must not
 *                    be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
 *         ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_request_id(const anchor_call *call, char **request_id);

/**
 * The JSON text of the answer to the call's last request, after a success and after a refusal. It
 * is what the server sent, up to 1 MiB, except that strings that repeat the API key have
 * "[api key]" in its place.
 *
 * @param call    A live call.
 * @param result  Receives a string, NULL if the request was not answered or the answer is not
 *                JSON. Free it by anchor_free. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
 *         ANCHOR_INVALID_HANDLE.
 */
int32_t anchor_call_result(const anchor_call *call, char **result);

/**
 * Makes a completion queue. A call that is bound to it by anchor_call_set_queue returns at once
 * and completes here, so that one thread can run thousands of calls.
 *
 * @param capacity  The number of calls that it can hold, running or completed and not yet taken: 1
 *                  to 1000000. 0: 10000.
 * @param queue     Receives the queue, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The first call starts one thread, which does the work of all calls and blocks all signals.
 *
 * anchor_free cancels the running calls, drops the completions that were not taken, and does not
 * wait: the thread ends by itself. A pause among them may have taken effect, but there is no hold,
 * and an anchor_pause_end that relied on it has not resumed. Resume those sessions, or take all
 * completions first.
 *
 * In a forked child the queue is empty and has another descriptor. Calls that the parent began
 * complete in the parent.
 */
ANCHOR_MUST_USE int32_t anchor_queue_new(uint32_t capacity, anchor_queue **queue);

/**
 * A descriptor that is readable while completions wait, for poll, epoll and event loops. It
 * belongs to the queue, which closes it when it is freed. Do not read from it, write to it or
 * close it. On Windows it is a SOCKET, for WSAPoll and select, whose other end is in this process.
 *
 * @param queue       A live queue.
 * @param descriptor  Receives the descriptor, -1 on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if an argument is NULL; ANCHOR_INVALID_HANDLE;
 *         ANCHOR_RESOURCE_EXHAUSTED.
 *
 * The descriptor stays readable until the last completion is taken. Several threads may wait for
 * it.
 */
ANCHOR_MUST_USE int32_t anchor_queue_fd(anchor_queue *queue, int32_t *descriptor);

/**
 * Takes the oldest completion, and waits for one if there is none. The rest of the outcome, such
 * as the result, is read from the call object, which may then serve the next call.
 *
 * @param queue       A live queue.
 * @param timeout_ms  The longest wait in milliseconds, up to 86400000 (a day). 0 does not wait.
 * @param tag         Receives the tag of the call, 0 if there is no completion. May be NULL.
 * @param status      Receives the status of the call: what its function would have returned
 *                    without a queue. Must not be NULL.
 * @param error       Receives the message of a failed call, or of a failure of this function, else
 *                    NULL. Free it by anchor_free. May be NULL.
 * @return ANCHOR_OK if a completion was taken, whatever its status; ANCHOR_TIMEOUT if there was
 *         none; ANCHOR_INVALID_ARGUMENT; ANCHOR_INVALID_HANDLE, also if another thread frees the
 *         queue meanwhile; ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL.
 *
 * The client's log function receives the lines about the call here, on this thread. Any number of
 * threads may call this. Each completion goes to one of them.
 */
ANCHOR_MUST_USE
int32_t anchor_queue_next(anchor_queue *queue,
                          uint64_t timeout_ms,
                          uint64_t *tag,
                          int32_t *status,
                          char **error);

/**
 * Binds a call to a queue: calls with this object return at once and complete there.
 *
 * @param call   A live call that is not running. It must have no progress function when a call
 *               begins.
 * @param queue  A live queue, which must be live when a call begins. NULL: calls block again.
 * @param tag    Returned by anchor_queue_next, to identify the call: any number, or a pointer's
 *               value.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or running; ANCHOR_INVALID_HANDLE.
 *
 * A function that makes a call then returns ANCHOR_OK as soon as the call has begun, and the call
 * always completes. Any other status means that no call was begun: ANCHOR_INVALID_ARGUMENT,
 * ANCHOR_INVALID_HANDLE, or ANCHOR_RESOURCE_EXHAUSTED if the queue is full or no thread can be
 * started.
 *
 * The timeout starts when the call begins. anchor_call_cancel cancels the call. The object may be
 * freed at once if its outcome is not needed, and the outcome may be read after the completion was
 * taken.
 *
 *     anchor_call_set_queue(call, queue, 7);
 *     anchor_pause_recording(client, "session-id", call, &error);
 *     anchor_queue_next(queue, 60000, &tag, &status, &error);
 */
int32_t anchor_call_set_queue(anchor_call *call, anchor_queue *queue, uint64_t tag);

/**
 * Makes options with all defaults.
 *
 * @param options  Receives the options, NULL on failure. Must not be NULL.
 * @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if options is NULL; ANCHOR_RESOURCE_EXHAUSTED.
 *
 * A setter copies its arguments. It returns ANCHOR_OK; ANCHOR_INVALID_HANDLE if the options are
 * invalid; or ANCHOR_INVALID_ARGUMENT if they are NULL, or if another thread is changing them at
 * the same time. anchor_client_new checks the values, and its message names the one that is wrong.
 */
ANCHOR_MUST_USE int32_t anchor_options_new(anchor_options **options);

/**
 * Sets the base URL of the API. The paths of the API are appended to its path.
 *
 * @param options   Live options.
 * @param base_url  http:// or https://, a host, and optionally a port and a path; no user info,
 *                  query or fragment, and no /v1 at the end. NULL: the environment variable
 *                  ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_base_url(anchor_options *options, const char *base_url);

/**
 * Sets the timeout of a call. It includes retries, name look-up, connecting, TLS, sending and
 * reading.
 *
 * @param options     Live options.
 * @param timeout_ms  Milliseconds, 1 to 86400000 (a day). The default is 30000.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_timeout_ms(anchor_options *options, uint64_t timeout_ms);

/**
 * Sets how often a transient failure is retried: no connection, a lost connection, and HTTP 408,
 * 409, 429 and 5xx, unless x-should-retry in the answer says otherwise.
 *
 * The delay before a retry is that of Retry-After up to 60 s. Without it, the delays start at half
 * a second and double up to 8 s, less up to a quarter. A retry that would come after the timeout
 * is not made.
 *
 * A request that the server did not process, as HTTP/2 can tell, is sent again at once. That is
 * not a retry, and not counted.
 *
 * @param options      Live options.
 * @param max_retries  The number of retries. 0 retries nothing. The default is 2.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_max_retries(anchor_options *options, uint32_t max_retries);

/**
 * Sets certificates to trust in addition to the system's store, or on a system without one.
 *
 * @param options  Live options.
 * @param ca_file  The path, in UTF-8, of a PEM file with at least one certificate: a regular file
 *                 of at most 16 MB. anchor_client_new reads it. NULL: the system's store alone.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_ca_file(anchor_options *options, const char *ca_file);

/**
 * Sets the certificate by which the client authenticates itself to the server of the base URL (mutual
 * TLS). It is sent if the server asks for one, and never to a proxy.
 *
 * @param options      Live options.
 * @param certificate  The path, in UTF-8, of a PEM file with the client's certificate, the
 *                     intermediate ones after it, and its private key, unencrypted: a regular file
 *                     of at most 16 MB. anchor_client_new reads it. NULL: none.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_client_certificate(anchor_options *options, const char *certificate);

/**
 * Sets the proxy for every request.
 *
 * @param options  Live options.
 * @param proxy    http://, https://, socks5:// or socks5h://, a host and a port, optionally with
 *                 user:password@ before the host, percent-encoded. With socks5:// the name of the
 *                 server is looked up by this process, with socks5h:// by the proxy. "": no proxy.
 *                 NULL: the proxy that HTTPS_PROXY or HTTP_PROXY, ALL_PROXY and NO_PROXY named when
 *                 the process made its first client, and none for a base URL on this machine.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_proxy(anchor_options *options, const char *proxy);

/**
 * Adds a header to every request, in addition to those of the environment variable
 * ANCHORBROWSER_CUSTOM_HEADERS ("Name: value" lines).
 *
 * @param options  Live options.
 * @param name     The name of the header. It replaces a header of the same name that was set
 *                 before or in the environment. anchor_client_new refuses anchor-api-key,
 *                 Accept-Encoding, and headers of the connection, such as Host.
 * @param value    Visible ASCII characters, spaces and tabs. NULL removes a header that was set
 *                 before.
 * @return As every setter; ANCHOR_INVALID_ARGUMENT also if name is NULL.
 */
int32_t anchor_options_set_header(anchor_options *options, const char *name, const char *value);

/**
 * Sets the name of a wrapper, which User-Agent and X-Anchor-Sdk contain.
 *
 * @param options  Live options.
 * @param wrapper  1 to 32 letters, digits, '-', '.' and '_', such as "python". NULL: "c".
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_wrapper(anchor_options *options, const char *wrapper);

/**
 * Sets a function that receives a line for each attempt: its method, path, number and duration,
 * and the status and size of the answer or the failure. A query is not shown, because its values
 * may be secrets: "?..." stands in its place. It runs on the thread that makes the call,
 * and on several at once if several threads make calls.
 *
 * @param options  Live options.
 * @param log      The function. NULL: none.
 * @param user     Passed to the function unchanged. It must live as long as the clients that are
 *                 made with these options, and until their last call has returned.
 * @return As every setter; see anchor_options_new.
 */
int32_t anchor_options_set_log_callback(anchor_options *options, anchor_log log, void *user);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ANCHOR_H */
