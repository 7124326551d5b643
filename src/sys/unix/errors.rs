//! What the error numbers of the operating system mean.

use std::io;

/// Whether the process or the system ran out of descriptors or memory.
pub fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM))
}

/// Whether a descriptor, a thread or memory was refused because there are too many.
pub fn is_limit(error: &io::Error) -> bool {
    // EAGAIN is what starting a thread and locking memory fail with at their limits.
    is_exhaustion(error) || error.raw_os_error() == Some(libc::EAGAIN) || error.kind() == io::ErrorKind::OutOfMemory
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

/// Whether a file could not be opened because something that is no file of this user has its name.
pub fn is_in_the_way(error: &io::Error) -> bool {
    is_one_of(error, &[libc::ELOOP, libc::EACCES, libc::EPERM, libc::EISDIR, libc::ENXIO])
}

/// Whether the system refuses to replace a file, which it may allow to write.
pub fn is_refused_replacement(error: &io::Error) -> bool {
    is_one_of(error, &[libc::EBUSY, libc::EPERM, libc::EACCES, libc::EXDEV])
}

fn is_one_of(error: &io::Error, numbers: &[i32]) -> bool {
    error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

pub fn too_many_links() -> io::Error {
    io::Error::from_raw_os_error(libc::ELOOP)
}

pub fn broken_pipe() -> io::Error {
    io::Error::from_raw_os_error(libc::EPIPE)
}
