//! The destination of a video: a file, a FIFO or an open descriptor, and whether it may be written.
//!
//! A link, a FIFO or a file that another user planted in a shared folder is neither followed nor
//! written. What prevents the last step of a download is found here, before anything is sent.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::video_version::fnv1a;
use crate::error::Error;
use crate::sys::file_system::{has_one_name, is_fifo, special};
use crate::sys::permissions::{self, OfReplacement, Pinned};
use crate::sys::{errors, files, output};
use crate::text::{quoted, root_cause};

/// A longer chain of links is a circle.
const MAX_LINKS: u32 = 40;
/// The part's name begins with at most this much of the target's. Some file systems allow only 143
/// bytes.
const MAX_NAME_BYTES: usize = 32;

/// A path that the host gave.
#[derive(Clone)]
pub struct FilePath {
    /// For messages.
    pub given: String,
    /// Where it leads from the working directory of the moment.
    absolute: PathBuf,
}

impl FilePath {
    pub fn new(given: &str) -> Result<Self, Error> {
        let absolute = match given {
            // Refused later, when a download begins.
            "" => Ok(PathBuf::new()),
            given => path::absolute(given),
        };
        let absolute = absolute.map_err(|reason| cannot_be_written(Path::new(given), &reason))?;
        Ok(Self { given: given.into(), absolute })
    }
}

/// What a path leads to.
pub enum Destination {
    File(Target),
    Fifo(PathBuf),
    Descriptor(i32),
}

impl Destination {
    /// Follows the links of a path.
    pub fn find(file: &FilePath) -> Result<Self, Error> {
        let FilePath { given: file, absolute } = file;
        let mut path = absolute.clone();
        let mut names_a_file = !is_of_folder(Path::new(file));
        for _ in 0..MAX_LINKS {
            let Some(name) = path.file_name().filter(|_| names_a_file) else {
                return Err(refused(file, "does not name a file: pass a path such as video.mp4"));
            };
            if let Some(number) = output::number_of(&path) {
                return Ok(Self::Descriptor(number));
            }
            let folder = folder_of(&path);
            let found = match fs::symlink_metadata(&path) {
                Err(reason) if reason.kind() == io::ErrorKind::NotFound => None,
                found => Some(found.map_err(|reason| cannot_be_written(&path, &reason))?),
            };
            let of_folder = fs::metadata(folder).map_err(|reason| cannot_be_written(&path, &reason))?;
            match found {
                Some(found) if found.is_symlink() || is_fifo(found.file_type()) => {
                    if !permissions::is_trusted(&found, &of_folder) {
                        return Err(refused(file, OF_ANOTHER_USER));
                    }
                    if !found.is_symlink() {
                        return Ok(Self::Fifo(path));
                    }
                    let next = fs::read_link(&path).map_err(|reason| cannot_be_written(&path, &reason))?;
                    path = folder.join(next);
                    names_a_file = !is_of_folder(&path);
                }
                found => {
                    let is_pinned = is_pinned(&path, found.as_ref(), &of_folder).map_err(|flaw| refused(file, flaw))?;
                    let name = name.to_string_lossy().into_owned();
                    return Ok(Self::File(Target { path, name, is_pinned }));
                }
            }
        }
        Err(cannot_be_written(&path, &errors::too_many_links()))
    }
}

/// Whether the path can only be that of a folder. `file_name` ignores such an end.
fn is_of_folder(path: &Path) -> bool {
    let is_separator = |byte: &u8| path::is_separator(char::from(*byte));
    match path.as_os_str().as_encoded_bytes() {
        [.., last] if is_separator(last) => true,
        [.., before, b'.'] => is_separator(before),
        path => path == b".",
    }
}

pub(crate) const OF_ANOTHER_USER: &str =
    "is another user's, in a folder that others may write to: choose a path in a folder of your own";

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(file: &str, flaw: &str) -> Error {
    Error::argument("file", format_args!("{} {flaw}", quoted(file)))
}

/// Whether a file cannot be replaced, but can be written in place. The error says why neither is
/// possible.
fn is_pinned(path: &Path, found: Option<&Metadata>, folder: &Metadata) -> Result<bool, &'static str> {
    if !permissions::may_write(folder_of(path)) {
        return Err("is in a folder that cannot be written: choose another path");
    }
    if permissions::pinned(folder_of(path)) == Some(Pinned::Sealed) {
        return Err("is in a folder that is immutable or append-only: choose another path");
    }
    let Some(found) = found else { return Ok(false) };
    match special(found.file_type()) {
        Some("a folder") => return Err("is a folder: pass the path of a file"),
        Some(_) => return Err("is a socket or a device: pass the path of a file"),
        None => {}
    }
    let pinned = permissions::pinned(path);
    if pinned == Some(Pinned::Sealed) {
        return Err("is immutable or append-only: choose another path");
    }
    if pinned.is_none() && permissions::may_replace(found, folder) {
        return Ok(false);
    }
    match permissions::is_trusted(found, folder) && has_one_name(path, found) && permissions::may_write(path) {
        true => Ok(true),
        false if pinned.is_some() => Err("is a mount point that cannot be written in place: choose another path"),
        false => Err(OF_ANOTHER_USER),
    }
}

/// The file that gets the video when it is complete.
pub struct Target {
    pub path: PathBuf,
    name: String,
    /// Whether it cannot be replaced by another file, only be written in place.
    pub is_pinned: bool,
}

impl Target {
    /// The path of the part of this source. Its name is short, and the same in every process.
    pub fn part(&self, source: &str) -> PathBuf {
        self.path.with_file_name(format!("{}.part", self.begin_of_part(source)))
    }

    /// Creates a part whose name nobody expects, so that no other call finds it.
    pub fn create_unnamed_part(&self) -> io::Result<(File, PathBuf)> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let begin = self.begin_of_part("");
        let mut result = Err(io::ErrorKind::AlreadyExists.into());
        // Processes of several containers may share a folder, and have the same ids.
        for _ in 0..100 {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = self.path.with_file_name(format!("{begin}.{}-{number}.part", std::process::id()));
            match files::create(&path) {
                Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => result = Err(reason),
                created => return created.map(|file| (file, path)),
            }
        }
        result
    }

    fn begin_of_part(&self, source: &str) -> String {
        let hash = fnv1a(&[source.as_bytes(), self.name.as_bytes()]);
        format!("{}.{hash:016x}", prefix_of(&self.name, MAX_NAME_BYTES))
    }

    /// Whether the bytes of the existing file may be overwritten, so that no other name and no other
    /// user sees them change.
    pub fn may_be_overwritten(&self) -> io::Result<bool> {
        let (found, folder) = (fs::symlink_metadata(&self.path)?, fs::metadata(folder_of(&self.path))?);
        Ok(found.is_file() && has_one_name(&self.path, &found) && permissions::is_trusted(&found, &folder))
    }

    /// The permissions that the video gets.
    pub fn permissions(&self) -> OfReplacement {
        OfReplacement::new(fs::symlink_metadata(&self.path))
    }

    pub fn busy(&self) -> Error {
        Error::argument(
            "file",
            format_args!("{} is being written by another download: wait until that returns", quoted(&self.path)),
        )
    }
}

/// Nothing was sent yet.
pub fn cannot_be_written(target: &Path, reason: &io::Error) -> Error {
    if errors::is_out_of_space(reason) || errors::is_exhaustion(reason) {
        return failed(target, reason);
    }
    let (target, root) = (quoted(target), root_cause(reason));
    Error::argument("file", format_args!("{target} cannot be written: {root}; choose another path"))
}

/// The request was sent.
pub fn failed(target: &Path, reason: &io::Error) -> Error {
    let (target, root) = (quoted(target), root_cause(reason));
    if errors::is_out_of_space(reason) {
        Error::ResourceExhausted(format!("no room for {target}: {root}; make room, or choose another path"))
    } else if errors::is_exhaustion(reason) {
        Error::exhausted(&format!("cannot write {target}"), reason)
    } else {
        Error::ResourceExhausted(format!("{target} could not be written: {root}; try again, or choose another path"))
    }
}

/// The video is complete, and could not be put in the place of the target. `part` has all of it.
pub fn not_placed(target: &Path, part: Option<&Path>, reason: &io::Error) -> Error {
    let part = part.map(|part| quoted(without_cut_name(part, target)));
    let (target, reason) = (quoted(target), root_cause(reason));
    Error::ResourceExhausted(match part {
        Some(part) => format!(
            "{target} could not be replaced: {reason}; the whole video is kept in {part}: move it, or try again"
        ),
        None => format!("{target} could not be replaced: {reason}; try again"),
    })
}

/// The path of a part with a `*` for the beginning of its name, if that is only a piece of the target's
/// name. Half of an API key must not be shown.
fn without_cut_name(part: &Path, target: &Path) -> PathBuf {
    let [part_name, name] = [part, target].map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let piece = prefix_of(&name, MAX_NAME_BYTES);
    match part_name.strip_prefix(piece) {
        Some(rest) if piece.len() < name.len() => part.with_file_name(format!("*{rest}")),
        _ => part.to_owned(),
    }
}

/// The longest prefix of whole characters that fits.
fn prefix_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part_of(file: &str) -> PathBuf {
        match Destination::find(&FilePath::new(file).unwrap()).unwrap() {
            Destination::File(target) => target.part("https://api.example/v1/abc"),
            _ => panic!("not a file"),
        }
    }

    #[test]
    fn the_name_of_a_part_is_the_same_in_every_version_of_the_library() {
        let part = Path::new("src/video.mp4.e09dd6b0bad8626d.part");
        assert_eq!(part_of("src/video.mp4"), path::absolute(part).unwrap());
    }

    #[test]
    fn the_name_of_a_part_is_short() {
        for (name, prefix) in
            [("v".repeat(255), "v".repeat(32)), (format!("v{}", "ü".repeat(127)), format!("v{}", "ü".repeat(15)))]
        {
            let part = part_of(&name);
            let part = part.file_name().unwrap().to_str().unwrap();
            assert!(part.starts_with(&prefix) && part.len() == prefix.len() + 22, "{part}");
        }
    }

    /// It could be a piece of the API key, which nothing recognizes.
    #[test]
    fn no_piece_of_a_long_name_is_in_a_message() {
        let reason = io::Error::from_raw_os_error(libc::EBUSY);
        for (name, shown) in [
            ("video.mp4".to_owned(), "video.mp4."),
            ("k".repeat(32), &format!("{}.", "k".repeat(32))),
            ("k".repeat(33), "*."),
        ] {
            let target = Path::new("src").join(&name);
            let part = part_of(target.to_str().unwrap());
            let message = not_placed(&target, Some(&part), &reason).message();
            assert!(message.contains(&format!("/src/{shown}")), "{message}");
        }
    }
}
