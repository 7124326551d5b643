//! The boundary that surrounds each export: a failure or a panic reaches the host as a status only.
//!
//! There are three, named for what the export may do: [`lookup_only`], [`may_block`] and
//! [`may_call_host`].

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::error::{ANCHOR_INTERNAL, ANCHOR_OK, Error, Report};
use crate::handles::lend_string;
use crate::sys::{caught, shielded, threads};

/// For exports without an `error` output. They work in memory, on the objects that they look up.
pub fn lookup_only(body: impl FnOnce() -> Result<(), Error>) -> i32 {
    match caught(body) {
        Ok(result) => result.map_or_else(|failure| failure.status(), |()| ANCHOR_OK),
        Err(_) => ANCHOR_INTERNAL,
    }
}

/// For exports that use the system, and call no function of the host.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn may_block(error: *mut *mut c_char, body: impl FnOnce() -> Result<(), Report>) -> i32 {
    let body = || shielded(body).unwrap_or_else(|error| Err(Report::new(&error, None)));
    // SAFETY: `may_call_host` requires of `error` what the caller promises.
    unsafe { may_call_host(error, body, |()| ()) }
}

/// For exports that may call functions of the host. `body` and `conclude` shield their own parts.
/// The host learns of success if `body` succeeds; `conclude` then takes its value, and cannot change
/// the status.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn may_call_host<T>(
    error: *mut *mut c_char,
    body: impl FnOnce() -> Result<T, Report>,
    conclude: impl FnOnce(T),
) -> i32 {
    threads::with_thread_locals(|| {
        let result = body();
        // SAFETY: the caller promises that `error` is NULL or may be written.
        let status = unsafe { report(error, &result) };
        if let Ok(value) = result {
            conclude(value);
        }
        status
    })
    .unwrap_or_else(|failure| {
        // SAFETY: as above.
        unsafe { report(error, &Err::<(), _>(Report::new(&failure, None))) }
    })
}

/// Writes the message of a result to `*error`, NULL for a success, and returns the status.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn report<T>(error: *mut *mut c_char, result: &Result<T, Report>) -> i32 {
    if !error.is_null() {
        let message = match result {
            Err(failure) => caught(|| lend_string(failure.message.as_str())).unwrap_or(ptr::null_mut()),
            Ok(_) => ptr::null_mut(),
        };
        // SAFETY: `error` is not NULL, and the caller promises that it may be written.
        unsafe { *error = message };
    }
    result.as_ref().map_or_else(|failure| failure.status, |_| ANCHOR_OK)
}

/// Fills an output: NULL first, and the value only on success.
///
/// # Safety
///
/// `out` is NULL or may be written.
pub unsafe fn output<T>(
    out: *mut *mut T,
    name: &str,
    make: impl FnOnce() -> Result<*mut T, Error>,
) -> Result<(), Error> {
    if out.is_null() {
        return Err(Error::argument(name, "is NULL: pass the address of a pointer"));
    }
    // SAFETY: `out` is not NULL, and the caller promises that it may be written.
    unsafe { *out = ptr::null_mut() };
    let value = make()?;
    // SAFETY: as above.
    unsafe { *out = value };
    Ok(())
}

/// The bytes of a C string, or `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that does not change while the result is used.
pub unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the pointer is not NULL here, and the caller promises the rest.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handles::free_string;

    #[test]
    fn a_panic_becomes_a_status_and_a_message() {
        let mut message = ptr::null_mut();
        // SAFETY: the pointer is the address of a local variable.
        let status = unsafe { may_block(&mut message, || panic!("on purpose")) };
        assert_eq!(status, ANCHOR_INTERNAL);
        // SAFETY: the message of a failure is a string.
        let text = unsafe { CStr::from_ptr(message) }.to_str().unwrap();
        assert_eq!(text, "a fault inside the library, please report it: on purpose");
        assert!(free_string(message.cast()));
        assert_eq!(lookup_only(|| panic!("again")), ANCHOR_INTERNAL);
    }
}
