//! A file that grows beside its final name and takes that name when it is whole.
//!
//! Its own name says what it is a part of: the final name, a hash of where the bytes come from, and the server's
//! validator of their version, as in `video.mp4.0f1e2d3c4b5a6978.%22v1%22.part`. So what a process that ended left
//! behind is found again, and never taken for a part of something else.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::cause;
use crate::error::Error;
use crate::ffi::fork;
use crate::recordings::SEGMENT;

/// A name may have 255 bytes; the parts of ours have these and a few more.
const MAX_NAME_BYTES: usize = 100;
const MAX_VALIDATOR_BYTES: usize = 100;
const SUFFIX: &str = "part";

/// A part of a file, locked against other downloads to the same place.
pub struct PartFile {
    file: File,
    path: PathBuf,
    names: Names,
    length: u64,
    /// Names the version that the bytes belong to.
    validator: Option<String>,
    /// Nobody can go on from it.
    useless: bool,
    process: u64,
}

/// The final name, and those that its parts can have.
#[derive(Clone)]
pub struct Names {
    target: PathBuf,
    folder: PathBuf,
    prefix: String,
}

impl PartFile {
    /// The part that an earlier call left of `source` for this file, or an empty one.
    pub fn begin(file: &str, source: &str) -> Result<Self, Error> {
        let names = Names::new(file, source)?;
        // More than one round only if another download ended in between.
        for _ in 0..3 {
            let (path, validator) = names.left_behind().unwrap_or_else(|| (names.part(None), None));
            let mut part = Self::open(&names, path, validator)?;
            if is_at(&part.file, &part.path) && names.left_behind().is_none_or(|(found, _)| found == part.path) {
                return Ok(part);
            }
            part.useless = true;
        }
        Err(names.busy())
    }

    fn open(names: &Names, path: PathBuf, validator: Option<String>) -> Result<Self, Error> {
        let file = names.open(&path)?;
        let length = file.metadata().map_err(|reason| names.failed(&reason))?.len();
        let process = fork::generation();
        Ok(Self { file, path, names: names.clone(), length, validator, useless: false, process })
    }

    /// How much there is, and of which version, if that can be gone on from.
    pub fn rest(&self) -> Option<(u64, &str)> {
        let validator = self.validator.as_deref()?;
        (self.length > 0).then_some((self.length, validator))
    }

    /// Begins anew, with bytes of this version.
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

    /// Takes away what stands behind the first `length` bytes.
    pub fn cut(&mut self, length: u64) -> Result<(), Error> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        self.length = cut.map_err(|reason| self.failed(&reason))?;
        Ok(())
    }

    /// Adds bytes at the end.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|reason| self.failed(&reason))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives the file its final name. It is not synced: that could outlast the deadline, and what a power failure
    /// leaves is the file system's business.
    pub fn finish(&mut self) -> Result<(), Error> {
        fs::rename(&self.path, &self.names.target).map_err(|reason| self.failed(&reason))?;
        self.length = 0;
        Ok(())
    }

    /// Has it removed at the end.
    pub fn discard(&mut self) {
        self.useless = true;
    }

    /// What is not whole for want of space would only go on filling the disk.
    fn failed(&mut self, reason: &io::Error) -> Error {
        self.useless = true;
        self.names.failed(reason)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // In a forked child the file and its lock are the parent's.
        if self.process != fork::generation() {
            return;
        }
        if (self.useless || self.rest().is_none()) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
        // Closing would leave it locked as long as a forked child has it open.
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
            // What it points to is replaced, and the link stays.
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
        let prefix = format!("{}.{hash:016x}.", beginning(name, MAX_NAME_BYTES));
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

    /// A part whose version is known.
    fn left_behind(&self) -> Option<(PathBuf, Option<String>)> {
        let mut paths = fs::read_dir(&self.folder).ok()?.flatten().map(|entry| entry.path());
        paths.find_map(|path| self.validator_in(&path).map(|validator| (path, Some(validator))))
    }

    fn open(&self, path: &Path) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        // Where others can write too, a link of theirs must not lead to another file.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = options.open(path).map_err(|reason| self.failed(&reason))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(self.busy()),
            // Some file systems know no locks: there it is the host's to keep its downloads apart.
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
    match reason.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => Error::ResourceExhausted(format!(
            "no room for {target:?}: {}; make room, or choose another path",
            cause::root_cause(reason)
        )),
        _ if cause::is_exhaustion(reason) => {
            Error::ResourceExhausted(cause::exhausted(&format!("cannot write {target:?}"), reason))
        }
        _ => Error::argument(
            "file",
            format_args!("{target:?} cannot be written: {}; choose another path", cause::root_cause(reason)),
        ),
    }
}

/// Whether the path still leads to this file: another download may have finished or removed it.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: fs::Metadata| found.is_file().then(|| (found.dev(), found.ino()));
    let at_path = fs::symlink_metadata(path).ok().and_then(identity);
    at_path.is_some() && at_path == file.metadata().ok().and_then(identity)
}

/// A file that is open cannot be renamed by another process.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.is_file()
}

fn encoded(validator: &str) -> String {
    utf8_percent_encode(validator, SEGMENT).to_string()
}

/// The longest beginning of whole characters that fits.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// A hash that is the same in every version of the library.
fn fnv1a(texts: &[&[u8]]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.iter().copied().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
