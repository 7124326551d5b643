//! The exports for options.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::boundary::{bytes, lookup_only, output};
use super::host_data::HostData;
use super::objects::{Object, find, insert};
use crate::config::{LogFunction, Options};
use crate::error::{ANCHOR_INVALID_ARGUMENT, Error};
use crate::sys::Exclusive;

/// Settings for anchor_client_new. Made by anchor_options_new, freed by anchor_free.
pub struct anchor_options {
    _opaque: [u8; 0],
}

/// Makes options with all defaults.
///
/// @param options  Receives the options, NULL on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if options is NULL; ANCHOR_RESOURCE_EXHAUSTED.
///
/// A setter copies its arguments. It returns ANCHOR_OK; ANCHOR_INVALID_HANDLE if the options are
/// invalid; or ANCHOR_INVALID_ARGUMENT if they are NULL, or if another thread is changing them at
/// the same time. anchor_client_new checks the values, and its message names the one that is wrong.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_new(options: *mut *mut anchor_options) -> i32 {
    // SAFETY: the caller promises that `options` is NULL or may be written.
    lookup_only(|| unsafe { output(options, "options", || insert(Object::Options(Arc::default()))) })
}

/// Sets the base URL of the API. The paths of the API are appended to its path.
///
/// @param options   Live options.
/// @param base_url  http:// or https://, a host, and optionally a port and a path; no user info,
///                  query or fragment, and no /v1 at the end. NULL: the environment variable
///                  ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_base_url(options: *mut anchor_options, base_url: *const c_char) -> i32 {
    // SAFETY: the caller promises that `base_url` is NULL or a string.
    let value = unsafe { owned(base_url) };
    set(options, |options| options.base_url = value)
}

/// Sets the timeout of a call. It includes retries, name look-up, connecting, TLS, sending and
/// reading.
///
/// @param options     Live options.
/// @param timeout_ms  Milliseconds, 1 to 86400000 (a day). The default is 30000.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub extern "C" fn anchor_options_set_timeout_ms(options: *mut anchor_options, timeout_ms: u64) -> i32 {
    set(options, |options| options.timeout_ms = Some(timeout_ms))
}

/// Sets how often a transient failure is retried: no connection, a lost connection, and HTTP 408,
/// 409, 429 and 5xx, unless x-should-retry in the answer says otherwise.
///
/// The delay before a retry is that of Retry-After up to 60 s. Without it, the delays start at half
/// a second and double up to 8 s, less up to a quarter. A retry that would come after the timeout
/// is not made.
///
/// A request that the server did not process, as HTTP/2 can tell, is sent again at once. That is
/// not a retry, and not counted.
///
/// @param options      Live options.
/// @param max_retries  The number of retries. 0 retries nothing. The default is 2.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub extern "C" fn anchor_options_set_max_retries(options: *mut anchor_options, max_retries: u32) -> i32 {
    set(options, |options| options.max_retries = Some(max_retries))
}

/// Sets certificates to trust in addition to the system's store, or on a system without one.
///
/// @param options  Live options.
/// @param ca_file  The path, in UTF-8, of a PEM file with at least one certificate: a regular file
///                 of at most 16 MB. anchor_client_new reads it. NULL: the system's store alone.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_ca_file(options: *mut anchor_options, ca_file: *const c_char) -> i32 {
    // SAFETY: the caller promises that `ca_file` is NULL or a string.
    let value = unsafe { owned(ca_file) };
    set(options, |options| options.ca_file = value)
}

/// Sets the certificate by which the client authenticates itself to the server of the base URL (mutual
/// TLS). It is sent if the server asks for one, and never to a proxy.
///
/// @param options      Live options.
/// @param certificate  The path, in UTF-8, of a PEM file with the client's certificate, the
///                     intermediate ones after it, and its private key, unencrypted: a regular file
///                     of at most 16 MB. anchor_client_new reads it. NULL: none.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_client_certificate(
    options: *mut anchor_options,
    certificate: *const c_char,
) -> i32 {
    // SAFETY: the caller promises that `certificate` is NULL or a string.
    let value = unsafe { owned(certificate) };
    set(options, |options| options.client_certificate = value)
}

/// Sets the proxy for every request.
///
/// @param options  Live options.
/// @param proxy    http://, https://, socks5:// or socks5h://, a host and a port, optionally with
///                 user:password@ before the host, percent-encoded. With socks5:// the name of the
///                 server is looked up by this process, with socks5h:// by the proxy. "": no proxy.
///                 NULL: the proxy that HTTPS_PROXY or HTTP_PROXY, ALL_PROXY and NO_PROXY named when
///                 the process made its first client, and none for a base URL on this machine.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_proxy(options: *mut anchor_options, proxy: *const c_char) -> i32 {
    // SAFETY: the caller promises that `proxy` is NULL or a string.
    let value = unsafe { owned(proxy) };
    set(options, |options| options.proxy = value)
}

/// Adds a header to every request, in addition to those of the environment variable
/// ANCHORBROWSER_CUSTOM_HEADERS ("Name: value" lines).
///
/// @param options  Live options.
/// @param name     The name of the header. It replaces a header of the same name that was set
///                 before or in the environment. anchor_client_new refuses anchor-api-key,
///                 Accept-Encoding, and headers of the connection, such as Host.
/// @param value    Visible ASCII characters, spaces and tabs. NULL removes a header that was set
///                 before.
/// @return As every setter; ANCHOR_INVALID_ARGUMENT also if name is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_header(
    options: *mut anchor_options,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    // SAFETY: the caller promises that both are NULL or strings.
    let (name, value) = unsafe { (owned(name), owned(value)) };
    let Some(name) = name else { return ANCHOR_INVALID_ARGUMENT };
    set(options, |options| {
        options.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(&name));
        options.headers.extend(value.map(|value| (name, value)));
    })
}

/// Sets the name of a wrapper, which User-Agent and X-Anchor-Sdk contain.
///
/// @param options  Live options.
/// @param wrapper  1 to 32 letters, digits, '-', '.' and '_', such as "python". NULL: "c".
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_wrapper(options: *mut anchor_options, wrapper: *const c_char) -> i32 {
    // SAFETY: the caller promises that `wrapper` is NULL or a string.
    let value = unsafe { owned(wrapper) };
    set(options, |options| options.wrapper = value)
}

/// A log function: it receives a level, ANCHOR_LOG_INFO or ANCHOR_LOG_WARNING, and one line of
/// UTF-8 as short as a message and, like it, without the API key. The line is valid until the
/// function returns. It must return: no exception, no longjmp.
pub type anchor_log = Option<unsafe extern "C-unwind" fn(user: *mut c_void, level: i32, line: *const c_char)>;

/// Sets a function that receives a line for each attempt: its method, path, number and duration,
/// and the status and size of the answer or the failure. A query is not shown, because its values
/// may be secrets: "?..." stands in its place. It runs on the thread that makes the call,
/// and on several at once if several threads make calls.
///
/// @param options  Live options.
/// @param log      The function. NULL: none.
/// @param user     Passed to the function unchanged. It must live as long as the clients that are
///                 made with these options, and until their last call has returned.
/// @return As every setter; see anchor_options_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_options_set_log_callback(
    options: *mut anchor_options,
    log: anchor_log,
    user: *mut c_void,
) -> i32 {
    let user = HostData(user);
    let log = log.map(|log| -> Arc<LogFunction> {
        Arc::new(move |level, line| {
            let line = CString::new(line.as_str()).unwrap_or_default();
            // SAFETY: the caller promises a function of this type that takes this pointer; the line
            // is a string.
            unsafe { log(user.get(), level, line.as_ptr()) }
        })
    });
    set(options, |options| options.log = log)
}

/// A copy of live options.
pub(super) fn copy(options: *const anchor_options) -> Result<Options, Error> {
    find::<Exclusive<Options>, _>(options, "options")?.read(Options::clone).ok_or_else(busy)
}

fn set(options: *const anchor_options, change: impl FnOnce(&mut Options)) -> i32 {
    lookup_only(|| {
        let changed = |options: &Options| {
            let mut options = options.clone();
            change(&mut options);
            options
        };
        find::<Exclusive<Options>, _>(options, "options")?.replace(changed).ok_or_else(busy)
    })
}

fn busy() -> Error {
    Error::argument("options", "are being changed by another thread: use them from one thread at a time")
}

/// # Safety
///
/// `value` is NULL or a string.
unsafe fn owned(value: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: `bytes` requires what the caller promises, and the copy is made at once.
    unsafe { bytes(value) }.map(<[u8]>::to_vec)
}
