//! A recording on its way into a file: what is asked for, and what counts as the video.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;

use crate::transport::HttpResponse;
use http::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE,
    LAST_MODIFIED, RANGE, TRANSFER_ENCODING,
};
use http::{StatusCode, Version};
use hyper::body::Body;

use crate::answer;
use crate::error::Error;
use crate::notices::Notices;
use crate::operation::Operation;
use crate::part_file::PartFile;
use crate::retry::Failure;

/// A download of one call, through all its attempts.
pub struct Download {
    part: RefCell<PartFile>,
}

/// Why the video did not come whole.
pub enum Stopped {
    Lost(hyper::Error),
    Failed(Failure),
}

impl Download {
    /// Into `file`; `source` tells this recording from every other.
    pub fn new(file: &str, source: &str) -> Result<Self, Error> {
        Ok(Self { part: RefCell::new(PartFile::begin(file, source)?) })
    }

    /// Asks for the video or, if a part of a known version is there, for the rest of it.
    pub fn ask(&self, headers: &mut HeaderMap) {
        headers.insert(ACCEPT, HeaderValue::from_static("video/mp4"));
        let part = self.part.borrow();
        if let Some((length, validator)) = part.rest()
            && let Ok(validator) = HeaderValue::from_str(validator)
        {
            headers.insert(RANGE, from(overlap(length)));
            headers.insert(IF_RANGE, validator);
        }
    }

    /// What is no longer there cannot be gone on with.
    pub fn refused(&self, status: StatusCode) {
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::RANGE_NOT_SATISFIABLE) {
            self.part.borrow_mut().discard();
        }
    }

    /// Writes the video as it comes, and gives the file its name when it is whole. Returns how much came.
    pub async fn receive(
        &self,
        response: HttpResponse,
        operation: &Operation,
        notices: &Notices<'_>,
    ) -> Result<u64, Stopped> {
        let (begin, total) = self.begin(&response, operation)?;
        let (status, version) = (response.status(), response.version());
        let mut body = response.into_body();
        let mut end = begin;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(bytes) = frame.map_err(Stopped::Lost)?.into_data() else { continue };
            self.part.borrow_mut().append(&bytes)?;
            end += bytes.len() as u64;
            notices.progress(end, total.unwrap_or_default()).await;
        }
        // The HTTP client takes a stream that the server gives up "without an error" for one that ended.
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
            return Err(Failure::again(not_the_video(
                status,
                operation,
                "the video does not have the length that was announced",
            ))
            .into());
        }
        self.part.borrow_mut().finish()?;
        Ok(end - begin)
    }

    /// How much of it the next call finds.
    pub fn kept(&self) -> u64 {
        self.part.borrow().rest().map_or(0, |(length, _)| length)
    }

    /// Where the answer's bytes belong, and where the video ends if that is known.
    fn begin(&self, response: &HttpResponse, operation: &Operation) -> Result<(u64, Option<u64>), Stopped> {
        if let Some(reason) = flaw(response) {
            return Err(not_the_video(response.status(), operation, reason).into());
        }
        let mut part = self.part.borrow_mut();
        if response.status() == StatusCode::OK {
            part.restart(validator(response.headers()).as_deref())?;
            return Ok((0, response.body().size_hint().exact()));
        }
        let asked = part.rest().map(|(length, _)| overlap(length));
        match range(response.headers()) {
            Some((begin, total)) if asked == Some(begin) && same_version(response.headers(), &part) => {
                part.cut(begin)?;
                Ok((begin, Some(total)))
            }
            _ => {
                // Bytes of another place or version: nothing of it can be used.
                part.restart(None)?;
                Err(Failure::again(not_the_video(
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

/// The last byte is asked for once more: of a part that is whole there would be nothing left to ask for.
fn overlap(length: u64) -> u64 {
    length.saturating_sub(1)
}

fn from(begin: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("bytes={begin}-")).unwrap_or(HeaderValue::from_static("bytes=0-"))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Why this cannot be the video.
fn flaw(response: &HttpResponse) -> Option<&'static str> {
    let headers = response.headers();
    let kind = text(headers, CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let has_a_body = matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    let is_video = has_a_body
        && ["video/", "application/octet-stream", "binary/octet-stream"].iter().any(|it| kind.starts_with(it));
    let is_plain = text(headers, CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    // A connection that is closed is the only end of such a body, and a lost one looks the same.
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

/// What names the version of the video for `If-Range`: a strong tag, or a date that no second change can share.
pub fn validator(headers: &HeaderMap) -> Option<String> {
    if let Some(tag) = text(headers, ETAG).filter(|tag| tag.starts_with('"')) {
        return Some(tag.to_owned());
    }
    let date = |name| httpdate::parse_http_date(text(headers, name)?).ok();
    let (changed, sent) = (date(LAST_MODIFIED)?, date(DATE)?);
    let is_old = sent.duration_since(changed).is_ok_and(|age| age.as_secs() >= 1);
    is_old.then(|| text(headers, LAST_MODIFIED).map(str::to_owned))?
}

/// A server that ignores `If-Range` gives itself away by its tag.
fn same_version(headers: &HeaderMap, part: &PartFile) -> bool {
    let known = part.rest().map(|(_, validator)| validator).filter(|known| known.starts_with('"'));
    known.is_none_or(|known| text(headers, ETAG).is_none_or(|tag| tag == known))
}

/// Where a part that reaches to the end begins, and where that end is.
pub fn range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, total) = text(headers, CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last.checked_add(1) == Some(total)).then_some((first, total))
}
