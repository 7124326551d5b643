//! The response to a download: the video, or the one range that the request asks for.
//!
//! A `Delivery` describes how the video is sent. Faults change it: its version, its validators,
//! whether ranges are served, and how much of the body arrives.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::connection::Connection;
use crate::responses::{self, with_header};
use crate::streamed_body;
use crate::video::{MAX_PIECE, Video};

/// The `Last-Modified` of every version.
const LAST_MODIFIED: &str = "Wed, 01 Jan 2025 00:00:00 GMT";

/// How the video is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub version: u64,
    pub validator: Validator,
    pub ranges: Ranges,
    pub transfer: Transfer,
}

/// The headers that identify a version of the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validator {
    StrongTag,
    WeakTagAndDate,
    Missing,
}

/// What the server does with the `Range` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranges {
    Served,
    Ignored,
    /// Served from one byte too late, as the Content-Range says.
    Wrong,
}

/// How much of the body is sent, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    Complete,
    /// The first half; then the connection is closed.
    Cut,
    Chunked,
    ChunkedCut,
    Slow,
    Empty,
}

pub const NORMAL: Delivery =
    Delivery { version: 1, validator: Validator::StrongTag, ranges: Ranges::Served, transfer: Transfer::Complete };

pub fn response(length: u64, request: &HeaderMap, delivery: Delivery, connection: &Connection) -> Response {
    let video = Video { length, version: delivery.version };
    let send =
        |status, range| responses::response(status, "video/mp4", body(video, range, delivery.transfer, connection));
    if delivery.transfer == Transfer::Empty {
        return with_header(
            responses::response(StatusCode::OK, "video/mp4", Body::empty()),
            header::CONTENT_LENGTH,
            "0",
        );
    }
    let response = match requested_range(request, video, delivery) {
        RequestedRange::Whole => send(StatusCode::OK, 0..length),
        RequestedRange::Part(range) => {
            let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            with_header(send(StatusCode::PARTIAL_CONTENT, range), header::CONTENT_RANGE, &content_range)
        }
        RequestedRange::Unsatisfiable => {
            let empty = responses::response(StatusCode::RANGE_NOT_SATISFIABLE, "video/mp4", "");
            with_header(empty, header::CONTENT_RANGE, &format!("bytes */{length}"))
        }
    };
    with_resume_headers(response, video, delivery)
}

fn body(video: Video, range: Range<u64>, transfer: Transfer, connection: &Connection) -> Body {
    let length = range.end - range.start;
    let half = range.start..range.start + length / 2;
    match transfer {
        Transfer::Complete => streamed_body::complete(video.pieces(range, MAX_PIECE), Some(length)),
        Transfer::Chunked => streamed_body::complete(video.pieces(range, MAX_PIECE), None),
        Transfer::Cut => streamed_body::cut(video.pieces(half, MAX_PIECE), Some(length), connection.clone()),
        Transfer::ChunkedCut => streamed_body::cut(video.pieces(half, MAX_PIECE), None, connection.clone()),
        Transfer::Slow => {
            streamed_body::paced(video.pieces(range, video.length / 16), Some(length), Duration::from_millis(200))
        }
        Transfer::Empty => Body::empty(),
    }
}

/// Adds the headers that a client needs in order to resume.
fn with_resume_headers(response: Response, video: Video, delivery: Delivery) -> Response {
    let response = match delivery.validator {
        Validator::StrongTag => with_header(response, header::ETAG, &video.tag()),
        Validator::WeakTagAndDate => {
            let tagged = with_header(response, header::ETAG, &format!("W/{}", video.tag()));
            with_header(tagged, header::LAST_MODIFIED, LAST_MODIFIED)
        }
        Validator::Missing => response,
    };
    match delivery.ranges {
        Ranges::Ignored => response,
        Ranges::Served | Ranges::Wrong => with_header(response, header::ACCEPT_RANGES, "bytes"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum RequestedRange {
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

fn requested_range(request: &HeaderMap, video: Video, delivery: Delivery) -> RequestedRange {
    let range = request.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some(range) =
        range.filter(|_| delivery.ranges != Ranges::Ignored && if_range_matches(request, video, delivery))
    else {
        return RequestedRange::Whole;
    };
    match parse_range(range, video.length) {
        RequestedRange::Part(range) if delivery.ranges == Ranges::Wrong => {
            RequestedRange::Part((range.start + 1).min(range.end - 1)..range.end)
        }
        range => range,
    }
}

/// RFC 9110, section 13.1.5: a weak tag never matches, and a date matches only if it is equal.
fn if_range_matches(request: &HeaderMap, video: Video, delivery: Delivery) -> bool {
    request.get(header::IF_RANGE).is_none_or(|condition| match delivery.validator {
        Validator::StrongTag => *condition == video.tag(),
        Validator::WeakTagAndDate => condition == LAST_MODIFIED,
        Validator::Missing => false,
    })
}

/// Parses a single byte range. Several ranges, other units and malformed values mean the whole
/// video, as RFC 9110 allows.
fn parse_range(value: &str, length: u64) -> RequestedRange {
    let Some((first, last)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return RequestedRange::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return RequestedRange::Whole,
    };
    if range.is_empty() { RequestedRange::Unsatisfiable } else { RequestedRange::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const HUGE: u64 = 1 << 40;

    #[test]
    fn a_byte_range_selects_part_of_the_video() {
        assert_eq!(parse_range("bytes=0-0", 10), RequestedRange::Part(0..1));
        assert_eq!(parse_range("bytes=2-4", 10), RequestedRange::Part(2..5));
        assert_eq!(parse_range("bytes=2-400", 10), RequestedRange::Part(2..10));
        assert_eq!(parse_range("bytes=7-", 10), RequestedRange::Part(7..10));
        assert_eq!(parse_range("bytes=-3", 10), RequestedRange::Part(7..10));
        assert_eq!(parse_range("bytes=-30", 10), RequestedRange::Part(0..10));
    }

    #[test]
    fn ranges_of_a_huge_video_do_not_overflow() {
        assert_eq!(parse_range("bytes=1099511627775-", HUGE), RequestedRange::Part(HUGE - 1..HUGE));
        assert_eq!(
            parse_range("bytes=5000000000-5000000009", HUGE),
            RequestedRange::Part(5_000_000_000..5_000_000_010)
        );
        assert_eq!(parse_range("bytes=-1", HUGE), RequestedRange::Part(HUGE - 1..HUGE));
        assert_eq!(parse_range("bytes=1-18446744073709551615", HUGE), RequestedRange::Part(1..HUGE));
        assert_eq!(parse_range("bytes=1099511627776-", HUGE), RequestedRange::Unsatisfiable);
    }

    #[test]
    fn a_range_outside_the_video_is_unsatisfiable() {
        assert_eq!(parse_range("bytes=10-12", 10), RequestedRange::Unsatisfiable);
        assert_eq!(parse_range("bytes=10-", 10), RequestedRange::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 10), RequestedRange::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-", 0), RequestedRange::Unsatisfiable);
    }

    #[test]
    fn anything_except_a_single_byte_range_is_ignored() {
        for value in ["", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"] {
            assert_eq!(parse_range(value, 10), RequestedRange::Whole, "{value}");
        }
    }

    fn range_of(range: &'static str, if_range: Option<&'static str>, delivery: Delivery) -> RequestedRange {
        let mut request = HeaderMap::new();
        request.insert(header::RANGE, HeaderValue::from_static(range));
        request.extend(if_range.map(|value| (header::IF_RANGE, HeaderValue::from_static(value))));
        requested_range(&request, Video { length: 10, version: delivery.version }, delivery)
    }

    #[test]
    fn if_range_with_a_strong_tag_matches_only_its_version() {
        let part = RequestedRange::Part(2..10);
        assert_eq!(range_of("bytes=2-", Some("\"video-1-10\""), NORMAL), part);
        assert_eq!(range_of("bytes=2-", Some("\"video-2-10\""), Delivery { version: 2, ..NORMAL }), part);
        for other in ["\"video-2-10\"", "\"video-1-11\"", "W/\"video-1-10\"", "video-1-10", LAST_MODIFIED, ""] {
            assert_eq!(range_of("bytes=2-", Some(other), NORMAL), RequestedRange::Whole, "{other}");
        }
        assert_eq!(range_of("bytes=10-", Some("\"video-1-10\""), NORMAL), RequestedRange::Unsatisfiable);
        assert_eq!(range_of("bytes=10-", Some("\"other\""), NORMAL), RequestedRange::Whole);
    }

    #[test]
    fn if_range_matches_the_date_but_not_a_weak_tag() {
        let weak = Delivery { validator: Validator::WeakTagAndDate, ..NORMAL };
        assert_eq!(range_of("bytes=2-", Some(LAST_MODIFIED), weak), RequestedRange::Part(2..10));
        for other in ["W/\"video-1-10\"", "\"video-1-10\"", "Wed, 01 Jan 2025 00:00:01 GMT"] {
            assert_eq!(range_of("bytes=2-", Some(other), weak), RequestedRange::Whole, "{other}");
        }
    }

    #[test]
    fn if_range_never_matches_without_a_validator() {
        let missing = Delivery { validator: Validator::Missing, ..NORMAL };
        assert_eq!(range_of("bytes=2-", None, missing), RequestedRange::Part(2..10));
        assert_eq!(range_of("bytes=2-", Some("\"video-1-10\""), missing), RequestedRange::Whole);
    }

    #[test]
    fn faults_ignore_ranges_or_serve_them_one_byte_late() {
        assert_eq!(range_of("bytes=2-", None, Delivery { ranges: Ranges::Ignored, ..NORMAL }), RequestedRange::Whole);
        let wrong = Delivery { ranges: Ranges::Wrong, ..NORMAL };
        assert_eq!(range_of("bytes=2-", None, wrong), RequestedRange::Part(3..10));
        assert_eq!(range_of("bytes=9-", None, wrong), RequestedRange::Part(9..10));
    }
}
