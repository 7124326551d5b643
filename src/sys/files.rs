//! Opening, reading and identifying files that the host named, wherever their paths lead.
//!
//! The last part of a path is never followed if it is a symbolic link, except by `read_regular`: in
//! a shared folder it could lead to a file of someone else.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::system::file_system::{self, Identity};
use super::system::standard_descriptors::StandardDescriptors;
use crate::text::root_cause;

/// Creates a file that only its owner can read or write. Fails if there is one, whatever it is.
pub fn create(path: &Path) -> io::Result<File> {
    open(file_system::for_owner_only(OpenOptions::new().read(true).write(true).create_new(true)), path)
}

/// Opens an existing file for reading and writing.
pub fn open_existing(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().read(true).write(true), path)
}

/// Opens an existing file for writing, without changing it.
pub fn open_for_writing(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true), path)
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let _guard = StandardDescriptors::occupy()?;
    file_system::without_following(options).open(path)
}

/// Why a file was not read.
pub enum Unreadable {
    Failed(io::Error),
    /// It is no regular file. The text says what it is.
    Special(&'static str),
    TooLong {
        mebibytes: u64,
    },
}

/// Reads a regular file whole. Never waits for another process, as reading a FIFO or a device may.
pub fn read_regular(path: &Path, max_mebibytes: u64) -> Result<Vec<u8>, Unreadable> {
    let _guard = StandardDescriptors::occupy()?;
    let max_bytes = max_mebibytes * 1024 * 1024;
    let check = |found: fs::Metadata| match file_system::special(found.file_type()) {
        Some(kind) => Err(Unreadable::Special(kind)),
        None if found.len() > max_bytes => Err(Unreadable::TooLong { mebibytes: max_mebibytes }),
        None => Ok(()),
    };
    // A device is not even opened, because that may have an effect.
    check(fs::metadata(path)?)?;
    // Some files in /proc look regular, but reading them waits for events.
    let file = file_system::without_waiting(OpenOptions::new().read(true)).open(path)?;
    // Another process may have replaced it since.
    check(file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(Unreadable::TooLong { mebibytes: max_mebibytes });
    }
    Ok(bytes)
}

impl From<io::Error> for Unreadable {
    fn from(reason: io::Error) -> Self {
        Self::Failed(reason)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) => write!(f, "cannot be read: {}", root_cause(reason)),
            Self::Special(kind) => write!(f, "is {kind}"),
            Self::TooLong { mebibytes } => write!(f, "is longer than {mebibytes} MB"),
        }
    }
}

/// Whether the path names this file, and not another one or a link to it. Another process may have
/// renamed or removed it. If that is unknown, it counts as another file.
pub fn is_at(file: &File, path: &Path) -> bool {
    has_identity(path, file_system::identity(file))
}

/// The same for an open file whose identity was looked up before it got another name, after which Wine
/// no longer knows its volume.
pub fn has_identity(path: &Path, identity: Option<Identity>) -> bool {
    let at_path = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    let at_path = at_path.and_then(|found| file_system::identity_at(path, &found));
    at_path.is_some() && at_path == identity
}
