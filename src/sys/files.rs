//! Opening and identifying files in folders that other users may write to.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens a file for writing and creates it if it is missing. A symbolic link is refused: in a
/// shared folder it could lead to a file of someone else.
pub fn open_without_following_links(path: &Path) -> io::Result<File> {
    // O_NONBLOCK: opening a pipe must not wait for its reader.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    OpenOptions::new().write(true).create(true).truncate(false).custom_flags(flags).open(path)
}

/// Whether the path still names this file. Another process may have renamed or removed it.
pub fn is_at(file: &File, path: &Path) -> bool {
    let identity = |found: fs::Metadata| found.is_file().then(|| (found.dev(), found.ino()));
    let at_path = fs::symlink_metadata(path).ok().and_then(identity);
    at_path.is_some() && at_path == file.metadata().ok().and_then(identity)
}
