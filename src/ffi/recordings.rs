//! The exports for session recordings.

use std::ffi::c_char;

use super::boundary::bytes;
use super::call::anchor_call;
use super::client::anchor_client;
use super::send::send;
use crate::api::recordings;
use crate::client::Client;
use crate::error::Error;
use crate::exchange::Request;

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
pub unsafe extern "C-unwind" fn anchor_pause_recording(
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
pub unsafe extern "C-unwind" fn anchor_resume_recording(
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
/// waits for begins, so that they cannot overtake each other. A call that would wait for its own
/// thread, because a begin or an end of the same session is suspended there in its progress or log
/// function, returns ANCHOR_INVALID_ARGUMENT at once.
///
/// A resume by anchor_resume_recording, another client, another process or a person is not counted:
/// it resumes the recording in spite of the hold. So may an attempt of an earlier resume that was
/// given up and arrives late.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn anchor_pause_begin(
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
pub unsafe extern "C-unwind" fn anchor_pause_end(
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
pub unsafe extern "C-unwind" fn anchor_list_recordings(
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
/// A request is repeated only if nothing was sent, or if the server said by 429, x-should-retry or
/// HTTP/2 that it had no effect. After ANCHOR_CONNECTION_LOST, ANCHOR_TIMEOUT or ANCHOR_CANCELLED,
/// the recording may be deleted or not.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn anchor_delete_recording(
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
///                    file whose name ends in ".part". Or "/dev/stdout", "/dev/fd/N" or a FIFO: see
///                    below.
/// @param call        As for anchor_pause_recording. The timeout applies to the whole download, so
///                    a long video needs a longer one. The progress function sees every part.
/// @param error       Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                    NULL.
/// @return As anchor_pause_recording; ANCHOR_INVALID_ARGUMENT also if the file cannot be written,
///         is a folder, a device or another user's in a shared folder, or is being written by
///         another download of the same session: nothing was sent; ANCHOR_RESOURCE_EXHAUSTED also
///         if the disk is full, or if the file cannot be written after the request was sent;
///         ANCHOR_BAD_RESPONSE also if the answer is not a video or does not have the announced
///         length.
///
/// An interrupted download is resumed if the server identifies the version of the video (ETag or
/// Last-Modified), supports ranges, and sends the same version and the same last 16 KB again.
/// Otherwise it starts again, in the same call and whatever the number of retries. The part is kept
/// for the next call with the same session and file. It is deleted if it cannot be resumed, if the
/// API says that there is no video, or if writing to it fails. A complete part that cannot take the
/// place of the file is kept, and the message names it. Downloads of two sessions to one file may
/// both succeed, and the last one wins. A relative path leads where it led when the call began. If
/// the timeout or a cancellation ends the call while the system is replacing the file, the message
/// says so, and the file may be replaced later.
///
/// The new file has the permissions and the group of the one that it replaces, or those that the
/// umask leaves. Only the user can read the part. A symbolic link is followed, also one that leads
/// nowhere yet; in a folder that others may write to, only if it is the user's or that of the
/// folder's owner. Other names of the same file (hard links) keep the old one. A file that the
/// system does not let replace, such as a mount point, is written in place when the video is
/// complete. That is not atomic: if it is interrupted, the file is incomplete until the next call.
/// Hosts must not let other users write to the folder of a part unless it has the sticky bit.
///
/// "/dev/stdout", "/dev/stderr", "/dev/fd/N" and a FIFO get the video as it arrives. Flush what the
/// host has buffered before. The call waits until somebody reads the FIFO, and ends at its timeout if
/// the reader stops. After a lost connection the download continues only where it stopped, with the
/// same version. Otherwise it fails, and the message says how many bytes were written, which cannot
/// be taken back.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn anchor_download_recording(
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
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe { session_request(client, session_id, call, error, download) }
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
