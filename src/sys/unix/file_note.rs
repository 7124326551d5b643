//! A note that stays with a file, but is not part of its bytes: an extended attribute. Some file
//! systems have none.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use attribute::{get, remove, set};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use nothing::{get, remove, set};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod attribute {
    use std::ffi::CStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;

    const NAME: &CStr = c"user.anchor.version";

    pub fn set(file: &File, text: &[u8]) -> io::Result<()> {
        // SAFETY: the name is a string, and the value has that many bytes.
        let result = unsafe { libc::fsetxattr(file.as_raw_fd(), NAME.as_ptr(), text.as_ptr().cast(), text.len(), 0) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// The note, or `None` if there is none of at most so many bytes.
    pub fn get(file: &File, most: usize) -> Option<Vec<u8>> {
        let mut text = vec![0; most];
        // SAFETY: the name is a string, and the buffer has room for that many bytes.
        let length = unsafe { libc::fgetxattr(file.as_raw_fd(), NAME.as_ptr(), text.as_mut_ptr().cast(), text.len()) };
        text.truncate(usize::try_from(length).ok()?);
        Some(text)
    }

    pub fn remove(file: &File) {
        // SAFETY: the name is a string.
        unsafe { libc::fremovexattr(file.as_raw_fd(), NAME.as_ptr()) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod nothing {
    use std::fs::File;
    use std::io;

    pub fn set(_file: &File, _text: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn get(_file: &File, _most: usize) -> Option<Vec<u8>> {
        None
    }

    pub fn remove(_file: &File) {}
}
