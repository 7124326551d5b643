//! What the error numbers of the operating system mean.

use std::io;

/// Whether the process or the system ran out of descriptors or memory.
pub fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM))
}

/// What a runtime needs of the system.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub const EVENT_LOOP: &str = "epoll_create1, eventfd2";
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub const EVENT_LOOP: &str = "kqueue";

/// Whether a file could not grow: the disk or a quota is full, or the file reached its size limit.
pub fn is_out_of_space(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
}
