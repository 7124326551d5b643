//! Downloading a recording: the request, and which answers are the video.
//!
//! A download is all or nothing. The bytes go to a [`PartFile`], which gets the final name when the
//! video is complete. A later attempt, or a later call, resumes a part if the server can confirm
//! that it is of the same version (`If-Range`); otherwise the download starts again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;

use http::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE,
    LAST_MODIFIED, RANGE, TRANSFER_ENCODING,
};
use http::{StatusCode, Version};
use hyper::body::Body;

use super::answer;
use super::part_file::PartFile;
use super::retry::Failure;
use crate::call::CallEvents;
use crate::error::Error;
use crate::operation::Operation;
use crate::transport::HttpResponse;

/// The download of one call, across its attempts.
pub struct Download {
    part: RefCell<PartFile>,
}

/// Why the video is incomplete.
pub enum Stopped {
    Lost(hyper::Error),
    Failed(Failure),
}

impl Download {
    /// A download to `file`. `source` identifies the recording.
    pub fn new(file: &str, source: &str) -> Result<Self, Error> {
        Ok(Self { part: RefCell::new(PartFile::begin(file, source)?) })
    }

    /// Requests the video or, after a part of a known version, the rest of it.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        headers.insert(ACCEPT, HeaderValue::from_static("video/mp4"));
        let part = self.part.borrow();
        if let Some((length, validator)) = part.rest()
            && let Ok(validator) = HeaderValue::from_str(validator)
        {
            headers.insert(RANGE, range_from(overlap(length)));
            headers.insert(IF_RANGE, validator);
        }
    }

    /// Discards the part if the answer shows that it cannot be resumed.
    pub fn refused(&self, status: StatusCode) {
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::RANGE_NOT_SATISFIABLE) {
            self.part.borrow_mut().discard();
        }
    }

    /// Writes the video as it arrives, and names the file when it is complete. Returns the number
    /// of bytes received.
    pub async fn receive(
        &self,
        response: HttpResponse,
        operation: &Operation,
        events: &CallEvents<'_>,
    ) -> Result<u64, Stopped> {
        let (begin, total) = self.begin(&response, operation)?;
        let (status, version) = (response.status(), response.version());
        let mut body = response.into_body();
        let mut end = begin;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(bytes) = frame.map_err(Stopped::Lost)?.into_data() else { continue };
            self.part.borrow_mut().append(&bytes)?;
            end += bytes.len() as u64;
            events.progress(end, total.unwrap_or_default()).await;
        }
        // The HTTP client mistakes a stream that the server reset "without an error" for a complete
        // one.
        if version >= Version::HTTP_2 && !body.is_end_stream() {
            return Err(Error::ConnectionLost(format!(
                "the server ended the video early while {operation}; call again"
            ))
            .into());
        }
        if end == 0 {
            return Err(not_the_video(status, operation, "the video is empty").into());
        }
        if total.is_some_and(|total| total != end) {
            self.part.borrow_mut().restart(None)?;
            return Err(Failure::retry_at_once(not_the_video(
                status,
                operation,
                "the video does not have the announced length",
            ))
            .into());
        }
        self.part.borrow_mut().finish()?;
        Ok(end - begin)
    }

    /// The number of bytes that the next call can resume from.
    pub fn kept(&self) -> u64 {
        self.part.borrow().rest().map_or(0, |(length, _)| length)
    }

    /// The position of the answer's first byte, and the length of the video if it is known.
    fn begin(&self, response: &HttpResponse, operation: &Operation) -> Result<(u64, Option<u64>), Stopped> {
        if let Some(reason) = flaw(response) {
            return Err(not_the_video(response.status(), operation, reason).into());
        }
        let mut part = self.part.borrow_mut();
        if response.status() == StatusCode::OK {
            part.restart(validator(response.headers()).as_deref())?;
            return Ok((0, response.body().size_hint().exact()));
        }
        let requested = part.rest().map(|(length, _)| overlap(length));
        match range(response.headers()) {
            Some((begin, total)) if requested == Some(begin) && same_version(response.headers(), &part) => {
                part.cut(begin)?;
                Ok((begin, Some(total)))
            }
            _ => {
                // The bytes are of another position or version: none of them can be used.
                part.restart(None)?;
                Err(Failure::retry_at_once(not_the_video(
                    response.status(),
                    operation,
                    "it is not the part of the video that was asked for",
                ))
                .into())
            }
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(Failure::lost(error))
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The last byte is requested again, because a range after the end of a complete part would be
/// empty.
fn overlap(length: u64) -> u64 {
    length.saturating_sub(1)
}

fn range_from(begin: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("bytes={begin}-")).unwrap_or(HeaderValue::from_static("bytes=0-"))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Why the answer cannot be the video, or `None` if it can.
fn flaw(response: &HttpResponse) -> Option<&'static str> {
    let headers = response.headers();
    let kind = text(headers, CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let has_a_body = matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    let is_video = has_a_body
        && ["video/", "application/octet-stream", "binary/octet-stream"].iter().any(|it| kind.starts_with(it));
    let is_plain = text(headers, CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    // Otherwise only the closed connection would end the body, and a lost connection looks the
    // same.
    let has_an_end = response.body().size_hint().exact().is_some()
        || headers.contains_key(TRANSFER_ENCODING)
        || response.version() >= Version::HTTP_2;
    match (is_video, is_plain, has_an_end) {
        (false, ..) => Some("the body is not a video"),
        (_, false, _) => Some("the body is compressed"),
        (.., false) => Some("nothing says where the body ends"),
        _ => None,
    }
}

fn not_the_video(status: StatusCode, operation: &Operation, reason: &str) -> Error {
    answer::not_confirmed(status, operation, reason)
}

/// The version of the video for `If-Range`: a strong tag, or a date old enough that no second
/// change can have the same one.
pub fn validator(headers: &HeaderMap) -> Option<String> {
    if let Some(tag) = text(headers, ETAG).filter(|tag| tag.starts_with('"')) {
        return Some(tag.to_owned());
    }
    let date = |name| httpdate::parse_http_date(text(headers, name)?).ok();
    let (changed, sent) = (date(LAST_MODIFIED)?, date(DATE)?);
    let is_old = sent.duration_since(changed).is_ok_and(|age| age.as_secs() >= 1);
    is_old.then(|| text(headers, LAST_MODIFIED).map(str::to_owned))?
}

/// Whether the tag is that of the part. It differs if the server ignored `If-Range`.
fn same_version(headers: &HeaderMap, part: &PartFile) -> bool {
    let known = part.rest().map(|(_, validator)| validator).filter(|known| known.starts_with('"'));
    known.is_none_or(|known| text(headers, ETAG).is_none_or(|tag| tag == known))
}

/// The first byte and the total length of a range that reaches to the end.
pub fn range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, total) = text(headers, CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last.checked_add(1) == Some(total)).then_some((first, total))
}
