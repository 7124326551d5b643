//! A file that grows next to its target and is renamed to it when it is complete.
//!
//! The name of a part is the beginning of the target's name and a hash, as in
//! `video.mp4.0f1e2d3c4b5a6978.part`, so a later process finds the part that an earlier one left. A
//! part is continued only if it is a regular file of this user with a single name. Otherwise that
//! file is left alone, and the part is created under another name.

use std::fs::{self, File, TryLockError};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::destination::{self, Target, cannot_be_written};
use super::placing::CompletePart;
use super::video_version::{self, VideoVersion};
use crate::error::Error;
use crate::sys::file_system::{number_of_names, read_exact_at, write_all_at};
use crate::sys::{errors, file_note, files, fork, permissions};

/// Why bytes were not written.
#[derive(Clone, Debug)]
pub enum Unwritten {
    Failed(Error),
    /// They repeat bytes that are there already, and differ from them.
    OtherVersion,
}

impl From<Error> for Unwritten {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A part of a file, locked against other downloads to the same target.
pub struct PartFile {
    file: File,
    target: Target,
    path: PathBuf,
    length: u64,
    /// Where the next byte belongs. What lies behind it is compared.
    position: u64,
    /// The version that the bytes belong to.
    version: Option<VideoVersion>,
    /// Whether the version follows the bytes.
    has_trailer: bool,
    /// Whether it has bytes of an earlier call, of which no version is known. They may be a complete
    /// video that a message named.
    has_unknown_bytes: bool,
    /// Whether it is deleted unless it is continued.
    is_discarded: bool,
    /// Why nothing more is written to it.
    failure: Option<Error>,
    end: End,
    /// The number of bytes that a later call can resume from.
    resumable: Arc<AtomicU64>,
    process: u64,
}

/// What becomes of the part when it is dropped.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// It stays if it can be resumed.
    KeepIfUseful,
    Delete,
    Keep,
}

impl PartFile {
    /// Opens the part of `source` that an earlier call left for the target, or creates an empty one.
    pub fn begin(target: Target, source: &str) -> Result<Self, Error> {
        let path = target.part(source);
        // A second round is needed only if another download ended in the meantime.
        for _ in 0..3 {
            match open(&path).map_err(|reason| cannot_be_written(&target.path, &reason))? {
                Opened::Part(file) => {
                    if let Err(TryLockError::WouldBlock) = file.try_lock() {
                        return Err(target.busy());
                    }
                    // Some file systems have no locks. There the host must keep its downloads apart.
                    if files::is_at(&file, &path) {
                        return Self::resume(file, target, path);
                    }
                }
                Opened::Gone => {}
                Opened::OfOthers => return Self::unnamed(target),
            }
        }
        Err(target.busy())
    }

    fn resume(file: File, target: Target, path: PathBuf) -> Result<Self, Error> {
        if file.metadata().is_ok_and(|found| found.len() > 0) {
            // A process that was killed at its end may have opened it to others.
            permissions::keep_private(&file);
        }
        let found = video_version::find(&file).map_err(|reason| cannot_be_written(&target.path, &reason))?;
        let mut part = Self::empty(file, target, path);
        if let Some(found) = found {
            (part.length, part.position, part.has_trailer) = (found.length, found.length, found.has_trailer);
            part.version = Some(found.version);
        } else {
            part.has_unknown_bytes = part.file.metadata().is_ok_and(|found| found.len() > 0);
        }
        part.count_resumable();
        Ok(part)
    }

    /// A part that no later call finds, because a file of somebody else has the name for it.
    fn unnamed(target: Target) -> Result<Self, Error> {
        let created = target.create_unnamed_part();
        let (file, path) = created.map_err(|reason| cannot_be_written(&target.path, &reason))?;
        let mut part = Self::empty(file, target, path);
        part.end = End::Delete;
        Ok(part)
    }

    fn empty(file: File, target: Target, path: PathBuf) -> Self {
        // If nobody can tell whose it is, no later call takes it.
        let is_mine = file.metadata().is_ok_and(|found| permissions::is_mine(&found));
        Self {
            file,
            target,
            path,
            length: 0,
            position: 0,
            version: None,
            has_trailer: false,
            has_unknown_bytes: false,
            is_discarded: false,
            failure: None,
            resumable: Arc::default(),
            end: if is_mine { End::KeepIfUseful } else { End::Delete },
            process: fork::generation(),
        }
    }

    /// The number of bytes that a later call can resume from, as the part grows.
    pub fn resumable(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.resumable)
    }

    fn count_resumable(&self) {
        let is_kept = self.end == End::KeepIfUseful && !self.is_discarded && self.version.is_some();
        self.resumable.store(if is_kept { self.length } else { 0 }, Ordering::Relaxed);
    }

    /// The length and the version of what was received, if it can be resumed.
    pub fn rest(&self) -> Option<(u64, &VideoVersion)> {
        let version = self.version.as_ref()?;
        (self.length > 0).then_some((self.length, version))
    }

    /// Starts again with bytes of this version.
    pub fn restart(&mut self, version: Option<VideoVersion>) -> Result<(), Unwritten> {
        (self.length, self.position) = (0, 0);
        (self.has_unknown_bytes, self.is_discarded) = (false, false);
        self.file.set_len(0).map_err(|reason| self.failed(&reason))?;
        file_note::remove(&self.file);
        self.has_trailer = !version.as_ref().is_some_and(|version| version.note(&self.file));
        self.version = version;
        self.count_resumable();
        Ok(())
    }

    /// The next bytes repeat those from `position` on.
    pub fn repeat_from(&mut self, position: u64) {
        self.position = position.min(self.length);
        self.is_discarded = false;
        self.count_resumable();
    }

    /// Appends bytes, after those that are there already and must be the same. Nothing is written after
    /// a failed write, because bytes would be missing before it.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        if let Some(error) = &self.failure {
            return Err(error.clone().into());
        }
        let repeated = usize::try_from(self.length - self.position).unwrap_or(usize::MAX).min(bytes.len());
        let (repeated, new) = bytes.split_at_checked(repeated).unwrap_or((bytes, &[]));
        let mut known = vec![0; repeated.len()];
        read_exact_at(&self.file, &mut known, self.position).map_err(|reason| self.failed(&reason))?;
        if known != repeated {
            return Err(Unwritten::OtherVersion);
        }
        self.position += repeated.len() as u64;
        if !new.is_empty() {
            self.append_at_end(new).map_err(|reason| self.failed(&reason))?;
        }
        Ok(())
    }

    fn append_at_end(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = self.length + bytes.len() as u64;
        self.check_size()?;
        self.file.seek(SeekFrom::Start(self.length))?;
        match &self.version {
            // In one write, so that a killed process rarely leaves a part without its trailer.
            Some(version) if self.has_trailer => write_both(&self.file, bytes, &version.trailer(length))?,
            _ => self.file.write_all(bytes)?,
        }
        (self.length, self.position) = (length, length);
        self.count_resumable();
        Ok(())
    }

    /// Gives the complete video to its target. It is not synced: that could outlast the deadline, and
    /// power failures are left to the file system.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.resumable.store(0, Ordering::Relaxed);
        let cut = self.remove_trailer();
        let part = CompletePart { file: &self.file, path: &self.path, length: self.length, target: &self.target };
        let placed = cut.and_then(|()| part.place());
        let is_whole = part.is_at_its_name();
        // After a success it lost its name, or is a copy of what is in place.
        self.end = if placed.is_err() && is_whole { End::Keep } else { End::Delete };
        placed.map_err(|reason| {
            if is_whole {
                self.make_resumable();
            }
            let part = is_whole.then_some(self.path.as_path());
            destination::not_placed(&self.target.path, part, &reason)
        })
    }

    /// Lets the next call find the version of a complete video, and that it is complete.
    fn make_resumable(&mut self) {
        permissions::keep_private(&self.file);
        let Some(version) = &mut self.version else { return };
        version.total = Some(self.length);
        if self.has_trailer {
            let _ = write_all_at(&self.file, &version.trailer(self.length), self.length);
        } else {
            version.note(&self.file);
        }
    }

    fn remove_trailer(&self) -> io::Result<()> {
        self.check_size()?;
        if self.has_trailer { self.file.set_len(self.length) } else { Ok(()) }
    }

    /// Whether the file is as long as it was made. On a file system without locks, another download
    /// may write to it.
    fn check_size(&self) -> io::Result<()> {
        let trailer = self.version.as_ref().filter(|_| self.has_trailer && self.length > 0);
        let expected = self.length + trailer.map_or(0, |version| version.trailer(self.length).len() as u64);
        match self.file.metadata()?.len() == expected {
            true => Ok(()),
            false => Err(io::Error::other("another process changed the length of its part")),
        }
    }

    /// Deletes the file on drop, unless it is continued.
    pub fn discard(&mut self) {
        self.is_discarded = true;
        self.count_resumable();
    }

    /// Deletes the file on drop, because after most failures it would only fill the disk.
    fn failed(&mut self, reason: &io::Error) -> Unwritten {
        self.end = End::Delete;
        self.count_resumable();
        let error = destination::failed(&self.target.path, reason);
        self.failure = Some(error.clone());
        error.into()
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // In a forked child, the file and its lock belong to the parent.
        if self.process != fork::generation() {
            return;
        }
        let is_useless = match self.end {
            End::KeepIfUseful if self.has_unknown_bytes => false,
            End::KeepIfUseful => self.is_discarded || self.rest().is_none(),
            End::Delete => true,
            End::Keep => false,
        };
        if is_useless && files::is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
        // Closing alone would keep the lock as long as a forked child has the file open.
        let _ = self.file.unlock();
    }
}

/// What is at the path of a part.
enum Opened {
    /// A part of this user, which may be empty.
    Part(File),
    /// It disappeared or appeared in this moment.
    Gone,
    /// A link, a file of another user, or one that has other names.
    OfOthers,
}

fn open(path: &Path) -> io::Result<Opened> {
    let file = match files::open_existing(path) {
        Ok(file) => file,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
            return match files::create(path) {
                Ok(file) => Ok(Opened::Part(file)),
                Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => Ok(Opened::Gone),
                Err(reason) => Err(reason),
            };
        }
        Err(reason) if errors::is_in_the_way(&reason) => return Ok(Opened::OfOthers),
        Err(reason) => return Err(reason),
    };
    let found = file.metadata()?;
    Ok(match (found.is_file() && permissions::is_mine(&found), number_of_names(&file, &found)?) {
        (true, 0) => Opened::Gone,
        (true, 1) => Opened::Part(file),
        _ => Opened::OfOthers,
    })
}

/// Writes two buffers, by a single system call unless the file system stops half-way.
fn write_both(mut file: &File, first: &[u8], second: &[u8]) -> io::Result<()> {
    let written = file.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?;
    file.write_all(first.get(written..).unwrap_or_default())?;
    file.write_all(second.get(written.saturating_sub(first.len())..).unwrap_or_default())
}
