//! What systems do differently with files.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES,
    GetFileInformationByHandle,
};

/// Tells a file from all others that exist at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    volume: u32,
    index: (u32, u32),
}

pub fn identity(file: &File) -> Option<Identity> {
    let found = information(file).ok()?;
    Some(Identity { volume: found.dwVolumeSerialNumber, index: (found.nFileIndexHigh, found.nFileIndexLow) })
}

/// The identity of what is at this path, which may be a link.
pub fn identity_at(path: &Path, _found: &Metadata) -> Option<Identity> {
    identity(&open_to_look(path).ok()?)
}

/// The number of names of an open file. 0 if it was removed.
pub fn number_of_names(file: &File, _found: &Metadata) -> io::Result<u64> {
    information(file).map(|found| found.nNumberOfLinks.into())
}

/// Whether what is at this path has no other name.
pub fn has_one_name(path: &Path, _found: &Metadata) -> bool {
    open_to_look(path).and_then(|file| information(&file)).is_ok_and(|found| found.nNumberOfLinks == 1)
}

fn open_to_look(path: &Path) -> io::Result<File> {
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    OpenOptions::new().access_mode(FILE_READ_ATTRIBUTES).custom_flags(flags).open(path)
}

fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut found = MaybeUninit::<BY_HANDLE_FILE_INFORMATION>::zeroed();
    // SAFETY: the handle is open, and the struct, for which zero is valid, may be written.
    let (result, found) =
        unsafe { (GetFileInformationByHandle(file.as_raw_handle(), found.as_mut_ptr()), found.assume_init()) };
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(found) }
}

/// A new file has the access rights that its folder passes on.
pub fn for_owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Opening a file waits for nobody.
pub fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// The last part of the path is not followed if it is a symbolic link.
pub fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
}

/// Reads at a position. The next read or write goes on there, unless it has a position too.
pub fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    file.seek_read(bytes, position)
}

pub fn read_exact_at(file: &File, mut bytes: &mut [u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_read(bytes, position)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes = bytes.get_mut(count..).unwrap_or_default();
                position += count as u64;
            }
        }
    }
    Ok(())
}

pub fn write_all_at(file: &File, mut bytes: &[u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, position)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => {
                bytes = bytes.get(count..).unwrap_or_default();
                position += count as u64;
            }
        }
    }
    Ok(())
}

/// A pipe has no name in a folder.
pub fn is_fifo(_file: FileType) -> bool {
    false
}

/// What a file is if it is not a regular one.
pub fn special(file: FileType) -> Option<&'static str> {
    match file {
        file if file.is_file() => None,
        file if file.is_dir() => Some("a folder"),
        _ => Some("a device"),
    }
}

/// NTFS reserves room as a file grows.
pub fn reserve(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}
