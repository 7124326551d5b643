/** @file
 * libanchor for C programs that do not want to manage options, call objects and messages. Link
 * libanchor_easy, or compile anchor_easy.c into the program.
 *
 * Settings and results are plain structs. A program closes its client, and frees only the JSON text
 * of a list or a request. The client is an ordinary anchor_client: the functions of anchor.h accept
 * it too. Any number of threads may use one client at once.
 *
 * The functions block until the answer or the timeout, retries included. They print nothing, and
 * return everything about a failure in an anchor_easy_result. For calls that return at once and
 * complete later, thousands on one thread, pass the client to the functions of anchor.h, each with an
 * anchor_call that anchor_call_set_queue has bound to a queue of anchor_queue_new.
 */

#ifndef ANCHOR_EASY_H
#define ANCHOR_EASY_H

#include "anchor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A value for max_retries: retry nothing. */
#define ANCHOR_EASY_NO_RETRIES (-1)

/** The outcome of a function. */
typedef struct anchor_easy_result {
    /** ANCHOR_OK (0) or another status of anchor.h. 1 to 99 is a failure on this side. 300 to 599
     * is the HTTP status of the API's answer. */
    int32_t status;
    /** The HTTP status of the answer to the last request; 0 if it was not answered. */
    int32_t http_status;
    /** The number of requests that were begun: one more than the number of retries; 0 if the call
     * failed before the first. 0 means that nothing was sent. */
    uint32_t attempts;
    /** The delay in milliseconds that the answer to the last request asked for before the next one;
     * 0 if it asked for none, or if there was no answer. */
    uint64_t retry_after_ms;
    /** The id that the API gave the last request, for a question to its support; "" if there was
     * none. */
    char request_id[128];
    /** One line of UTF-8 that says what failed and what to do next, without the API key (of at
     * least 6 characters); "" on success. One that is longer, because it explains a failed resume,
     * is truncated after a complete character. */
    char message[1024];
} anchor_easy_result;

/** A header that is sent with every request. */
typedef struct anchor_easy_header {
    /** The name of the header. NULL ends the list. */
    const char *name;
    /** The value of the header: visible ASCII characters and spaces. */
    const char *value;
} anchor_easy_header;

/** Settings for anchor_easy_open. Initialise it with {0}: a member that is 0 or NULL means the
 * default. anchor_easy_open copies everything except log_user. */
typedef struct anchor_easy_config {
    /** The API key. NULL: the environment variable ANCHORBROWSER_API_KEY. */
    const char *api_key;
    /** The base URL of the API. NULL: the environment variable ANCHORBROWSER_BASE_URL, or
     * https://api.anchorbrowser.io if it is not set. */
    const char *base_url;
    /** The longest duration of a call in milliseconds, all retries included: up to 86400000 (a
     * day). 0: 30000. */
    uint64_t timeout_ms;
    /** How often a failed request is repeated. 0: twice. ANCHOR_EASY_NO_RETRIES or any other
     * negative number: never. */
    int32_t max_retries;
    /** The path of a PEM file with certificates to trust in addition to those of the system. NULL:
     * none. */
    const char *ca_file;
    /** The path of a PEM file with the client's certificate and its private key, for servers that
     * ask for one (mutual TLS). NULL: none. */
    const char *client_certificate;
    /** The proxy: http://, https://, socks5:// or socks5h://, a host and a port. "": no proxy. NULL:
     * the proxy variables of the environment. */
    const char *proxy;
    /** Headers to send, in a list that ends with {0}. They override headers of the same name in the
     * environment variable ANCHORBROWSER_CUSTOM_HEADERS. NULL: no headers except those. */
    const anchor_easy_header *headers;
    /** A function that receives a line about each attempt, on the thread that makes the call. Calls
     * on several threads may run it at the same time. It must return: no exception, no longjmp.
     * NULL: no log. */
    anchor_log log;
    /** Passed to log unchanged. It must live until the client is closed and its last call has
     * returned. */
    void *log_user;
} anchor_easy_config;

/** Settings of one call, for the functions that end in _with. Initialise it with {0}: a member that
 * is 0 or NULL means the client's setting. It is not used after the function has returned. */
typedef struct anchor_easy_call {
    /** The longest duration of the call in milliseconds, all retries included: up to 86400000 (a
     * day). */
    uint64_t timeout_ms;
    /** How often a failed request is repeated. ANCHOR_EASY_NO_RETRIES or any other negative number:
     * never. */
    int32_t max_retries;
    /** A function that runs on this thread during the call, at least every 50 milliseconds and
     * whenever a part of the answer was received. A result other than 0 ends the call with
     * ANCHOR_CANCELLED. To cancel the call on another thread, let the function return a flag that
     * the other thread sets. It must return: no exception, no longjmp. NULL: none. */
    anchor_progress progress;
    /** Passed to progress unchanged. */
    void *user;
} anchor_easy_call;

/**
 * Makes a client. It opens no connection: the first call does.
 *
 * @param client  Receives the client, NULL on failure. Close it by anchor_easy_close. Must not be
 *                NULL.
 * @param config  The settings. NULL: the defaults.
 * @return The statuses of anchor_client_new.
 *
 * The environment is read here. Do not change it (setenv) on another thread at the same time. Any
 * thread may call this.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_open(anchor_client **client, const anchor_easy_config *config);

/**
 * Pauses the video recording of a session. The status is ANCHOR_OK only if the API confirmed it.
 *
 * @param client      An open client.
 * @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, "/", "\" or
 *                    "%", and not "." or "..".
 * @return The statuses of anchor_pause_recording. After anything other than ANCHOR_OK, assume that
 *         the session is still being recorded.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id);

/** anchor_easy_pause with settings for this call. NULL, here and in the functions below, means the
 * client's settings. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause_with(anchor_client *client, const char *session_id,
                                          const anchor_easy_call *settings);

/**
 * Resumes the video recording of a session. The status is ANCHOR_OK only if the API confirmed it.
 *
 * @param client      An open client.
 * @param session_id  As for anchor_easy_pause.
 * @return The statuses of anchor_resume_recording. After anything other than ANCHOR_OK, the
 *         recording may still be paused: resume again.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id);

/** anchor_easy_resume with settings for this call. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume_with(anchor_client *client, const char *session_id,
                                           const anchor_easy_call *settings);

/**
 * Lists the recordings of a session.
 *
 * @param client      An open client.
 * @param session_id  As for anchor_easy_pause.
 * @param json        Receives the JSON text of the API, NULL on failure. Free it by anchor_free.
 *                    Must not be NULL.
 * @return The statuses of anchor_list_recordings; ANCHOR_INVALID_ARGUMENT also if json is NULL.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_list(anchor_client *client, const char *session_id, char **json);

/** anchor_easy_list with settings for this call. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_list_with(anchor_client *client, const char *session_id, char **json,
                                         const anchor_easy_call *settings);

/**
 * Deletes one recording of a session.
 *
 * @param client        An open client.
 * @param session_id    As for anchor_easy_pause.
 * @param recording_id  An id from the list, or "primary" for the main recording. The rules of
 *                      session_id apply.
 * @return The statuses of anchor_delete_recording.
 *
 * A request is repeated only if nothing was sent, or if the API said by 429 or x-should-retry: true
 * that it had no effect. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED, the
 * recording may be deleted or not.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id);

/** anchor_easy_delete with settings for this call. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete_with(anchor_client *client, const char *session_id,
                                           const char *recording_id, const anchor_easy_call *settings);

/**
 * Downloads the primary video recording of a session to a file, in constant memory.
 *
 * @param client      An open client.
 * @param session_id  As for anchor_easy_pause.
 * @param file        The path of the file, in UTF-8. An existing file is replaced when the video is
 *                    complete. Until then the video grows next to it, in a file whose name ends in
 *                    ".part". "/dev/stdout" gets the video as it arrives.
 * @return The statuses of anchor_download_recording. That function also says how an interrupted
 *         download is resumed.
 *
 * The timeout applies to the whole download. For a long video, pass a longer one to
 * anchor_easy_download_with.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_download(anchor_client *client, const char *session_id, const char *file);

/** anchor_easy_download with settings for this call. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_download_with(anchor_client *client, const char *session_id, const char *file,
                                             const anchor_easy_call *settings);

/**
 * Sends any request to the API, with the same authentication, retries and checks as the other
 * functions.
 *
 * @param client  An open client.
 * @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated like a pause.
 *                The others are repeated only if nothing was sent, or if the API said by 429 or
 *                x-should-retry: true that the request had no effect.
 * @param path    The path and an optional query, percent-encoded: "/v1/sessions?page=2". It cannot
 *                address another host.
 * @param body    JSON text. NULL: no body.
 * @param json    Receives the JSON text of the answer; NULL on failure, and if the answer has no
 *                body. Free it by anchor_free. NULL: the answer is not needed.
 * @return The statuses of anchor_request. Success is an HTTP status of 200 to 299 with any JSON,
 *         except an object with an "error" other than null; or 201, 202 or 204 without a body.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_request(anchor_client *client, const char *method, const char *path,
                                       const char *body, char **json);

/** anchor_easy_request with settings for this call. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_request_with(anchor_client *client, const char *method, const char *path,
                                            const char *body, char **json, const anchor_easy_call *settings);

/**
 * Makes the connection that the next call needs: looks up the host, opens TCP, and negotiates TLS.
 * It sends no request, so it has no effect on any session.
 *
 * @param client  An open client.
 * @return The statuses of anchor_connect, none of which is an HTTP status. `attempts` is the number
 *         of attempts to connect. The result may be ignored: the next call then makes the connection.
 *
 * Call it a few seconds before a form appears. The pause before the secret then takes one round
 * trip to the server instead of three or more. A call without a free connection makes its own, so
 * this is never necessary.
 *
 * ANCHOR_OK does not mean that the API accepts the key or knows a session: only an answer can tell.
 * If a connection is free, nothing is done. The library closes a connection that was not used for
 * 90 seconds, and many servers close it earlier.
 *
 * Any thread may call this, and any thread may use the connection. It serves one call at a time: of
 * the calls that begin at the same time, one uses it, and the others make their own. For calls of a
 * queue, call anchor_connect with an anchor_call that is bound to the same queue.
 */
anchor_easy_result anchor_easy_connect(anchor_client *client);

/** anchor_easy_connect with settings for this call. */
anchor_easy_result anchor_easy_connect_with(anchor_client *client, const anchor_easy_call *settings);

/** The outcome of anchor_while_paused. Pausing, the function and resuming are reported separately, so
 * that no failure hides another. */
typedef struct anchor_easy_held {
    /** The outcome of pausing. Unless its status is ANCHOR_OK, the function did not run. */
    anchor_easy_result paused;
    /** The result of the function; 0 if it did not run. */
    int body;
    /** The outcome of resuming. Unless its status is ANCHOR_OK, the function ran but the recording
     * may still be paused: call anchor_easy_resume. The message says this before the cause, and the
     * status is that of the cause. ANCHOR_OK with 0 attempts means that no resume was needed:
     * pausing failed, or another block keeps the recording paused. */
    anchor_easy_result resumed;
} anchor_easy_held;

/**
 * Pauses the recording, runs a function, and resumes the recording. If pausing fails, the function
 * does not run.
 *
 * @param client      An open client. It must stay open until this returns.
 * @param session_id  As for anchor_easy_pause. It must not change until this returns.
 * @param function    The function, which runs on this thread. It must return: after exit, _exit,
 *                    abort, longjmp, pthread_exit or a C++ exception, the recording stays paused.
 *                    Must not be NULL.
 * @param user        Passed to the function unchanged.
 * @return An anchor_easy_held. Its `paused` has the statuses of anchor_pause_begin, and
 *         ANCHOR_INVALID_ARGUMENT also if function is NULL. Its `resumed` has the statuses of
 *         anchor_pause_end.
 *
 * Blocks may be nested, and may overlap in one thread or several. Each block sends its own pause,
 * and its function runs only after the API confirmed that pause. The resume is counted: of the blocks
 * of one client for one session, the last one to end resumes.
 *
 * While a function runs, another process, another client or a person may resume the recording. The
 * library does not notice. The next block pauses again, even if it is nested in this one.
 *
 * The function must wait for its work. The recording runs again after it has returned, even if
 * another thread or process that it started is still working.
 */
ANCHOR_MUST_USE
anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id,
                                     int (*function)(void *user), void *user);

/** anchor_while_paused with settings for pausing. Resuming uses the client's settings, so that a
 * progress function that cancels the pause cannot prevent the resume. */
ANCHOR_MUST_USE
anchor_easy_held anchor_while_paused_with(anchor_client *client, const char *session_id,
                                          int (*function)(void *user), void *user,
                                          const anchor_easy_call *pausing);

/**
 * Closes a client and sets the variable to NULL, so that closing it again does nothing.
 *
 * @param client  The address of the variable. NULL, or the address of NULL, does nothing.
 *
 * A call that another thread is making with this client runs to its end. A later call with this
 * variable, which is NULL, fails with ANCHOR_INVALID_ARGUMENT. A later call with another copy of the
 * pointer fails with ANCHOR_INVALID_HANDLE.
 * Any thread may call this.
 */
void anchor_easy_close(anchor_client **client);

#ifdef __cplusplus
}
#endif

#endif
