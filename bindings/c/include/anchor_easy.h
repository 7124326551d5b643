/** @file
 * libanchor for C programs that want no ownership rules: link libanchor_easy, or compile
 * anchor_easy.c into the program.
 *
 * Results and settings are plain structs, and the client is the only thing to close. It is an ordinary
 * anchor_client: the functions of anchor.h take it too. Any number of threads may use one client at once.
 */

#ifndef ANCHOR_EASY_H
#define ANCHOR_EASY_H

#include "anchor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** For max_retries: exactly one request is sent. */
#define ANCHOR_EASY_NO_RETRIES (-1)

/** What a function did. */
typedef struct anchor_easy_result {
    /** ANCHOR_OK (0), or a status of anchor.h: 1 to 99 failed on this side, 300 to 599 is the API's HTTP
     * status. */
    int32_t status;
    /** The HTTP status that the last request got; 0 if it got no answer. */
    int32_t http_status;
    /** The requests that were begun: 1 more than the retries. 0 means that nothing was sent. */
    uint32_t attempts;
    /** How many milliseconds the answer to the last request asked to wait before the next one; 0
     * if it did not ask, or if there was no answer. */
    uint64_t retry_after_ms;
    /** The API's name for the last request, for its support; "" if it gave none. */
    char request_id[128];
    /** One line of UTF-8 that says what failed and what to do, cut after a whole character; "" on success. */
    char message[512];
} anchor_easy_result;

/** A header that every request carries. */
typedef struct anchor_easy_header {
    /** NULL: the list ends here. */
    const char *name;
    /** Visible ASCII and blanks. */
    const char *value;
} anchor_easy_header;

/** Settings for anchor_easy_open. Initialise it with {0}: what is NULL or 0 is the default. Nothing of it is
 * kept. */
typedef struct anchor_easy_config {
    /** NULL: the environment's ANCHORBROWSER_API_KEY. */
    const char *api_key;
    /** NULL: the environment's ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io. */
    const char *base_url;
    /** The longest that a call may take, in milliseconds up to 86400000 (a day), retries included. 0: 30000.
     */
    uint64_t timeout_ms;
    /** How often a failed request is repeated. 0: twice. ANCHOR_EASY_NO_RETRIES or below: never. */
    int32_t max_retries;
    /** The path of a PEM file with certificates to trust beside the system's. NULL: none. */
    const char *ca_file;
    /** http:// or https://, a host and a port. "": none. NULL: what the environment says. */
    const char *proxy;
    /** Headers in addition to the environment's ANCHORBROWSER_CUSTOM_HEADERS, where the same ones give way to
     * these. The list ends with a name that is NULL. NULL: none. */
    const anchor_easy_header *headers;
    /** Told of each attempt on the thread that makes the call, and by several at once. NULL: none. */
    anchor_log log;
    /** Given to log. It must live until the client is closed and the last call by it has returned. */
    void *log_user;
} anchor_easy_config;

/** Settings of one call, for the functions that end in _with. Initialise it with {0}: what is 0 or NULL is as
 * the client has it. Nothing of it is kept. */
typedef struct anchor_easy_call {
    /** The longest that the call may take, in milliseconds up to 86400000 (a day), retries included. */
    uint64_t timeout_ms;
    /** How often a failed request is repeated. ANCHOR_EASY_NO_RETRIES or below: never. */
    int32_t max_retries;
    /** Called on this thread while the call is under way, at least every 50 ms and whenever a part of the answer
     * has come. A result other than 0 ends the call with ANCHOR_CANCELLED: a flag that it reads lets another
     * thread do so. NULL: none. */
    anchor_progress progress;
    /** Given to progress. */
    void *user;
} anchor_easy_call;

/**
 * Makes a client. It opens no connection.
 *
 * @param client  Receives the client, to be closed by anchor_easy_close; NULL on failure. Must not be NULL.
 * @param config  The settings. NULL: the defaults.
 * @return What anchor_client_new says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_open(anchor_client **client, const anchor_easy_config *config);

/**
 * Pauses the video recording of a session. The status is ANCHOR_OK only when the API confirmed it.
 *
 * @param client      An open client.
 * @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, "/", "\" or
 *                    "%", and not "." or "..".
 * @return What anchor_pause_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id);

/** As anchor_easy_pause, with settings of its own. NULL: the client's, here and below. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause_with(anchor_client *client, const char *session_id,
                                          const anchor_easy_call *settings);

/**
 * Resumes the video recording of a session. The status is ANCHOR_OK only when the API confirmed it.
 *
 * @return What anchor_resume_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id);

/** As anchor_easy_resume, with settings of its own. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume_with(anchor_client *client, const char *session_id,
                                           const anchor_easy_call *settings);

/**
 * Lists the recordings of a session.
 *
 * @param json  Receives the API's JSON text, to be freed by anchor_free; NULL on failure. Must not be NULL. (A
 *              buffer of the caller's that proves too small would mean another request, whose answer may be
 *              longer still.)
 * @return What anchor_list_recordings says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_list(anchor_client *client, const char *session_id, char **json);

/** As anchor_easy_list, with settings of its own. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_list_with(anchor_client *client, const char *session_id, char **json,
                                         const anchor_easy_call *settings);

/**
 * Deletes one recording of a session.
 *
 * A request that was sent is repeated only if the server said that nothing was done: with 429 or
 * with x-should-retry: true. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT and ANCHOR_CANCELLED the
 * recording may be there or not.
 *
 * @param recording_id  An id from the list, or "primary"; the same rules as for session_id.
 * @return What anchor_delete_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id);

/** As anchor_easy_delete, with settings of its own. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete_with(anchor_client *client, const char *session_id,
                                           const char *recording_id, const anchor_easy_call *settings);

/**
 * Downloads the primary video recording of a session to a file, which gets its name when it is whole.
 *
 * @param file  A path in UTF-8. A file that is there is replaced when the video is whole, and not before.
 * @return What anchor_download_recording says; see there for each status, and for how a download that was cut off
 *         goes on.
 *
 * The timeout counts for the whole download: anchor_easy_download_with gives a long video a longer one.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_download(anchor_client *client, const char *session_id, const char *file);

/** As anchor_easy_download, with settings of its own. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_download_with(anchor_client *client, const char *session_id, const char *file,
                                             const anchor_easy_call *settings);

/**
 * Sends any request of the API.
 *
 * GET and PUT are repeated as pausing is. POST, PATCH and DELETE are repeated only if nothing was
 * sent, or if the server said that nothing was done: with 429 or with x-should-retry: true.
 *
 * The status is ANCHOR_OK for an HTTP status of 200 to 299 with any JSON value as the body, but not
 * with an object whose "error" is other than null. With 201, 202 and 204 the body may be empty.
 *
 * @param method  "GET", "POST", "PUT", "PATCH" or "DELETE".
 * @param path    From the first slash, percent-encoded, with a query if need be: "/v1/sessions?page=2".
 * @param body    JSON text. NULL: none.
 * @param json    Receives the JSON text of the answer, to be freed by anchor_free; NULL on failure, and if the answer
 *                has no body. NULL: it is not wanted.
 * @return What anchor_request says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_request(anchor_client *client, const char *method, const char *path,
                                       const char *body, char **json);

/** As anchor_easy_request, with settings of its own. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_request_with(anchor_client *client, const char *method, const char *path,
                                            const char *body, char **json, const anchor_easy_call *settings);

/** What anchor_while_paused did: three things, of which none hides another. */
typedef struct anchor_easy_held {
    /** How pausing went. Unless its status is ANCHOR_OK, the body was not run. */
    anchor_easy_result paused;
    /** What the body returned; 0 if it was not run. */
    int body;
    /** How resuming went. Unless its status is ANCHOR_OK, the body ran but the recording may
     * still be paused: call anchor_easy_resume. The message says so and ends with the cause, as
     * far as it fits; the status is the cause's. ANCHOR_OK with 0 attempts means that there was
     * nothing to resume: pausing failed, or another block keeps the recording paused. */
    anchor_easy_result resumed;
} anchor_easy_held;

/**
 * Pauses the recording, runs the body, and resumes the recording. If pausing fails the body is not run.
 *
 * Such blocks may be nested and may overlap, in one thread or several. Each one sends its own
 * pause, and its body runs only after the API confirmed that pause. The resume is counted: of the
 * blocks of one client for one session, only the last one to end resumes.
 *
 * While a body runs, another process, another client or a person may resume the recording. The
 * library cannot see that. The next block pauses again, also if it begins inside that body.
 *
 * @param client      An open client, which must stay open until this returns.
 * @param session_id  The session; it must stay as it is until this returns.
 * @param body        Runs on this thread. Must not be NULL. It must end by returning: after exit,
 *                    _exit, abort, longjmp, pthread_exit or a C++ exception the recording stays
 *                    paused. Its work must be done when it returns: the recording then runs again,
 *                    even if something that it started on another thread or in another process is
 *                    still running.
 * @param user        Given to the body.
 */
ANCHOR_MUST_USE
anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id, int (*body)(void *user),
                                     void *user);

/** As anchor_while_paused, with settings for the pausing. Those for resuming are the client's, so that what
 * cancels the pausing cannot keep the recording from being resumed. */
ANCHOR_MUST_USE
anchor_easy_held anchor_while_paused_with(anchor_client *client, const char *session_id,
                                          int (*body)(void *user), void *user,
                                          const anchor_easy_call *pausing);

/**
 * Closes a client and sets the pointer to NULL, so that closing it again does nothing.
 *
 * @param client  The address of the pointer. NULL, or the address of NULL, is fine.
 *
 * A call that another thread is making with the client comes to its end; the next one fails with
 * ANCHOR_INVALID_HANDLE or ANCHOR_INVALID_ARGUMENT.
 */
void anchor_easy_close(anchor_client **client);

#ifdef __cplusplus
}
#endif

#endif
