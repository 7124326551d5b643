//! The exports that belong to no object: freeing, the version, and the names of statuses.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::boundary::may_block;
use super::objects;
use crate::error::{self, Error, Report};
use crate::handles::free_string;

/// Frees any object of this library: a client, options, a call, a queue or a string.
///
/// @param object  The object. NULL does nothing.
/// @return ANCHOR_OK; ANCHOR_INVALID_HANDLE if this is not a live object of this library. Nothing
///         is freed then.
///
/// Free a string only once. Its address may be reused for another string, which a second call would
/// free.
///
/// If another thread is using the object in a call, the handle becomes invalid at once, and the
/// object lives until that call returns. Never waits. Any thread may call this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_free(object: *mut c_void) -> i32 {
    // SAFETY: no error pointer is given.
    unsafe {
        let free = || {
            if object.is_null() || objects::free(object) || free_string(object) {
                return Ok(());
            }
            let text = "object did not come from this library, or was freed before: free each object once";
            Err(Report::new(&Error::InvalidHandle(text.into()), None))
        };
        may_block(ptr::null_mut(), free)
    }
}

/// The version of the loaded library, such as "1.2.3". ANCHOR_VERSION is the version of the header.
///
/// @return A static string. Do not free it.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn anchor_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The name of a status, such as "ANCHOR_TIMEOUT".
///
/// @param status  The result of a function.
/// @return A static string. Do not free it. "HTTP_STATUS" for an HTTP status without its own name,
///         "UNKNOWN_STATUS" for a number that is not a status.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn anchor_status_name(status: i32) -> *const c_char {
    error::status_name(status).as_ptr()
}
