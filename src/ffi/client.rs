//! The exports for clients.

use std::ffi::c_char;
use std::sync::Arc;

use super::boundary::{bytes, may_block, output};
use super::objects::{self, Object};
use super::options::{anchor_options, copy};
use crate::client::Client;
use crate::config::{Configuration, Options, redactor};
use crate::error::Report;

/// An API client: credentials, default settings and the shared connection pool. Made by
/// anchor_client_new, freed by anchor_free.
pub struct anchor_client {
    _opaque: [u8; 0],
}

/// Makes a client. It opens no connection and starts no thread.
///
/// @param api_key  The API key: 1 to 4096 visible ASCII characters. NULL: the environment variable
///                 ANCHORBROWSER_API_KEY.
/// @param options  Settings. They may be changed or freed afterwards. NULL: the defaults.
/// @param client   Receives the client, NULL on failure. Must not be NULL.
/// @param error    Receives the message of a failure, else NULL. Free it by anchor_free. May be
///                 NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if the key, an option or an environment variable that
///         stands in for one is unusable, a file cannot be read, or client is NULL;
///         ANCHOR_INVALID_HANDLE if options is invalid; ANCHOR_RESOURCE_EXHAUSTED.
///
/// The environment is read here: the key and the base URL (ANCHORBROWSER_BASE_URL) if they are not
/// given, and once per process the proxy variables and ANCHORBROWSER_CUSTOM_HEADERS. Do not change
/// the environment (setenv) on another thread at the same time. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_client_new(
    api_key: *const c_char,
    options: *const anchor_options,
    client: *mut *mut anchor_client,
    error: *mut *mut c_char,
) -> i32 {
    let make = || {
        // SAFETY: the caller promises that `api_key` is NULL or a string.
        let api_key = unsafe { bytes(api_key) };
        let options = match options.is_null() {
            true => Options::default(),
            false => copy(options)?,
        };
        let configuration = Configuration::new(api_key, &options)?;
        objects::insert(Object::Client(Arc::new(Client::new(configuration))))
    };
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe {
        may_block(error, || {
            output(client, "client", make).map_err(|error| Report::new(&error, Some(&redactor(bytes(api_key)))))
        })
    }
}
