/** @file
 * libanchor for C programs that want no ownership rules: compile anchor_easy.c into the program.
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

/** For anchor_easy_config.max_retries: each call sends exactly one request. */
#define ANCHOR_EASY_NO_RETRIES (-1)

/** What a function did. */
typedef struct anchor_easy_result {
    /** ANCHOR_OK (0), or a status of anchor.h: 1 to 99 failed on this side, 300 to 599 is the API's HTTP
     * status. */
    int32_t status;
    /** The HTTP status of the last answer; 0 if there was none. */
    int32_t http_status;
    /** The requests that were begun: 1 more than the retries. 0 means that nothing was sent. */
    uint32_t attempts;
    /** How many milliseconds the last answer asked to wait before the next request; 0 if it did not. */
    uint64_t retry_after_ms;
    /** The API's name for the last request, for its support; "" if it gave none. */
    char request_id[128];
    /** One line of UTF-8 that says what failed and what to do, cut after a whole character; "" on success. */
    char message[512];
} anchor_easy_result;

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
} anchor_easy_config;

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
 * Pauses the video recording of a session. The status is ANCHOR_OK only when the API itself said that it did.
 *
 * @param client      An open client.
 * @param session_id  The session: 1 to 256 bytes of UTF-8.
 * @return What anchor_pause_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause(anchor_client *client, const char *session_id);

/**
 * As anchor_easy_pause, with a timeout for this call alone.
 *
 * @param timeout_ms  Milliseconds, 1 to 86400000 (a day).
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_pause_within(anchor_client *client, const char *session_id,
                                            uint64_t timeout_ms);

/**
 * Resumes the video recording of a session. The status is ANCHOR_OK only when the API itself said that it
 * did.
 *
 * @return What anchor_resume_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume(anchor_client *client, const char *session_id);

/** As anchor_easy_resume, with a timeout for this call alone. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_resume_within(anchor_client *client, const char *session_id,
                                             uint64_t timeout_ms);

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

/** As anchor_easy_list, with a timeout for this call alone. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_list_within(anchor_client *client, const char *session_id, char **json,
                                           uint64_t timeout_ms);

/**
 * Deletes one recording of a session. A request that was sent is never repeated.
 *
 * @param recording_id  An id from the list, or "primary".
 * @return What anchor_delete_recording says; see there for each status.
 */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete(anchor_client *client, const char *session_id,
                                      const char *recording_id);

/** As anchor_easy_delete, with a timeout for this call alone. */
ANCHOR_MUST_USE
anchor_easy_result anchor_easy_delete_within(anchor_client *client, const char *session_id,
                                             const char *recording_id, uint64_t timeout_ms);

/** What anchor_while_paused did: three things, of which none hides another. */
typedef struct anchor_easy_held {
    /** How pausing went. Unless its status is ANCHOR_OK, the body was not run. */
    anchor_easy_result paused;
    /** What the body returned; 0 if it was not run. */
    int body;
    /** How resuming went. Unless its status is ANCHOR_OK, the recording may still be paused, and
     * anchor_easy_resume tries it again. ANCHOR_OK too if pausing failed and there was nothing to resume. */
    anchor_easy_result resumed;
} anchor_easy_held;

/**
 * Pauses the recording, runs the body, and resumes the recording. If pausing fails the body is not run.
 *
 * Such stretches may be nested and may overlap, in one thread or several: those of one client for one session
 * are counted, only the first pauses and only the last resumes. A result that needed no request has 0
 * attempts.
 *
 * @param client      An open client, which must stay open until this returns.
 * @param session_id  The session; it must stay as it is until this returns.
 * @param body        Runs on this thread, and must end by returning: after longjmp, a C++ exception or
 *                    pthread_exit the recording stays paused. Must not be NULL.
 * @param user        Given to the body.
 */
ANCHOR_MUST_USE
anchor_easy_held anchor_while_paused(anchor_client *client, const char *session_id, int (*body)(void *user),
                                     void *user);

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
