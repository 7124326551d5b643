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

/// Pauses the video recording of a browser session. Returns ANCHOR_OK only if the API confirmed it.
///
/// @param client      A live client.
/// @param session_id  The session: 1 to 256 bytes of UTF-8 without control characters, slashes,
///                    backslashes and percent signs, and not "." or "..".
/// @param call        The settings and the outcome of this call. NULL: the client's settings.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT, ANCHOR_INVALID_HANDLE, ANCHOR_CONNECT_FAILED or
///         ANCHOR_TLS_FAILED: nothing was sent; ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or
///         ANCHOR_CANCELLED: the recording may be paused or not; ANCHOR_BAD_RESPONSE if an answer
///         did not confirm the pause; ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL; or the HTTP
///         status of the API's answer, 300 to 599, such as ANCHOR_UNAUTHORIZED, ANCHOR_NOT_FOUND,
///         ANCHOR_RATE_LIMITED or ANCHOR_SERVER_ERROR. After anything other than ANCHOR_OK, assume
///         that the session is still being recorded.
///
/// The API confirms a pause by HTTP 200 with a JSON object that has a string "status" in "data" (or
/// in "data" in "data"), no "error" other than null, and no repetition of these names. A status
/// that contradicts the pause, such as "failed" or "recording", confirms nothing.
///
/// Blocks until the answer or the timeout, retries included. A pause whose outcome is unknown is
/// repeated: pausing twice has the same effect as once. Any number of threads may use one client.
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

/// Resumes the video recording of a browser session. Returns ANCHOR_OK only if the API confirmed
/// it, in an answer like that to anchor_pause_recording.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_pause_recording. After anything other than ANCHOR_OK, the recording may still
///         be paused: resume again.
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

/// Holds the recording paused until anchor_pause_end.
///
/// Every begin sends its own pause, because another process or a person may have resumed since the
/// last one. Only the resume is counted: the last end of a client's holds of the session sends it.
/// A forked child has no holds.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_pause_recording. After anything other than ANCHOR_OK there is no hold, and
///         anchor_pause_end must not be called.
///
/// A begin waits while anchor_pause_end of this client resumes the same session, and that resume
/// waits for begins, so that they cannot overtake each other. Therefore do not call
/// anchor_pause_end for a session in the progress function of a begin of the same session: it would
/// wait for its own thread until its timeout.
///
/// A resume by anchor_resume_recording, another client, another process or a person is not counted:
/// it resumes the recording in spite of the hold. So may an attempt of an earlier resume that was
/// given up and arrives late.
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

/// Ends a hold of anchor_pause_begin, and resumes the recording if it was the client's last one.
///
/// The hold ends even if the resume fails or is cancelled: call anchor_resume_recording then. It
/// remains only if a handle is invalid, session_id is unusable, the call object is in use, the
/// queue refuses the call, or no thread can be started while the process exits.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        As for anchor_pause_recording. A call that was cancelled resumes nothing:
///                    pass a fresh one, or NULL.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_resume_recording; ANCHOR_INVALID_ARGUMENT also if the client has no hold of
///         this session.
///
/// This may be called while the process exits, in a handler of atexit or the destructor of a static
/// object. If the process ends in another way (abort, _exit, a signal), the recording stays paused.
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

/// Lists the recordings of a browser session. The JSON text of the API is the call's result: see
/// anchor_call_result.
///
/// @param client      A live client.
/// @param session_id  As for anchor_pause_recording.
/// @param call        A live call. Must not be NULL.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_pause_recording. Success is HTTP 200 with an array "items" in "data" (or in
///         "data" in "data") and no "error" other than null.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_list_recordings(
    client: *mut anchor_client,
    session_id: *const c_char,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    let list = |_: &Client, session: &[u8]| match call.is_null() {
        true => Err(Error::argument("call", "is NULL: it receives the list, see anchor_call_result")),
        false => recordings::list(session),
    };
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, list) }
}

/// Deletes one recording of a browser session.
///
/// @param client        A live client.
/// @param session_id    As for anchor_pause_recording.
/// @param recording_id  An id from the list, or "primary". The rules of session_id apply.
/// @param call          As for anchor_pause_recording.
/// @param error         Receives the message of a failure, else NULL. Free it by anchor_free. May
///                      be NULL.
/// @return As anchor_pause_recording. Success is HTTP 200 with a JSON object that has no "error"
///         other than null, or HTTP 204.
///
/// A request is repeated only if nothing was sent, or if the API said by 429 or x-should-retry that
/// it had no effect. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED, the
/// recording may be deleted or not.
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
/// @param file        The path of the file, in UTF-8. An existing file is replaced when the video
///                    is complete, and not before. Until then the video grows next to it, in a
///                    file with a longer name that ends in ".part".
/// @param call        As for anchor_pause_recording. The timeout applies to the whole download, so
///                    a long video needs a longer one. The progress function sees every part.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_pause_recording; ANCHOR_INVALID_ARGUMENT also if the file cannot be written,
///         is not a regular file, or is being written by another download;
///         ANCHOR_RESOURCE_EXHAUSTED also if the disk is full or the file reached its size limit;
///         ANCHOR_BAD_RESPONSE also if the answer is not a video or does not have the announced
///         length.
///
/// An interrupted download is resumed if the server identifies the version of the video (ETag or
/// Last-Modified) and supports ranges. Otherwise it starts again. The part is kept for the next
/// call with the same session and file. It is deleted if it cannot be resumed, or if the disk is
/// full.
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

/// Sends any request to the API, with the same authentication, retries and checks as the other
/// functions. The JSON text of the answer is the call's result: see anchor_call_result.
///
/// @param client  A live client.
/// @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated like a pause.
///                The others are repeated only if nothing was sent, or if the API said by 429 or
///                x-should-retry that the request had no effect.
/// @param path    The path and an optional query, percent-encoded: "/v1/sessions?page=2". It is
///                appended to the base URL unchanged and cannot address another host.
/// @param body    JSON text, sent as application/json. NULL: no body.
/// @param call    As for anchor_pause_recording.
/// @param error   Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                NULL.
/// @return As anchor_pause_recording. Success is an HTTP status of 200 to 299 with any JSON, except
///         an object with an "error" other than null; or 201, 202 or 204 without a body.
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
    // The time counts from here. If the clock cannot be read, that fails the call only after a hold
    // that is to end is over.
    let begun = caught(Instant::now);
    let guard = call.begin()?;
    let client = find::<Client, _>(client, "client")?;
    client.send(&make(&client)?, &guard, begun)
}
