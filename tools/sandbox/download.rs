//! The answer to a download: the video or the requested range, as modified by a fault.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::answers;
use crate::connection::Connection;
use crate::piecewise;
use crate::video::{LARGEST_PIECE, Video};

/// The Last-Modified date of every version.
const LAST_MODIFIED: &str = "Wed, 01 Jan 2025 00:00:00 GMT";

/// How a download is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    pub version: u64,
    pub validator: Validator,
    pub ranges: Ranges,
    pub sending: Sending,
}

/// The headers that distinguish versions of the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validator {
    StrongTag,
    WeakTagAndDate,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranges {
    Served,
    Ignored,
    /// A range begins one byte late, and its Content-Range says so.
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    Whole,
    Cut,
    Chunked,
    ChunkedCut,
    Slow,
    Nothing,
}

pub const USUAL: Manner =
    Manner { version: 1, validator: Validator::StrongTag, ranges: Ranges::Served, sending: Sending::Whole };

pub fn response(length: u64, request: &HeaderMap, manner: Manner, connection: &Connection) -> Response {
    let video = Video { length, version: manner.version };
    let send = |status, range| answers::response(status, "video/mp4", body(video, range, manner.sending, connection));
    if manner.sending == Sending::Nothing {
        return with_header(answers::response(StatusCode::OK, "video/mp4", Body::empty()), header::CONTENT_LENGTH, "0");
    }
    let response = match wanted(request, video, manner) {
        Wanted::Whole => send(StatusCode::OK, 0..length),
        Wanted::Part(range) => {
            let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            with_header(send(StatusCode::PARTIAL_CONTENT, range), header::CONTENT_RANGE, &content_range)
        }
        Wanted::Nothing => {
            let empty = answers::response(StatusCode::RANGE_NOT_SATISFIABLE, "video/mp4", "");
            with_header(empty, header::CONTENT_RANGE, &format!("bytes */{length}"))
        }
    };
    described(response, video, manner)
}

fn body(video: Video, range: Range<u64>, sending: Sending, connection: &Connection) -> Body {
    let length = range.end - range.start;
    let half = range.start..range.start + length / 2;
    match sending {
        Sending::Whole => piecewise::whole(video.pieces(range, LARGEST_PIECE), Some(length)),
        Sending::Chunked => piecewise::whole(video.pieces(range, LARGEST_PIECE), None),
        Sending::Cut => piecewise::cut(video.pieces(half, LARGEST_PIECE), Some(length), connection.clone()),
        Sending::ChunkedCut => piecewise::cut(video.pieces(half, LARGEST_PIECE), None, connection.clone()),
        Sending::Slow => {
            piecewise::paced(video.pieces(range, video.length / 16), Some(length), Duration::from_millis(200))
        }
        Sending::Nothing => Body::empty(),
    }
}

/// Adds the headers that a client may use in If-Range.
fn described(response: Response, video: Video, manner: Manner) -> Response {
    let response = match manner.validator {
        Validator::StrongTag => with_header(response, header::ETAG, &video.tag()),
        Validator::WeakTagAndDate => {
            let tagged = with_header(response, header::ETAG, &format!("W/{}", video.tag()));
            with_header(tagged, header::LAST_MODIFIED, LAST_MODIFIED)
        }
        Validator::Missing => response,
    };
    match manner.ranges {
        Ranges::Ignored => response,
        Ranges::Served | Ranges::Wrong => with_header(response, header::ACCEPT_RANGES, "bytes"),
    }
}

fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Nothing,
}

fn wanted(request: &HeaderMap, video: Video, manner: Manner) -> Wanted {
    let asked = request.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some(asked) = asked.filter(|_| manner.ranges != Ranges::Ignored && if_range_holds(request, video, manner))
    else {
        return Wanted::Whole;
    };
    match parse_range(asked, video.length) {
        Wanted::Part(range) if manner.ranges == Ranges::Wrong => {
            Wanted::Part((range.start + 1).min(range.end - 1)..range.end)
        }
        wanted => wanted,
    }
}

/// RFC 9110, section 13.1.5: a weak tag never matches, and a date matches only if it is equal.
fn if_range_holds(request: &HeaderMap, video: Video, manner: Manner) -> bool {
    request.get(header::IF_RANGE).is_none_or(|condition| match manner.validator {
        Validator::StrongTag => *condition == video.tag(),
        Validator::WeakTagAndDate => condition == LAST_MODIFIED,
        Validator::Missing => false,
    })
}

/// Reads one byte range. Several ranges, another unit or a malformed header select the whole video,
/// as RFC 9110 allows.
fn parse_range(value: &str, length: u64) -> Wanted {
    let Some((first, last)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
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

    const HUGE: u64 = 1 << 40;

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
    fn ranges_of_a_huge_video() {
        assert_eq!(parse_range("bytes=1099511627775-", HUGE), Wanted::Part(HUGE - 1..HUGE));
        assert_eq!(parse_range("bytes=5000000000-5000000009", HUGE), Wanted::Part(5_000_000_000..5_000_000_010));
        assert_eq!(parse_range("bytes=-1", HUGE), Wanted::Part(HUGE - 1..HUGE));
        assert_eq!(parse_range("bytes=1-18446744073709551615", HUGE), Wanted::Part(1..HUGE));
        assert_eq!(parse_range("bytes=1099511627776-", HUGE), Wanted::Nothing);
    }

    #[test]
    fn ranges_outside_the_video() {
        assert_eq!(parse_range("bytes=10-12", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=10-", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=-0", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_one_range_is_ignored() {
        for value in ["", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"] {
            assert_eq!(parse_range(value, 10), Wanted::Whole, "{value}");
        }
    }

    fn asked(range: &'static str, if_range: Option<&'static str>, manner: Manner) -> Wanted {
        let mut request = HeaderMap::new();
        request.insert(header::RANGE, HeaderValue::from_static(range));
        request.extend(if_range.map(|value| (header::IF_RANGE, HeaderValue::from_static(value))));
        wanted(&request, Video { length: 10, version: manner.version }, manner)
    }

    #[test]
    fn a_strong_tag_holds_only_for_its_version() {
        let part = Wanted::Part(2..10);
        assert_eq!(asked("bytes=2-", Some("\"video-1-10\""), USUAL), part);
        assert_eq!(asked("bytes=2-", Some("\"video-2-10\""), Manner { version: 2, ..USUAL }), part);
        for other in ["\"video-2-10\"", "\"video-1-11\"", "W/\"video-1-10\"", "video-1-10", LAST_MODIFIED, ""] {
            assert_eq!(asked("bytes=2-", Some(other), USUAL), Wanted::Whole, "{other}");
        }
        assert_eq!(asked("bytes=10-", Some("\"video-1-10\""), USUAL), Wanted::Nothing);
        assert_eq!(asked("bytes=10-", Some("\"other\""), USUAL), Wanted::Whole);
    }

    #[test]
    fn beside_a_weak_tag_only_the_date_holds() {
        let weak = Manner { validator: Validator::WeakTagAndDate, ..USUAL };
        assert_eq!(asked("bytes=2-", Some(LAST_MODIFIED), weak), Wanted::Part(2..10));
        for other in ["W/\"video-1-10\"", "\"video-1-10\"", "Wed, 01 Jan 2025 00:00:01 GMT"] {
            assert_eq!(asked("bytes=2-", Some(other), weak), Wanted::Whole, "{other}");
        }
    }

    #[test]
    fn without_a_validator_no_condition_holds() {
        let missing = Manner { validator: Validator::Missing, ..USUAL };
        assert_eq!(asked("bytes=2-", None, missing), Wanted::Part(2..10));
        assert_eq!(asked("bytes=2-", Some("\"video-1-10\""), missing), Wanted::Whole);
    }

    #[test]
    fn ranges_can_be_ignored_or_wrong() {
        assert_eq!(asked("bytes=2-", None, Manner { ranges: Ranges::Ignored, ..USUAL }), Wanted::Whole);
        let wrong = Manner { ranges: Ranges::Wrong, ..USUAL };
        assert_eq!(asked("bytes=2-", None, wrong), Wanted::Part(3..10));
        assert_eq!(asked("bytes=9-", None, wrong), Wanted::Part(9..10));
    }
}
