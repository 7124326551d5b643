//! The exports for the rest of the API, and for connecting ahead of a request.

use std::ffi::c_char;

use super::boundary::bytes;
use super::call::anchor_call;
use super::client::anchor_client;
use super::send::send;
use crate::api::request;
use crate::client::Client;
use crate::error::Error;

/// Sends any request to the API, with the same authentication, retries and checks as the other
/// functions. The JSON text of the answer is the call's result: see anchor_call_result.
///
/// @param client  A live client.
/// @param method  "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated like a pause.
///                The others are repeated only if nothing was sent, or if the server said by 429,
///                x-should-retry or HTTP/2 that the request had no effect.
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
pub unsafe extern "C-unwind" fn anchor_request(
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

/// Makes the connection that the next call needs: looks up the host, opens TCP, and negotiates TLS.
/// It sends no request, so it has no effect on any session. The next call then takes one round trip
/// instead of three or more.
///
/// @param client  A live client.
/// @param call    As for anchor_pause_recording. The connection serves the calls that are made in the
///                same way: those of the queue that the call is bound to, else those that block.
/// @param error   Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT, ANCHOR_INVALID_HANDLE, ANCHOR_CONNECT_FAILED,
///         ANCHOR_TLS_FAILED, ANCHOR_TIMEOUT, ANCHOR_CANCELLED, ANCHOR_RESOURCE_EXHAUSTED or
///         ANCHOR_INTERNAL; ANCHOR_CONNECTION_LOST in a child that the progress function forked.
///
/// If a connection is free, nothing is done. Clients with the same base URL and settings of TLS and
/// the proxy share their connections. ANCHOR_OK does not mean that the API accepts the key or
/// knows a session: only an answer can tell. A call without a free connection makes its own, so this
/// is never necessary. The library closes a connection that was not used for 90 seconds, and many
/// servers close it earlier: connect a few seconds before the call. Blocking calls that are to run at
/// the same time need a connection each, unless the server speaks HTTP/2 to a queue.
///
///     anchor_connect(client, NULL, NULL);
///     // ... the form appears ...
///     int32_t status = anchor_pause_recording(client, "session-id", NULL, &error);
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn anchor_connect(
    client: *mut anchor_client,
    call: *mut anchor_call,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that `error` is NULL or may be written.
    unsafe { send(client, call, error, |_| Ok(request::connect())) }
}
