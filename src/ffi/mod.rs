//! The C ABI: what is exported. `include/anchor.h` is made from here, so these comments speak to readers of C.

#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::not_unsafe_ptr_arg_deref, rustdoc::bare_urls)]

mod addresses;
mod basis;
pub(crate) mod fork;
pub(crate) mod guard;
pub(crate) mod handle;
mod late;
pub(crate) mod limits;
pub(crate) mod readiness;
pub(crate) mod stack;
mod table;
mod text;

// The header is in this order.
mod endpoints;

mod calls;
mod queues;
mod settings;

pub use calls::*;
pub use endpoints::*;
pub use queues::*;
pub use settings::*;

use std::ffi::{c_char, c_void};
use std::ptr;

use handle::Object;

use crate::client::Client;
use crate::error::{self, Error};
use crate::options::{Configuration, Options};

/// A key and settings that many calls share; made by anchor_client_new, freed by anchor_free.
pub struct anchor_client {
    _opaque: [u8; 0],
}

/// Makes a client. It opens no connection and starts no thread: the first call does what it needs.
///
/// @param api_key  1 to 4096 visible ASCII characters, copied. NULL: the environment's ANCHORBROWSER_API_KEY.
/// @param options  Settings, copied: they may be changed or freed afterwards. NULL: the defaults.
/// @param client   Receives the client, NULL on failure. Must not be NULL.
/// @param error    Receives NULL, or the message of a failure, to be freed by anchor_free. May be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if the key or an option is unusable, a CA file cannot be read, or
///         client is NULL; ANCHOR_INVALID_HANDLE if options are not live; ANCHOR_RESOURCE_EXHAUSTED.
///
/// The environment is read here only: the key and the base URL (ANCHORBROWSER_BASE_URL) if they are not given, and once
/// per process the proxy variables and ANCHORBROWSER_CUSTOM_HEADERS. Do not change it (setenv) from another thread
/// meanwhile. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_client_new(
    api_key: *const c_char,
    options: *const anchor_options,
    client: *mut *mut anchor_client,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each pointer is NULL or what its parameter says.
    unsafe {
        guard::local(error, || {
            give(client, "client", || {
                let options = match options.is_null() {
                    true => Options::default(),
                    false => settings::copy(options)?,
                };
                stack::roomy(|| {
                    let configuration = Configuration::new(text::bytes(api_key), &options)?;
                    handle::insert(Object::Client(Client::new(configuration)))
                })
            })
        })
    }
}

/// Frees anything that this library gave out: a client, options, a call, a string.
///
/// @param object  What is to be freed. NULL is fine and does nothing.
/// @return ANCHOR_OK; ANCHOR_INVALID_HANDLE for anything else than a live object of this library: freed already, never
///         given out, cut to 32 bits. Nothing happens then.
///
/// Free a string once: its address may be given out again for another string, which a second call would then free.
///
/// A client or call that another thread is using ends when that call returns; its handle is dead at once. Never
/// waits. Any thread may call this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_free(object: *mut c_void) -> i32 {
    // SAFETY: no error pointer is given.
    unsafe {
        let free = || {
            if object.is_null() || stack::roomy(|| handle::free(object)) || text::take_back(object) {
                return Ok(());
            }
            Err(Error::InvalidHandle(
                "object did not come from this library, or was freed before: free each object once".into(),
            ))
        };
        guard::network(ptr::null_mut(), free, |()| ())
    }
}

/// The version of the library that is loaded, such as "1.2.3". ANCHOR_VERSION is the one that was compiled against.
///
/// @return A string that lives as long as the process; do not free it.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn anchor_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The name of a status, such as "ANCHOR_TIMEOUT"; "HTTP_STATUS" for an HTTP status without a name of its own,
/// "UNKNOWN_STATUS" for a number that is no status.
///
/// @param status  What a function returned.
/// @return A string that lives as long as the process; do not free it.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn anchor_status_name(status: i32) -> *const c_char {
    error::status_name(status).as_ptr()
}

/// A pointer of the host's that is handed back to it as it is.
#[derive(Clone, Copy)]
struct HostData(*mut c_void);

// SAFETY: the library never looks behind the pointer; the header tells the host on which threads its functions run.
unsafe impl Send for HostData {}
// SAFETY: as above.
unsafe impl Sync for HostData {}

impl HostData {
    /// A method, so that a closure takes the whole and not the bare pointer in it.
    fn get(self) -> *mut c_void {
        self.0
    }
}

/// Fills an output: NULL first, and the value only on success.
///
/// # Safety
///
/// `out` is NULL or may be written.
unsafe fn give<T>(out: *mut *mut T, name: &str, make: impl FnOnce() -> Result<*mut T, Error>) -> Result<(), Error> {
    if out.is_null() {
        return Err(Error::argument(name, "is NULL: pass the address of a pointer"));
    }
    // SAFETY: `out` is not NULL, and the caller promised that it may be written.
    unsafe { *out = ptr::null_mut() };
    let value = make()?;
    // SAFETY: as above.
    unsafe { *out = value };
    Ok(())
}
