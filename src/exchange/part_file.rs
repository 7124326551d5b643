//! A file that grows next to its target and is renamed to it when it is complete.
//!
//! The name of a part identifies its contents: the target, a hash of the source, and the server's
//! validator of the version, as in `video.mp4.0f1e2d3c4b5a6978.%22v1%22.part`. A later process
//! finds the part that an earlier one left, and never mistakes it for a part of something else.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::config::PATH_SEGMENT;
use crate::error::Error;
use crate::sys::{errors, files, fork};
use crate::text::root_cause;

/// Most file systems allow names of 255 bytes. A part's name has these two and a few more.
const MAX_NAME_BYTES: usize = 100;
const MAX_VALIDATOR_BYTES: usize = 100;
const SUFFIX: &str = "part";

/// A part of a file, locked against other downloads to the same target.
pub struct PartFile {
    file: File,
    path: PathBuf,
    names: Names,
    length: u64,
    /// The version that the bytes belong to.
    validator: Option<String>,
    /// Whether to delete the file on drop: it cannot be resumed.
    is_useless: bool,
    process: u64,
}

/// The target and the names that its parts can have.
#[derive(Clone)]
pub struct Names {
    target: PathBuf,
    folder: PathBuf,
    prefix: String,
}

impl PartFile {
    /// Opens the part of `source` that an earlier call left for this file, or creates an empty one.
    pub fn begin(file: &str, source: &str) -> Result<Self, Error> {
        let names = Names::new(file, source)?;
        // A second round is needed only if another download ended in the meantime.
        for _ in 0..3 {
            let (path, validator) = names.left_behind().unwrap_or_else(|| (names.part(None), None));
            let mut part = Self::open(&names, path, validator)?;
            if files::is_at(&part.file, &part.path) && names.left_behind().is_none_or(|(found, _)| found == part.path) {
                return Ok(part);
            }
            part.is_useless = true;
        }
        Err(names.busy())
    }

    fn open(names: &Names, path: PathBuf, validator: Option<String>) -> Result<Self, Error> {
        let file = names.open(&path)?;
        let length = file.metadata().map_err(|reason| names.failed(&reason))?.len();
        let process = fork::generation();
        Ok(Self { file, path, names: names.clone(), length, validator, is_useless: false, process })
    }

    /// The length and the version of what was received, if it can be resumed.
    pub fn rest(&self) -> Option<(u64, &str)> {
        let validator = self.validator.as_deref()?;
        (self.length > 0).then_some((self.length, validator))
    }

    /// Starts again with bytes of this version.
    pub fn restart(&mut self, validator: Option<&str>) -> Result<(), Error> {
        self.cut(0)?;
        let path = self.names.part(validator.filter(|text| encoded(text).len() <= MAX_VALIDATOR_BYTES));
        self.validator = self.names.validator_in(&path);
        if path != self.path {
            fs::rename(&self.path, &path).map_err(|reason| self.failed(&reason))?;
            self.path = path;
        }
        Ok(())
    }

    /// Truncates the part to its first `length` bytes.
    pub fn cut(&mut self, length: u64) -> Result<(), Error> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        self.length = cut.map_err(|reason| self.failed(&reason))?;
        Ok(())
    }

    /// Appends bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|reason| self.failed(&reason))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Renames the part to its target. It is not synced: that could outlast the deadline, and power
    /// failures are left to the file system.
    pub fn finish(&mut self) -> Result<(), Error> {
        fs::rename(&self.path, &self.names.target).map_err(|reason| self.failed(&reason))?;
        self.length = 0;
        Ok(())
    }

    /// Deletes the file on drop.
    pub fn discard(&mut self) {
        self.is_useless = true;
    }

    /// Deletes the file on drop, because after most failures it would only fill the disk.
    fn failed(&mut self, reason: &io::Error) -> Error {
        self.is_useless = true;
        self.names.failed(reason)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // In a forked child, the file and its lock belong to the parent.
        if self.process != fork::generation() {
            return;
        }
        if (self.is_useless || self.rest().is_none()) && files::is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
        // Closing alone would keep the lock as long as a forked child has the file open.
        let _ = self.file.unlock();
    }
}

impl Names {
    pub fn new(file: &str, source: &str) -> Result<Self, Error> {
        let no_file =
            || Error::argument("file", format_args!("{file:?} does not name a file: pass a path such as video.mp4"));
        let mut target = PathBuf::from(file);
        if file.ends_with('/') {
            return Err(no_file());
        }
        if target.is_symlink() {
            // The file behind the link is replaced, and the link stays.
            target = target.canonicalize().map_err(|reason| cannot_be_written(&target, &reason))?;
        }
        if target.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(Error::argument(
                "file",
                format_args!("{file:?} is a folder or a device: pass the path of a file"),
            ));
        }
        let name = target.file_name().and_then(|name| name.to_str()).ok_or_else(no_file)?;
        let hash = fnv1a(&[source.as_bytes(), name.as_bytes()]);
        let prefix = format!("{}.{hash:016x}.", prefix_of(name, MAX_NAME_BYTES));
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self { folder: folder.unwrap_or(Path::new(".")).to_owned(), target, prefix })
    }

    pub fn part(&self, validator: Option<&str>) -> PathBuf {
        let version = validator.map(|text| format!("{}.", encoded(text))).unwrap_or_default();
        self.folder.join(format!("{}{version}{SUFFIX}", self.prefix))
    }

    pub fn validator_in(&self, path: &Path) -> Option<String> {
        let name = path.file_name()?.to_str()?;
        let version = name.strip_prefix(&self.prefix)?.strip_suffix(SUFFIX)?.strip_suffix('.')?;
        Some(percent_decode_str(version).decode_utf8().ok()?.into_owned())
    }

    /// A part of a known version that an earlier call left.
    fn left_behind(&self) -> Option<(PathBuf, Option<String>)> {
        let mut paths = fs::read_dir(&self.folder).ok()?.flatten().map(|entry| entry.path());
        paths.find_map(|path| self.validator_in(&path).map(|validator| (path, Some(validator))))
    }

    fn open(&self, path: &Path) -> Result<File, Error> {
        let file = files::open_without_following_links(path).map_err(|reason| self.failed(&reason))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(self.busy()),
            // Some file systems have no locks. There the host must keep its downloads apart.
            _ => Ok(file),
        }
    }

    fn busy(&self) -> Error {
        Error::argument(
            "file",
            format_args!("{:?} is being written by another download: wait until that returns", self.target),
        )
    }

    fn failed(&self, reason: &io::Error) -> Error {
        cannot_be_written(&self.target, reason)
    }
}

pub fn cannot_be_written(target: &Path, reason: &io::Error) -> Error {
    let root = root_cause(reason);
    if errors::is_out_of_space(reason) {
        Error::ResourceExhausted(format!("no room for {target:?}: {root}; make room, or choose another path"))
    } else if errors::is_exhaustion(reason) {
        Error::exhausted(&format!("cannot write {target:?}"), reason)
    } else {
        Error::argument("file", format_args!("{target:?} cannot be written: {root}; choose another path"))
    }
}

fn encoded(validator: &str) -> String {
    utf8_percent_encode(validator, PATH_SEGMENT).to_string()
}

/// The longest prefix of whole characters that fits.
fn prefix_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// A hash that is the same in every version of the library.
fn fnv1a(texts: &[&[u8]]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.iter().copied().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_part_is_the_same_in_every_version_of_the_library() {
        let names = Names::new("folder/video.mp4", "https://api.example/v1/abc").unwrap();
        let part = names.part(Some("\"v1\""));
        assert_eq!(part, Path::new("folder/video.mp4.e09dd6b0bad8626d.%22v1%22.part"));
        assert_eq!(names.validator_in(&part).as_deref(), Some("\"v1\""));
    }
}
