//! What the system allows this process.

/// How many file descriptors it may have open.
#[cfg(unix)]
pub fn descriptors() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit writes the one struct that it is given.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

#[cfg(not(unix))]
pub fn descriptors() -> usize {
    usize::MAX
}
