//! What the error numbers of the operating system mean.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_BROKEN_PIPE, ERROR_CANT_RESOLVE_FILENAME, ERROR_COMMITMENT_LIMIT, ERROR_DISK_FULL,
    ERROR_DISK_QUOTA_EXCEEDED, ERROR_HANDLE_DISK_FULL, ERROR_LOCK_VIOLATION, ERROR_MAX_THRDS_REACHED,
    ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_SAME_DEVICE, ERROR_OUTOFMEMORY,
    ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES,
};
use windows_sys::Win32::Networking::WinSock::{WSAEMFILE, WSAENOBUFS};

/// Whether the process or the system ran out of handles or memory.
pub fn is_exhaustion(error: &io::Error) -> bool {
    let of_sockets = [Some(WSAEMFILE), Some(WSAENOBUFS)].contains(&error.raw_os_error());
    of_sockets
        || is_one_of(
            error,
            &[
                ERROR_TOO_MANY_OPEN_FILES,
                ERROR_NOT_ENOUGH_MEMORY,
                ERROR_OUTOFMEMORY,
                ERROR_NO_SYSTEM_RESOURCES,
                ERROR_COMMITMENT_LIMIT,
            ],
        )
}

/// Whether a handle, a thread or memory was refused because there are too many.
pub fn is_limit(error: &io::Error) -> bool {
    is_exhaustion(error) || is_one_of(error, &[ERROR_MAX_THRDS_REACHED]) || error.kind() == io::ErrorKind::OutOfMemory
}

/// What a runtime needs of the system.
pub const EVENT_LOOP: &str = "CreateIoCompletionPort";

/// Whether a file could not grow: the disk or a quota is full.
pub fn is_out_of_space(error: &io::Error) -> bool {
    is_one_of(error, &[ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED])
}

/// Whether a file could not be opened because something that is no file of this user has its name.
pub fn is_in_the_way(error: &io::Error) -> bool {
    is_one_of(error, &[ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION])
}

/// Whether the system refuses to replace a file, which it may allow to write.
pub fn is_refused_replacement(error: &io::Error) -> bool {
    is_one_of(error, &[ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_NOT_SAME_DEVICE])
}

fn is_one_of(error: &io::Error, numbers: &[u32]) -> bool {
    let number = error.raw_os_error().and_then(|number| u32::try_from(number).ok());
    number.is_some_and(|number| numbers.contains(&number))
}

pub fn too_many_links() -> io::Error {
    from_number(ERROR_CANT_RESOLVE_FILENAME)
}

pub fn broken_pipe() -> io::Error {
    from_number(ERROR_BROKEN_PIPE)
}

fn from_number(number: u32) -> io::Error {
    io::Error::from_raw_os_error(number.cast_signed())
}
