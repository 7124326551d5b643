//! What systems do differently with files.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Tells a file from all others that exist at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

pub fn identity(file: &File) -> Option<Identity> {
    file.metadata().ok().map(|found| identity_of(&found))
}

/// The identity of what was found at this path.
pub fn identity_at(_path: &Path, found: &Metadata) -> Option<Identity> {
    Some(identity_of(found))
}

fn identity_of(found: &Metadata) -> Identity {
    Identity { device: found.dev(), inode: found.ino() }
}

/// The number of names of an open file, of which this was found. 0 if it was removed.
pub fn number_of_names(_file: &File, found: &Metadata) -> io::Result<u64> {
    Ok(found.nlink())
}

/// Whether what was found at this path has no other name.
pub fn has_one_name(_path: &Path, found: &Metadata) -> bool {
    found.nlink() == 1
}

/// Lets only this user read or write a file that is created.
pub fn for_owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Opening a FIFO must not wait for its other end, and a terminal must not become that of the host.
pub fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
}

/// The same, and the last part of the path is not followed if it is a symbolic link.
pub fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
}

/// Reads at a position, which the next read does not follow.
pub fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    file.read_at(bytes, position)
}

pub fn read_exact_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    file.read_exact_at(bytes, position)
}

pub fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    file.write_all_at(bytes, position)
}

pub fn is_fifo(file: fs::FileType) -> bool {
    file.is_fifo()
}

/// What a file is if it is not a regular one.
pub fn special(file: fs::FileType) -> Option<&'static str> {
    match file {
        file if file.is_file() => None,
        file if file.is_dir() => Some("a folder"),
        file if file.is_fifo() => Some("a FIFO"),
        file if file.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Reserves room for a file of this length before its bytes are overwritten, where the file system
/// can do that.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn reserve(file: &File, length: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let length = libc::off_t::try_from(length).unwrap_or(libc::off_t::MAX);
    // SAFETY: it takes numbers only.
    match unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, length) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            reason if super::errors::is_out_of_space(&reason) => Err(reason),
            _ => Ok(()),
        },
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn reserve(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}
