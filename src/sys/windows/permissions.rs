//! Who may change a file. On Windows, access lists decide that, which a new file takes from its folder.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

/// Whether this file is this user's. Its owner is not looked up, so nobody knows, and no part of an earlier
/// download is taken up.
pub fn is_mine(_file: &Metadata) -> bool {
    false
}

/// Whether this process may write to the file or the folder. If that is unknown, it may: the attempt
/// shows it.
pub fn may_write(path: &Path) -> bool {
    // The attribute has no meaning for a folder.
    fs::metadata(path).map_or(true, |found| found.is_dir() || !found.permissions().readonly())
}

/// Whether this user may put another file in the place of an entry of a folder that may be written.
pub fn may_replace(_entry: &Metadata, _folder: &Metadata) -> bool {
    true
}

/// Whether an entry of a folder was put there by somebody who may decide for this process. As above, nobody
/// knows: no link is followed, and no file is written in place.
pub fn is_trusted(_entry: &Metadata, _folder: &Metadata) -> bool {
    false
}

/// The permissions of a file that replaces another one.
pub struct OfReplacement;

impl OfReplacement {
    pub fn new(_existing: io::Result<Metadata>) -> Self {
        Self
    }

    /// The video keeps what its folder passed on.
    pub fn give(&self, _file: &File) {}
}

/// Lets only this user read or write the file, if its folder does.
pub fn keep_private(_file: &File) {}

/// What keeps the system from putting another file in the place of this one.
#[derive(Clone, Copy, PartialEq)]
pub enum Pinned {
    /// It is read-only.
    Sealed,
}

/// What pins a file.
pub fn pinned(path: &Path) -> Option<Pinned> {
    if may_write(path) { None } else { Some(Pinned::Sealed) }
}
