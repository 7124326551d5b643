//! The video: every byte is computed from its position, so no video is stored.

use std::iter;
use std::ops::Range;
use std::sync::LazyLock;

use axum::body::Bytes;

/// The beginning of an MP4 file.
const HEAD: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42";

/// After the head, the bytes 0 to 250 repeat.
const PERIOD: u64 = 251;

/// The maximum length of a piece.
pub const LARGEST_PIECE: u64 = 64 * 1024;

/// Long enough to hold a whole piece at every phase of the period.
static PATTERN: LazyLock<Bytes> =
    LazyLock::new(|| (0..=250).cycle().take((LARGEST_PIECE + PERIOD) as usize).collect::<Vec<u8>>().into());

/// Other versions have the same head, and differ in every byte after it.
#[derive(Clone, Copy, Debug)]
pub struct Video {
    pub length: u64,
    pub version: u64,
}

impl Video {
    /// The opaque part of this version's entity tag.
    pub fn tag(self) -> String {
        format!("\"video-{}-{}\"", self.version, self.length)
    }

    /// A range of the video, in pieces of the given size.
    pub fn pieces(self, range: Range<u64>, size: u64) -> impl Iterator<Item = Bytes> + Send + 'static {
        let (size, end) = (size.clamp(1, LARGEST_PIECE), range.end.min(self.length));
        let mut rest = range.start..end;
        iter::from_fn(move || {
            let piece = rest.start..end.min(rest.start.saturating_add(size));
            rest.start = piece.end;
            (!piece.is_empty()).then(|| self.piece(piece))
        })
    }

    fn piece(self, range: Range<u64>) -> Bytes {
        let head = HEAD.get(range.start.min(HEAD.len() as u64) as usize..).unwrap_or_default();
        let length = (range.end - range.start) as usize;
        let Some(rest) = length.checked_sub(head.len()) else {
            return Bytes::from_static(head).slice(..length);
        };
        let pattern = self.pattern(range.end - rest as u64, rest);
        if head.is_empty() { pattern } else { [head, &pattern].concat().into() }
    }

    /// Bytes after the head, starting at that position of the video.
    fn pattern(self, start: u64, length: usize) -> Bytes {
        let phase = (start - HEAD.len() as u64 + self.version - 1) % PERIOD;
        PATTERN.slice(phase as usize..).slice(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUGE: Video = Video { length: 1 << 40, version: 1 };

    /// The byte at a position, computed in another way than the pieces are.
    fn byte(position: u64, version: u64) -> u8 {
        let after_head = |position| ((position + version - 1) % 251) as u8;
        HEAD.get(position as usize).copied().unwrap_or_else(|| after_head(position - 24))
    }

    fn read(video: Video, range: Range<u64>, size: u64) -> Vec<u8> {
        video.pieces(range, size).flatten().collect()
    }

    fn expected(range: Range<u64>, version: u64) -> Vec<u8> {
        range.map(|position| byte(position, version)).collect()
    }

    #[test]
    fn the_usual_video_is_the_head_and_the_pattern() {
        let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
        bytes.extend((0..=250).cycle().take(4096 - 24));
        assert_eq!(read(Video { length: 4096, version: 1 }, 0..4096, LARGEST_PIECE), bytes);
    }

    #[test]
    fn every_byte_follows_from_its_position() {
        let far = (1 << 40) - 1000;
        for range in [0..0, 0..1, 3..20, 0..24, 23..25, 24..25, 10..200_000, 65_536..65_600, far..1 << 40] {
            for size in [1, 7, 1000, LARGEST_PIECE, u64::MAX] {
                assert!(read(HUGE, range.clone(), size) == expected(range.clone(), 1), "{range:?} by {size}");
            }
        }
    }

    #[test]
    fn pieces_have_their_size_and_stay_within_the_video() {
        let lengths = |video: Video, range, size| video.pieces(range, size).map(|p| p.len()).collect::<Vec<_>>();
        assert_eq!(lengths(HUGE, 0..150_000, u64::MAX), [65_536, 65_536, 18_928]);
        assert_eq!(lengths(HUGE, 0..10, 4), [4, 4, 2]);
        assert_eq!(lengths(Video { length: 5, version: 1 }, 0..10, 4), [4, 1]);
        assert!(lengths(Video { length: 0, version: 1 }, 0..10, 4).is_empty());
    }

    #[test]
    fn the_next_version_differs_in_every_byte_after_the_head() {
        let (first, second) = (Video { length: 1000, version: 1 }, Video { length: 1000, version: 2 });
        assert_ne!(first.tag(), second.tag());
        let (old, new) = (read(first, 0..1000, 100), read(second, 0..1000, 100));
        assert_eq!(new, expected(0..1000, 2));
        assert!(old.iter().zip(&new).enumerate().all(|(at, (old, new))| (old == new) == (at < 24)));
    }
}
