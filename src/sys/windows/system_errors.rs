//! Errors of the operating system, in English.
//!
//! The system's own texts are in the language of the host.

use windows_sys::Win32::Foundation as file;
use windows_sys::Win32::Networking::WinSock as socket;

/// The text of an error number.
pub fn text(number: i32) -> String {
    let of_file = u32::try_from(number).ok().and_then(file_error);
    of_file.or_else(|| socket_error(number)).map_or_else(|| format!("system error {number}"), str::to_owned)
}

fn file_error(number: u32) -> Option<&'static str> {
    Some(match number {
        file::ERROR_FILE_NOT_FOUND | file::ERROR_PATH_NOT_FOUND => "No such file or directory",
        file::ERROR_TOO_MANY_OPEN_FILES => "Too many open files",
        file::ERROR_ACCESS_DENIED => "Permission denied",
        file::ERROR_INVALID_HANDLE => "Bad file descriptor",
        file::ERROR_NOT_ENOUGH_MEMORY | file::ERROR_OUTOFMEMORY | file::ERROR_COMMITMENT_LIMIT => {
            "Cannot allocate memory"
        }
        file::ERROR_NOT_SAME_DEVICE => "Invalid cross-device link",
        file::ERROR_WRITE_PROTECT => "Read-only file system",
        file::ERROR_NOT_READY => "No such device",
        file::ERROR_SHARING_VIOLATION | file::ERROR_LOCK_VIOLATION => "Another process uses the file",
        file::ERROR_HANDLE_DISK_FULL | file::ERROR_DISK_FULL => "No space left on device",
        file::ERROR_NOT_SUPPORTED => "Operation not supported",
        file::ERROR_FILE_EXISTS | file::ERROR_ALREADY_EXISTS => "File exists",
        file::ERROR_INVALID_PARAMETER => "Invalid argument",
        file::ERROR_BROKEN_PIPE | file::ERROR_NO_DATA => "Broken pipe",
        file::ERROR_INVALID_NAME | file::ERROR_BAD_PATHNAME => "The name of the file is not allowed",
        file::ERROR_FILENAME_EXCED_RANGE => "File name too long",
        file::ERROR_DIRECTORY => "Not a directory",
        file::ERROR_OPERATION_ABORTED => "Operation canceled",
        file::ERROR_DISK_QUOTA_EXCEEDED => "Disk quota exceeded",
        file::ERROR_NO_SYSTEM_RESOURCES => "No buffer space available",
        file::ERROR_CANT_RESOLVE_FILENAME => "Too many levels of symbolic links",
        _ => return None,
    })
}

fn socket_error(number: i32) -> Option<&'static str> {
    Some(match number {
        socket::WSAEINTR => "Interrupted system call",
        socket::WSAEACCES => "Permission denied",
        socket::WSAEINVAL => "Invalid argument",
        socket::WSAEMFILE => "Too many open files",
        socket::WSAENOTSOCK => "Socket operation on non-socket",
        socket::WSAEMSGSIZE => "Message too long",
        socket::WSAEAFNOSUPPORT => "Address family not supported by protocol",
        socket::WSAEADDRINUSE => "Address already in use",
        socket::WSAEADDRNOTAVAIL => "Cannot assign requested address",
        socket::WSAENETDOWN => "Network is down",
        socket::WSAENETUNREACH => "Network is unreachable",
        socket::WSAENETRESET => "Network dropped connection on reset",
        socket::WSAECONNABORTED => "Software caused connection abort",
        socket::WSAECONNRESET => "Connection reset by peer",
        socket::WSAENOBUFS => "No buffer space available",
        socket::WSAENOTCONN => "Transport endpoint is not connected",
        socket::WSAETIMEDOUT => "Connection timed out",
        socket::WSAECONNREFUSED => "Connection refused",
        socket::WSAEHOSTUNREACH => "No route to host",
        socket::WSAHOST_NOT_FOUND => "Name or service not known",
        socket::WSATRY_AGAIN => "Temporary failure in name resolution",
        socket::WSANO_RECOVERY => "Non-recoverable failure in name resolution",
        socket::WSANO_DATA => "No address associated with hostname",
        _ => return None,
    })
}
