//! Which answers are the video, the rest of it, or neither.
//!
//! A server may ignore `If-Range`, and a cache may mix versions. So the rest of a video is accepted
//! only if it repeats the validator and the length of the part, and begins where it was asked to. The
//! bytes that overlap are compared when they arrive.

use http::header::{
    CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
    TRANSFER_ENCODING,
};
use http::{StatusCode, Version};
use hyper::body::Body;

use super::video_version::VideoVersion;
use crate::transport::HttpResponse;

/// The rest of a video that was asked for.
#[derive(Clone)]
pub struct Rest {
    pub begin: u64,
    /// The number of bytes that are there.
    pub length: u64,
    pub version: VideoVersion,
}

/// What an answer is.
pub enum Video {
    /// The video from its first byte, of this version if the server names one, and of this length.
    Whole(Option<VideoVersion>, Option<u64>),
    /// The rest from this byte on, of a video of this length.
    Rest(u64, u64),
    /// The rest was asked for, and this cannot be it. The whole video must be asked for.
    NotTheRest(&'static str),
    /// No video.
    Other(&'static str),
}

/// Judges an answer with a status of 200 to 299.
pub fn judge(response: &HttpResponse, asked: Option<&Rest>) -> Video {
    let flaw = flaw(response);
    match (response.status(), asked, flaw) {
        (StatusCode::PARTIAL_CONTENT, Some(_), Some(flaw)) => Video::NotTheRest(flaw),
        (StatusCode::PARTIAL_CONTENT, Some(asked), None) => match rest(response.headers(), asked) {
            Ok((begin, total)) => Video::Rest(begin, total),
            Err(flaw) => Video::NotTheRest(flaw),
        },
        (StatusCode::PARTIAL_CONTENT, None, _) => Video::Other("only the whole video was asked for"),
        (StatusCode::OK, _, None) => {
            let total = response.body().size_hint().exact();
            let version = validator(response.headers()).and_then(|text| VideoVersion::new(text, total));
            Video::Whole(version, total)
        }
        (StatusCode::OK, _, Some(flaw)) => Video::Other(flaw),
        _ => Video::Other("the body is not a video"),
    }
}

/// The first byte of the rest that was asked for and the length of the video, or why an answer with
/// these headers is something else.
fn rest(headers: &HeaderMap, asked: &Rest) -> Result<(u64, u64), &'static str> {
    let validator = if asked.version.validator.starts_with('"') { ETAG } else { LAST_MODIFIED };
    match range(headers) {
        Some((begin, _)) if begin != asked.begin => Err(WRONG_RANGE),
        None => Err(WRONG_RANGE),
        Some(_) if text(headers, validator) != Some(asked.version.validator.as_str()) => Err(UNCONFIRMED),
        Some((_, total)) if asked.length > total => Err(UNCONFIRMED),
        Some((_, total)) if asked.version.total.is_some_and(|known| known != total) => Err(UNCONFIRMED),
        Some(range) => Ok(range),
    }
}

const UNCONFIRMED: &str = "it does not confirm that the video is the same as before";
const WRONG_RANGE: &str = "it is not the part of the video that was asked for";
pub(super) const OTHER_VERSION: &str = "its bytes differ from those that were received before";

/// Why an answer cannot be a video, or `None` if it can.
fn flaw(response: &HttpResponse) -> Option<&'static str> {
    let headers = response.headers();
    let is_chunked = headers.contains_key(TRANSFER_ENCODING);
    // Otherwise only the closed connection would end the body, and a lost connection looks the
    // same.
    let has_an_end =
        response.body().size_hint().exact().is_some() || is_chunked || response.version() >= Version::HTTP_2;
    if !is_video(headers) {
        Some("the body is not a video")
    } else if !is_plain(headers) {
        Some("the body is compressed")
    } else if is_chunked && !text(headers, TRANSFER_ENCODING).is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
        // The last coding decides where the body ends, and all others decide what it is.
        Some("the body has another transfer coding than chunked")
    } else if !has_an_end {
        Some("nothing says where the body ends")
    } else {
        None
    }
}

/// Whether the type is that of a video, or none.
fn is_video(headers: &HeaderMap) -> bool {
    if !headers.contains_key(CONTENT_TYPE) {
        return true;
    }
    let Some(kind) = text(headers, CONTENT_TYPE) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("video/")
        || ["", "application/mp4", "application/octet-stream", "binary/octet-stream"].contains(&kind.as_str())
}

/// Whether the type is that of the API's other answers.
pub fn is_json(headers: &HeaderMap) -> bool {
    text(headers, CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"))
}

fn is_plain(headers: &HeaderMap) -> bool {
    let is_identity = |value: &HeaderValue| {
        let encodings = value.to_str().unwrap_or("?").split(',').map(str::trim);
        encodings.into_iter().all(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case("identity"))
    };
    headers.get_all(CONTENT_ENCODING).iter().all(is_identity)
}

/// The value of a header that occurs once.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok()
}

/// The version of the video for `If-Range`: a strong tag, or a date old enough that no second
/// change can have the same one.
pub fn validator(headers: &HeaderMap) -> Option<String> {
    let is_strong = |tag: &&str| tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
    if let Some(tag) = text(headers, ETAG).filter(is_strong) {
        return Some(tag.to_owned());
    }
    let date = |name| httpdate::parse_http_date(text(headers, name)?).ok();
    let (changed, sent) = (date(LAST_MODIFIED)?, date(DATE)?);
    let is_old = sent.duration_since(changed).is_ok_and(|age| age.as_secs() >= 1);
    is_old.then(|| text(headers, LAST_MODIFIED).map(str::to_owned))?
}

/// The first byte and the total length of a range that reaches to the end.
pub fn range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (unit, range) = text(headers, CONTENT_RANGE)?.split_once(' ')?;
    let (range, total) = range.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (number(first)?, number(last)?, number(total)?);
    (unit.eq_ignore_ascii_case("bytes") && first <= last && last.checked_add(1) == Some(total))
        .then_some((first, total))
}

/// `parse` alone accepts a sign.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
