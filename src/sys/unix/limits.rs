//! The limits that the system sets for this process.

/// What every system allows, if the limit cannot be read.
const LEAST_DESCRIPTORS: usize = 64;

/// The number of file descriptors that the process may have open.
pub fn descriptors() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit writes the one struct that it is given.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => LEAST_DESCRIPTORS,
    }
}
