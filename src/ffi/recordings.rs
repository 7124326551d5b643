//! The exports that send requests to the API.

use std::ffi::c_char;

use tokio::time::Instant;

use super::boundary::{bytes, may_use_network};
use super::call::anchor_call;
use super::client::anchor_client;
use super::objects::find;
use crate::api::{recordings, request};
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::exchange::{Hold, Request};
use crate::queue::Queue;
use crate::sys::{FileSignalBlocked, caught};

/// Pauses the video recording of a browser session. Returns ANCHOR_OK only when the API itself said that it did.
///
/// @param client      A live client.
/// @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, slashes, backslashes and percent
///                    signs; not "." or "..".
/// @param call        What this one call needs and learns. NULL: the client's settings.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT or ANCHOR_INVALID_HANDLE, and nothing was sent; ANCHOR_CONNECT_FAILED or
///         ANCHOR_TLS_FAILED, and nothing was sent; ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED, and
///         the recording may be paused or not; ANCHOR_BAD_RESPONSE if an answer did not confirm the pause;
///         ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL; or the HTTP status of the API's answer, 300 to 599:
///         ANCHOR_UNAUTHORIZED, ANCHOR_NOT_FOUND, ANCHOR_RATE_LIMITED, ANCHOR_SERVER_ERROR and all others.
///         After any of these but ANCHOR_OK, assume that the session is still being recorded.
///
/// A pause is confirmed by HTTP 200 with a JSON object that holds a string "status" under "data" (or "data" in "data"),
/// no "error" other than null, and none of these names twice. A status that contradicts the pause, such as "failed" or
/// "recording", confirms nothing.
///
/// Blocks until the answer or the timeout, retries included. A session whose recording is paused already stays so:
/// an attempt whose outcome is unknown is repeated. Any number of threads may use one client.
///
///     char *error = NULL;
///     if (anchor_pause_recording(client, "session-id", NULL, &error) != ANCHOR_OK) {
///         fprintf(stderr, "%s\n", error);
///         anchor_free(error);
///     }
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_pause_recording(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, |_, session| recordings::pause(session)) }
}

/// Resumes the video recording of a browser session. Returns ANCHOR_OK only when the API itself said that it did, in an
/// answer such as anchor_pause_recording needs.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording. After all but ANCHOR_OK the recording may still be paused: resume again.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_resume_recording(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, |_, session| recordings::resume(session)) }
}

/// Pauses the recording until anchor_pause_end. Every begin sends its own pause, because another process or a person may
/// have resumed since the last one. Only the resume is counted: of the holds of one session by one client, the last end
/// sends it. A forked child holds nothing.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording. Unless it is ANCHOR_OK nothing is held, and anchor_pause_end must not be called.
///
/// A begin waits for a resume of its session that anchor_pause_end of this client is sending, and that resume waits for
/// begins: they cannot overtake each other. So do not end a hold in the progress function of a begin of the same session: it
/// waits for its own thread until its timeout. What anchor_resume_recording, other clients, processes and people send is not
/// seen here: while the recording is held, they may resume it. So may an attempt of an earlier resume that was given up and
/// is still on its way.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_pause_begin(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, |_, session| recordings::begin_pause(session)) }
}

/// Ends what anchor_pause_begin began, and resumes the recording if nothing else of this client holds it paused. The hold
/// is over even if resuming fails or is cancelled: call anchor_resume_recording then. Only a handle that is not live, an
/// unusable session_id, a call that is in use, a queue that refuses the call, or a thread that cannot be started while the
/// process exits leaves the hold as it is.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording. One that was cancelled resumes nothing: give a fresh one, or NULL.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_resume_recording; ANCHOR_INVALID_ARGUMENT too if the client holds no pause of this session.
///
/// May be called while the process exits, from a handler of atexit or the destructor of a static object. If the process
/// ends otherwise (abort, _exit, a signal), the recording stays paused.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_pause_end(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, |_, session| recordings::end_pause(session)) }
}

/// Lists the recordings of a browser session. The API's JSON text is the call's result: see anchor_call_result. Success is
/// HTTP 200 with an array "items" under "data" (or "data" in "data") and no "error".
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        A live call, which must not be NULL.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_list_recordings(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    let list = |_: &Client, session: &[u8]| match call.is_null() {
        true => Err(Error::argument("call", "is NULL: the list comes through it, see anchor_call_result")),
        false => recordings::list(session),
    };
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, list) }
}

/// Deletes one recording of a browser session. Success is HTTP 200 with a JSON object without "error", or 204.
///
/// @param client        A live client.
/// @param session_id    As for anchor_pause_recording.
/// @param recording_id  An id from the list, or "primary"; the same rules as for session_id.
/// @param call          As for anchor_pause_recording.
/// @param error         Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording. A request is repeated only if nothing was sent, or if the API said by 429 or
///         x-should-retry that it did nothing. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT and ANCHOR_CANCELLED the
///         recording may be there or not.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_delete_recording(
    client: *mut anchor_client,
    session_id: *const c_char,
    recording_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    let delete = |_: &Client, session: &[u8]| {
        // SAFETY: the caller promises that `recording_id` is NULL or a string.
        let recording = unsafe { bytes(recording_id) }
            .ok_or_else(|| Error::argument("recording_id", r#"is NULL: pass an id from the list, or "primary""#))?;
        recordings::delete(session, recording)
    };
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, delete) }
}

/// Downloads the primary video recording of a browser session to a file, in constant memory.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param file        Where the video goes: a path in UTF-8. A file that is there is replaced when the video is whole, and
///                    not before: until then it grows beside it, under the same name with more behind it and ".part".
/// @param call        As for anchor_pause_recording. The timeout counts for the whole download, so that a long video needs
///                    a longer one; the progress function is told of every part.
/// @param error       Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording. ANCHOR_INVALID_ARGUMENT too if the file cannot be written, is no regular file, or is
///         being written by another download; ANCHOR_RESOURCE_EXHAUSTED too if the disk is full or the file may not grow;
///         ANCHOR_BAD_RESPONSE too if what came is no video or does not end where it said.
///
/// A download that is cut off goes on where it ended, if the server names the version of the video (ETag or Last-Modified)
/// and takes ranges; else it begins anew. What has come is kept for the next call with the same session and file, unless
/// that cannot go on from it: then, and when the disk is full, it is removed.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_download_recording(
    client: *mut anchor_client,
    session_id: *const c_char,
    file: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    let download = |client: &Client, session: &[u8]| {
        // SAFETY: the caller promises that `file` is NULL or a string.
        let file = unsafe { bytes(file) }
            .ok_or_else(|| Error::argument("file", r#"is NULL: pass a path such as "video.mp4""#))?;
        recordings::download(client.address(), session, file)
    };
    let _signals = FileSignalBlocked::new();
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, download) }
}

/// Sends any request of the API, with the same key handling, retries and checks as the other functions. The JSON text of
/// the answer is the call's result: see anchor_call_result.
///
/// @param client  A live client.
/// @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated as pausing is; the others only if
///                nothing was sent, or if the API said by 429 or x-should-retry that it did nothing.
/// @param path    From the first slash, percent-encoded, with a query if need be: "/v1/sessions?page=2". It is put behind
///                the base URL as it is; another host cannot be reached.
/// @param body    JSON text, sent as application/json. NULL: no body.
/// @param call    As for anchor_pause_recording.
/// @param error   Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return As anchor_pause_recording. Success is an HTTP status of 200 to 299 with any JSON but an object with an
///         "error" other than null, or 201, 202 or 204 without a body.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_request(
    client: *mut anchor_client,
    method: *const c_char,
    path: *const c_char,
    body: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    let any = |_: &Client| {
        // SAFETY: the caller promises that each is NULL or a string.
        let (method, path, body) = unsafe { (bytes(method), bytes(path), bytes(body)) };
        let method = method.ok_or_else(|| Error::argument("method", r#"is NULL: pass "GET" or another"#))?;
        let path = path.ok_or_else(|| Error::argument("path", r#"is NULL: pass one such as "/v1/sessions""#))?;
        request::any(method, path, body)
    };
    // SAFETY: the caller promises that `error` is NULL or may be written.
    unsafe { send(client, call, error, any) }
}

/// Sends a request about a session.
///
/// # Safety
///
/// `session_id` is NULL or a string; `error` is NULL or may be written.
unsafe fn session_request(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
    make: impl FnOnce(&Client, &[u8]) -> Result<Request, Error>,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: `bytes` requires of `session_id` what the caller promises.
        let session = unsafe { bytes(session_id) }
            .ok_or_else(|| Error::argument("session_id", "is NULL: pass the id of a running session"))?;
        make(client, session)
    };
    // SAFETY: `send` requires of `error` what the caller promises.
    unsafe { send(client, call, error, make) }
}

/// Sends a request on this thread, or through the queue that the call is bound to.
///
/// # Safety
///
/// `error` is NULL or may be written.
unsafe fn send(
    client: *mut anchor_client,
    call: *mut anchor_call,
    error: *mut *mut c_char,
    make: impl FnOnce(&Client) -> Result<Request, Error>,
) -> i32 {
    let body = || {
        if call.is_null() {
            return block(client, &Call::new(), make);
        }
        let call = find::<Call, _>(call, "call")?;
        let Some(binding) = call.queue() else { return block(client, &call, make) };
        let client = find::<Client, _>(client, "client")?;
        let queue = find::<Queue, _>(binding.queue as *const u8, "the queue of call")?;
        let request = make(&client)?;
        queue.submit(binding.tag, client, call, request).map(|()| None)
    };
    // After the status is reported, so that a hold exists exactly if the host learns of it.
    let keep = |hold: Option<Hold>| hold.map_or((), Hold::keep);
    // SAFETY: `may_use_network` requires of `error` what the caller promises.
    unsafe { may_use_network(error, body, keep) }
}

/// Sends a request on this thread and waits for its answer.
fn block(
    client: *mut anchor_client,
    call: &Call,
    make: impl FnOnce(&Client) -> Result<Request, Error>,
) -> Result<Option<Hold>, Error> {
    // The time counts from here. If the clock cannot be read, that fails the call only after a hold that
    // is to end is over.
    let begun = caught(Instant::now);
    let guard = call.begin()?;
    let client = find::<Client, _>(client, "client")?;
    client.send(&make(&client)?, &guard, begun)
}
