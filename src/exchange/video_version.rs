//! Which version of a video the bytes of a part belong to.
//!
//! The version is what the server said about it: a validator and, if it is known, the length. It is
//! an extended attribute of a part or, on a file system without attributes, a trailer after the
//! bytes of the video. So a later process never continues a part of another version.

use std::fs::File;
use std::io;

use crate::sys::file_note;
use crate::sys::file_system::read_exact_at;

/// The number of bytes that are requested again and compared with those that are there: a server that
/// confuses versions rarely has them the same.
pub(super) const OVERLAP: u64 = 16 * 1024;

/// A version with a longer validator is not resumed.
const MAX_VALIDATOR_BYTES: usize = 200;
/// The validator, a blank and the length.
const MAX_TEXT_BYTES: usize = MAX_VALIDATOR_BYTES + 21;
/// The end of a trailer. The length of the text and a hash come before it.
const MARK: &[u8; 8] = b"\0anchor2";
const TRAILER_BYTES: usize = 1 + size_of::<u64>() + MARK.len();

#[derive(Clone, Debug, PartialEq)]
pub struct VideoVersion {
    /// A strong ETag, or a Last-Modified date.
    pub validator: String,
    /// The length of the whole video.
    pub total: Option<u64>,
}

impl VideoVersion {
    /// A version, unless its validator is too long to keep.
    pub fn new(validator: String, total: Option<u64>) -> Option<Self> {
        (validator.len() <= MAX_VALIDATOR_BYTES).then_some(Self { validator, total })
    }

    fn parse(text: &str) -> Option<Self> {
        let (total, validator) = text.split_once(' ')?;
        let total = if total == "-" { None } else { Some(total.parse().ok()?) };
        Self::new(validator.into(), total)
    }

    fn text(&self) -> String {
        match self.total {
            Some(total) => format!("{total} {}", self.validator),
            None => format!("- {}", self.validator),
        }
    }

    /// What follows the first `length` bytes of this version.
    pub fn trailer(&self, length: u64) -> Vec<u8> {
        let text = self.text();
        let hash = fnv1a(&[&length.to_be_bytes(), text.as_bytes()]);
        [text.as_bytes(), &[text.len() as u8], &hash.to_be_bytes(), MARK].concat()
    }

    /// Writes the version next to the bytes of the file. Returns false if it needs a trailer.
    pub fn note(&self, file: &File) -> bool {
        file_note::set(file, self.text().as_bytes()).is_ok()
    }
}

/// What is known about a part that an earlier call left.
pub struct Found {
    /// The length of its bytes of the video.
    pub length: u64,
    pub version: VideoVersion,
    pub has_trailer: bool,
}

/// Reads the version of a part. `None` if its bytes are of no known version.
pub fn find(file: &File) -> io::Result<Option<Found>> {
    let size = file.metadata()?.len();
    let noted = file_note::get(file, MAX_TEXT_BYTES).and_then(|text| String::from_utf8(text).ok());
    if let Some(version) = noted.and_then(|text| VideoVersion::parse(&text)) {
        return Ok(Some(Found { length: size, version, has_trailer: false }));
    }
    let longest = size.min((MAX_TEXT_BYTES + TRAILER_BYTES) as u64);
    let mut end = vec![0; longest as usize];
    read_exact_at(file, &mut end, size - longest)?;
    let found = parse_trailer(size, &end);
    Ok(found.map(|(length, version)| Found { length, version, has_trailer: true }))
}

/// The length and the version of the video's bytes in a file of `size` bytes that ends with `end`,
/// or `None` if there is no trailer.
pub fn parse_trailer(size: u64, end: &[u8]) -> Option<(u64, VideoVersion)> {
    let before_mark = end.strip_suffix(MARK)?;
    let (before_hash, _) = before_mark.split_at_checked(before_mark.len().checked_sub(size_of::<u64>())?)?;
    let (text_length, before) = before_hash.split_last()?;
    let text = before.get(before.len().checked_sub(usize::from(*text_length))?..)?;
    let version = VideoVersion::parse(std::str::from_utf8(text).ok()?)?;
    let length = size.checked_sub((text.len() + TRAILER_BYTES) as u64)?;
    end.ends_with(&version.trailer(length)).then_some((length, version))
}

/// A hash that is the same in every version of the library.
pub fn fnv1a(texts: &[&[u8]]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.iter().copied().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_trailer_of_this_length_is_recognized() {
        for total in [Some(2000), None] {
            let version = VideoVersion::new("\"v 1\"".into(), total).unwrap();
            let written = version.trailer(1000);
            let size = 1000 + written.len() as u64;
            assert_eq!(parse_trailer(size, &written), Some((1000, version.clone())));
            assert_eq!(parse_trailer(size, &[b"video", &*written].concat()), Some((1000, version)));
            assert_eq!(parse_trailer(size + 1, &written), None);
            for end in 0..written.len() {
                assert_eq!(parse_trailer(size, &written[..end]), None, "{end}");
                assert_eq!(parse_trailer(size, &written[end + 1..]), None, "{end}");
            }
        }
    }
}
