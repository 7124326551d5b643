//! The last step of a download: the complete video takes the place of the target.
//!
//! The file that was written is the one that is renamed: its name is compared with it before and
//! after. If another process took the name away or uses it, the video is copied from the open file to
//! a name that nobody expects, and the copy takes the place. A file that cannot be replaced is written
//! in place, which is not atomic. Until that is done, the part stays.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use super::destination::Target;
use crate::sys::file_system::{self, number_of_names, read_at, reserve};
use crate::sys::permissions::{OfReplacement, keep_private};
use crate::sys::{errors, file_note, files};
use crate::text::root_cause;

/// A part that has all bytes of the video.
pub struct CompletePart<'a> {
    pub file: &'a File,
    pub path: &'a Path,
    pub length: u64,
    pub target: &'a Target,
}

impl CompletePart<'_> {
    /// Puts it in the place of its target.
    pub fn place(&self) -> io::Result<()> {
        if self.target.is_pinned {
            return self.write_in_place();
        }
        let permissions = self.target.permissions();
        permissions.give(self.file);
        if !self.is_at_its_name() {
            return self.place_copy(&permissions);
        }
        match rename(self.file, self.path, &self.target.path) {
            Err(reason) if errors::is_refused_replacement(&reason) => {
                keep_private(self.file);
                self.write_in_place().map_err(|second| {
                    let (first, second) = (root_cause(&reason), root_cause(&second));
                    io::Error::other(format!("{first}, and not in place either: {second}"))
                })
            }
            // Between the look at the name and the renaming, another process removed it or used it.
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => self.place_copy(&permissions),
            renamed => renamed,
        }
    }

    /// Whether its path names this file, and it has the length of the video.
    pub fn is_at_its_name(&self) -> bool {
        is_whole(self.file, self.length, self.path)
    }

    /// Copies the video to a new name, and puts that in the place of the target.
    fn place_copy(&self, permissions: &OfReplacement) -> io::Result<()> {
        let (copy, path) = self.target.create_unnamed_part()?;
        let placed = self.copy_to(&copy).and_then(|()| {
            permissions.give(&copy);
            match is_whole(&copy, self.length, &path) {
                true => rename(&copy, &path, &self.target.path),
                false => Err(io::Error::other("another process removes the files next to it")),
            }
        });
        if placed.is_err() && files::is_at(&copy, &path) {
            let _ = fs::remove_file(&path);
        }
        placed
    }

    fn write_in_place(&self) -> io::Result<()> {
        let path = &self.target.path;
        if !self.target.may_be_overwritten()? {
            return Err(io::Error::other("it has another name, or is another user's in a shared folder"));
        }
        let target = files::open_for_writing(path)?;
        // Two downloads must not mix. Some file systems have no locks.
        if let Err(TryLockError::WouldBlock) = target.try_lock() {
            return Err(io::Error::other(BUSY));
        }
        let written = self.overwrite(&target);
        // Closing alone would keep the lock as long as a forked child has the file open.
        let _ = target.unlock();
        written
    }

    fn overwrite(&self, target: &File) -> io::Result<()> {
        let path = &self.target.path;
        if !files::is_at(target, path) {
            return Err(io::Error::other(REPLACED));
        }
        reserve(target, self.length)?;
        self.copy_to(target)?;
        if is_whole(target, self.length, path) { Ok(()) } else { Err(io::Error::other(REPLACED)) }
    }

    /// Overwrites a file with the video.
    fn copy_to(&self, mut to: &File) -> io::Result<()> {
        // `io::copy` would use functions that the C library of an old system lacks.
        let mut buffer = vec![0; COPIED_AT_ONCE];
        let mut done = 0;
        while done < self.length {
            match read_at(self.file, &mut buffer, done) {
                Ok(0) => return Err(io::Error::other("the part is shorter than the video")),
                Ok(count) => {
                    to.write_all(buffer.get(..count).unwrap_or_default())?;
                    done += count as u64;
                }
                Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
                Err(reason) => return Err(reason),
            }
        }
        to.set_len(self.length)
    }
}

const COPIED_AT_ONCE: usize = 256 * 1024;
pub const BUSY: &str = "another download is writing it";
const REPLACED: &str = "another process replaced it in the same moment";

fn is_whole(file: &File, length: u64, path: &Path) -> bool {
    files::is_at(file, path) && file.metadata().is_ok_and(|found| found.len() == length)
}

/// Renames this file, and fails if it was another one that was renamed. It may have been moved on at
/// once, by a process that waits for videos.
fn rename(file: &File, from: &Path, to: &Path) -> io::Result<()> {
    let identity = file_system::identity(file);
    fs::rename(from, to)?;
    if !files::has_identity(to, identity) {
        let is_at_no_name =
            file.metadata().and_then(|found| number_of_names(file, &found)).is_ok_and(|names| names == 0);
        if is_at_no_name || !is_missing(to) {
            return Err(io::ErrorKind::NotFound.into());
        }
    }
    file_note::remove(file);
    Ok(())
}

fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|reason| reason.kind() == io::ErrorKind::NotFound)
}
