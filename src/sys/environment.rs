//! The environment variables. The user who starts a program chooses them.
//!
//! A set-user-id program has rights that its caller lacks. If it took the proxy, the trust store or
//! the base URL from the environment, its caller could have the API key sent anywhere. So such a
//! process reads no variable at all.

use std::ffi::OsString;

/// The value of a variable, or `None` if it is unset, empty or not to be trusted.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty() && is_trusted())
}

/// Whether this process has no more rights than its caller.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_trusted() -> bool {
    // SAFETY: these functions have no preconditions. errno belongs to this thread.
    unsafe {
        *libc::__errno_location() = 0;
        match libc::getauxval(libc::AT_SECURE) {
            // An old kernel does not say: the ids tell.
            0 if *libc::__errno_location() != 0 => {
                libc::getuid() == libc::geteuid() && libc::getgid() == libc::getegid()
            }
            is_secure => is_secure == 0,
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn is_trusted() -> bool {
    // SAFETY: issetugid has no preconditions.
    unsafe { issetugid() == 0 }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
unsafe extern "C" {
    /// Declared here because the libc crate lacks it for some systems.
    fn issetugid() -> std::ffi::c_int;
}
