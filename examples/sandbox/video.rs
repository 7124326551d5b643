//! The recording that can be downloaded, whole or in part.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::answers;

pub const LENGTH: usize = 4096;

/// Bytes that begin like an MP4 file and are the same in every run.
pub fn bytes() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let rest = LENGTH - bytes.len();
    bytes.extend((0..=250).cycle().take(rest));
    bytes
}

pub fn response(request: &HeaderMap) -> Response {
    let video = bytes();
    let wanted = request.get(header::RANGE).and_then(|value| value.to_str().ok());
    let mut response = match wanted.map_or(Wanted::Whole, |value| parse_range(value, video.len())) {
        Wanted::Whole => answers::response(StatusCode::OK, "video/mp4", video),
        Wanted::Part(range) => {
            let content_range = format!("bytes {}-{}/{LENGTH}", range.start, range.end - 1);
            let part = video.get(range).unwrap_or_default().to_vec();
            with_range(answers::response(StatusCode::PARTIAL_CONTENT, "video/mp4", part), &content_range)
        }
        Wanted::Nothing => {
            let empty = answers::response(StatusCode::RANGE_NOT_SATISFIABLE, "video/mp4", "");
            with_range(empty, &format!("bytes */{LENGTH}"))
        }
    };
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

fn with_range(mut response: Response, content_range: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(content_range) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<usize>),
    Nothing,
}

/// Reads one byte range; what is not one (several, another unit, nonsense) asks for the whole, as RFC 9110 allows.
fn parse_range(value: &str, length: usize) -> Wanted {
    let Some((first, last)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Nothing } else { Wanted::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_served() {
        assert_eq!(parse_range("bytes=0-0", 10), Wanted::Part(0..1));
        assert_eq!(parse_range("bytes=2-4", 10), Wanted::Part(2..5));
        assert_eq!(parse_range("bytes=2-400", 10), Wanted::Part(2..10));
        assert_eq!(parse_range("bytes=7-", 10), Wanted::Part(7..10));
        assert_eq!(parse_range("bytes=-3", 10), Wanted::Part(7..10));
        assert_eq!(parse_range("bytes=-30", 10), Wanted::Part(0..10));
    }

    #[test]
    fn ranges_outside_the_video() {
        assert_eq!(parse_range("bytes=10-12", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=10-", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=-0", 10), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_one_range_is_ignored() {
        for value in ["", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"] {
            assert_eq!(parse_range(value, 10), Wanted::Whole, "{value}");
        }
    }

    #[test]
    fn the_video_has_its_length() {
        assert_eq!(bytes().len(), LENGTH);
    }
}
