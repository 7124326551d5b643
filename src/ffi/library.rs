//! The exports that belong to no object: freeing, the version, and the names of statuses.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::boundary::may_use_network;
use super::objects;
use crate::error::{self, Error};
use crate::handles::free_string;
use crate::sys::stack::with_enough_stack;

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
            if object.is_null() || with_enough_stack(|| objects::free(object)) || free_string(object) {
                return Ok(());
            }
            Err(Error::InvalidHandle(
                "object did not come from this library, or was freed before: free each object once".into(),
            ))
        };
        may_use_network(ptr::null_mut(), free, |()| ())
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
