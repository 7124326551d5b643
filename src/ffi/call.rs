//! The exports for calls: making, changing, cancelling and reading them.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::boundary::{lookup_only, output};
use super::host_data::HostData;
use super::objects::{Object, find, insert};
use crate::call::{Call, Outcome, Progress};
use crate::error::Error;
use crate::handles::lend_string;

/// Settings of one call, and its outcome. Made by anchor_call_new, freed by anchor_free.
pub struct anchor_call {
    _opaque: [u8; 0],
}

/// A progress function: `done` bytes of the answer were received, of `total` bytes or of an unknown
/// number if that is 0. A result other than 0 cancels the call. It must return: no exception, no
/// longjmp.
pub type anchor_progress = Option<unsafe extern "C-unwind" fn(user: *mut c_void, done: u64, total: u64) -> i32>;

/// Makes a call object with the client's settings. It may be reused, but serves one call at a time.
///
/// @param call  Receives the call, NULL on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_RESOURCE_EXHAUSTED.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_new(call: *mut *mut anchor_call) -> i32 {
    // SAFETY: the caller promises that `call` is NULL or may be written.
    lookup_only(|| unsafe { output(call, "call", || insert(Object::Call(Arc::new(Call::new())))) })
}

/// Sets the timeout of calls with this object, in place of the client's.
///
/// @param call        A live call.
/// @param timeout_ms  Milliseconds, 1 to 86400000 (a day). The function that makes the call checks
///                    it.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub extern "C" fn anchor_call_set_timeout_ms(call: *mut anchor_call, timeout_ms: u64) -> i32 {
    lookup_only(|| {
        find::<Call, _>(call, "call")?.set_timeout_ms(timeout_ms);
        Ok(())
    })
}

/// Sets how often a failed request is repeated in calls with this object, in place of the client's
/// number.
///
/// @param call         A live call.
/// @param max_retries  The number of retries. 0 retries nothing.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub extern "C" fn anchor_call_set_max_retries(call: *mut anchor_call, max_retries: u32) -> i32 {
    lookup_only(|| {
        find::<Call, _>(call, "call")?.set_max_retries(max_retries);
        Ok(())
    })
}

/// Sets a function that runs during calls with this object: on the calling thread, at least every
/// 50 milliseconds, and whenever a part of the answer was received. It may make other calls, but
/// not with this object.
///
/// @param call      A live call that is not running.
/// @param progress  The function. NULL: none.
/// @param user      Passed to the function unchanged. It must live as long as calls are made with
///                  this object.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or running; ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_set_progress(
    call: *mut anchor_call,
    progress: anchor_progress,
    user: *mut c_void,
) -> i32 {
    let user = HostData(user);
    let progress = progress.map(|progress| -> Arc<Progress> {
        // SAFETY: the caller promises a function of this type that takes this pointer.
        Arc::new(move |done, total| unsafe { progress(user.get(), done, total) } == 0)
    });
    lookup_only(|| find::<Call, _>(call, "call")?.set_progress(progress).ok_or_else(still_running))
}

/// Cancels the running call with this object, which returns ANCHOR_CANCELLED at once. If no call is
/// running, the next one returns ANCHOR_CANCELLED before it sends anything. The object stays
/// cancelled.
///
/// @param call  A live call.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL; ANCHOR_INVALID_HANDLE.
///
/// Any thread may call this. A signal handler may not.
#[unsafe(no_mangle)]
pub extern "C" fn anchor_call_cancel(call: *mut anchor_call) -> i32 {
    lookup_only(|| {
        find::<Call, _>(call, "call")?.cancel();
        Ok(())
    })
}

/// How much of the answer to the last request was received. For a download, this includes the part
/// that it resumes. Unlike the functions below, this may be called while the call is running: by
/// any thread, and by the progress function.
///
/// @param call   A live call.
/// @param done   Receives the number of bytes so far. Must not be NULL.
/// @param total  Receives the total number of bytes, 0 if it is unknown. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL; ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_transferred(call: *const anchor_call, done: *mut u64, total: *mut u64) -> i32 {
    lookup_only(|| {
        for out in [done, total].into_iter().filter(|out| !out.is_null()) {
            // SAFETY: `out` is not NULL, and the caller promised that it may be written.
            unsafe { *out = 0 };
        }
        if done.is_null() || total.is_null() {
            return Err(Error::argument("the output", "is NULL: pass an address"));
        }
        let transferred = find::<Call, _>(call, "call")?.transferred();
        // SAFETY: neither is NULL, and the caller promised that they may be written.
        unsafe { (*done, *total) = transferred };
        Ok(())
    })
}

/// The HTTP status of the answer to the call's last request.
///
/// @param call         A live call.
/// @param http_status  Receives the status, 0 if that request was not answered. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
///         ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_http_status(call: *const anchor_call, http_status: *mut i32) -> i32 {
    // SAFETY: the caller promises that `http_status` is NULL or may be written.
    unsafe { read(call, http_status, 0, |outcome| i32::from(outcome.http_status)) }
}

/// The number of requests that the call began, or of attempts to connect of anchor_connect: one more
/// than its retries, 0 if it failed before the first.
///
/// @param call      A live call.
/// @param attempts  Receives the number. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
///         ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_attempts(call: *const anchor_call, attempts: *mut u32) -> i32 {
    // SAFETY: the caller promises that `attempts` is NULL or may be written.
    unsafe { read(call, attempts, 0, |outcome| outcome.attempts) }
}

/// The delay that the answer to the last request asked for before the next one (retry-after-ms or
/// Retry-After), even if it was longer than a call waits by itself.
///
/// @param call            A live call.
/// @param retry_after_ms  Receives milliseconds, 0 if the answer asked for no delay. Must not be
///                        NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
///         ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_retry_after_ms(call: *const anchor_call, retry_after_ms: *mut u64) -> i32 {
    let milliseconds = |outcome: Outcome| outcome.retry_after.unwrap_or_default().as_millis();
    // SAFETY: the caller promises that `retry_after_ms` is NULL or may be written.
    unsafe { read(call, retry_after_ms, 0, |outcome| u64::try_from(milliseconds(outcome)).unwrap_or(u64::MAX)) }
}

/// The id that the API gave the last request (x-request-id). Its support may ask for it. Like a
/// message, it is one line of at most 1,000 bytes without the API key.
///
/// @param call        A live call.
/// @param request_id  Receives a string, NULL if there was none. Free it by anchor_free. Must not
///                    be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
///         ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_request_id(call: *const anchor_call, request_id: *mut *mut c_char) -> i32 {
    // SAFETY: the caller promises that `request_id` is NULL or may be written.
    unsafe { read(call, request_id, ptr::null_mut(), |outcome| string(outcome.request_id)) }
}

/// The JSON text of the answer to the call's last request, after a success and after a refusal. It
/// is what the server sent, up to 1 MiB, except that strings that repeat the API key have
/// "[api key]" in its place.
///
/// @param call    A live call.
/// @param result  Receives a string, NULL if the request was not answered or the answer is not
///                JSON. Free it by anchor_free. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if a pointer is NULL or the call is running;
///         ANCHOR_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_call_result(call: *const anchor_call, result: *mut *mut c_char) -> i32 {
    // SAFETY: the caller promises that `result` is NULL or may be written.
    unsafe { read(call, result, ptr::null_mut(), |outcome| string(outcome.result)) }
}

/// Reads a part of the outcome. On failure `out` is `none`.
///
/// # Safety
///
/// `out` is NULL or may be written.
unsafe fn read<T: Copy>(call: *const anchor_call, out: *mut T, none: T, part: impl FnOnce(Outcome) -> T) -> i32 {
    lookup_only(|| {
        if out.is_null() {
            return Err(Error::argument("the output", "is NULL: pass an address"));
        }
        // SAFETY: `out` is not NULL, and the caller promised that it may be written.
        unsafe { *out = none };
        let outcome = find::<Call, _>(call, "call")?.outcome().ok_or_else(still_running)?;
        // SAFETY: as above.
        unsafe { *out = part(outcome) };
        Ok(())
    })
}

pub(super) fn still_running() -> Error {
    Error::argument("call", "is still running: wait until it returns")
}

fn string(text: Option<String>) -> *mut c_char {
    text.map_or(ptr::null_mut(), |text| lend_string(&text))
}
