//! `pthread_cancel`, deferred until a call is over.

use std::ffi::c_int;

unsafe extern "C" {
    /// Declared here because the libc crate lacks it.
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
const PTHREAD_CANCEL_DISABLE: c_int = 0;
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const PTHREAD_CANCEL_DISABLE: c_int = 1;

/// Defers `pthread_cancel` on this thread: unwinding by it through Rust frames would end the
/// process.
pub struct CancellationOff {
    before: c_int,
}

impl CancellationOff {
    pub fn new() -> Self {
        let mut before = 0;
        // SAFETY: a POSIX function with its documented signature and a valid pointer.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut before) };
        Self { before }
    }
}

impl Drop for CancellationOff {
    fn drop(&mut self) {
        // SAFETY: as above. The state is the one that this thread had before.
        unsafe { pthread_setcancelstate(self.before, &mut 0) };
    }
}
