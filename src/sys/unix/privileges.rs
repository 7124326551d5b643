//! Whether the process has more rights than the user who started it.

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
