//! Downloading a recording: the request, and what is done with its answers.
//!
//! A download to a file is all or nothing. The bytes go to a [`VideoWriter`], whose part gets the
//! final name when the video is complete. A later attempt, or a later call, resumes a part if the
//! server confirms that it is of the same version (`If-Range`). If an answer turns out to be
//! something else, the download begins anew in the same call.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use http::StatusCode;
use http::header::{ACCEPT, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use hyper::body::{Body, Frame};

use super::answer;
use super::destination::FilePath;
use super::part_file::Unwritten;
use super::retry::Failure;
use super::video_answer::{self, OTHER_VERSION, Rest, Video};
use super::video_version::OVERLAP;
use super::video_writer::{LastStep, VideoWriter};
use crate::call::CallEvents;
use crate::error::Error;
use crate::operation::Operation;
use crate::transport::{BoxError, HttpResponse};

/// The download of one call, across its attempts.
pub struct Download {
    writer: VideoWriter,
    /// The rest that the current attempt asked for.
    asked: RefCell<Option<Rest>>,
}

/// Why the video is incomplete.
pub enum Stopped {
    Lost(BoxError),
    Failed(Failure),
}

/// Why an answer did not complete the video.
enum Incomplete {
    Stopped(Stopped),
    /// The part that is there and the answer do not belong together.
    NotTheRest(&'static str),
}

impl Download {
    /// A download to `file`. `source` identifies the recording.
    pub fn new(file: &str, source: &str) -> Result<Self, Error> {
        Ok(Self { writer: VideoWriter::new(FilePath::new(file)?, source), asked: RefCell::default() })
    }

    /// Opens the file, before the first request. Returns false if it is a FIFO that nobody reads.
    pub async fn open(&self) -> Result<bool, Error> {
        self.writer.open().await
    }

    /// Why a call that timed out may have got no further, if the file is not open.
    pub fn obstacle(&self) -> Option<&'static str> {
        self.writer.obstacle()
    }

    /// Releases the file. Another download to it may then begin.
    pub async fn close(&self) {
        self.writer.close().await;
    }

    /// Requests the video or, after a part of a known version, the rest of it.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        headers.insert(ACCEPT, HeaderValue::from_static("video/mp4"));
        let rest =
            self.writer.rest().map(|(length, version)| Rest { begin: length.saturating_sub(OVERLAP), length, version });
        let asked = rest.filter(|rest| {
            let range = HeaderValue::from_str(&format!("bytes={}-", rest.begin));
            let (Ok(range), Ok(validator)) = (range, HeaderValue::from_str(&rest.version.validator)) else {
                return false;
            };
            headers.insert(RANGE, range);
            headers.insert(IF_RANGE, validator);
            true
        });
        self.asked.replace(asked);
    }

    /// Discards the part if a refusal shows that it cannot be resumed. Returns whether the whole
    /// video may still be there.
    pub async fn refused(&self, status: StatusCode) -> Result<bool, Failure> {
        let begins_anew = status == StatusCode::RANGE_NOT_SATISFIABLE && self.asked.borrow().is_some();
        let done = match status {
            _ if begins_anew => self.writer.restart(None).await,
            StatusCode::NOT_FOUND | StatusCode::GONE => self.writer.discard().await,
            _ => Ok(()),
        };
        match done {
            Err(Unwritten::Failed(error)) => Err(Failure::lost(error)),
            Err(Unwritten::OtherVersion) => Ok(false),
            Ok(()) => Ok(begins_anew),
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
        let status = response.status();
        let flaw = match self.receive_video(response, operation, events).await {
            Ok(bytes) => return Ok(bytes),
            Err(Incomplete::Stopped(reason)) => match self.flush().await {
                Err(Unwritten::OtherVersion) => OTHER_VERSION,
                Err(Unwritten::Failed(error)) => return Err(Stopped::Failed(Failure::lost(error))),
                Ok(()) => return Err(reason),
            },
            Err(Incomplete::NotTheRest(flaw)) => flaw,
        };
        let error = answer::not_confirmed(status, operation, flaw);
        Err(Stopped::Failed(match self.writer.restart(None).await {
            Ok(()) if self.asked.borrow().is_some() => Failure::begin_anew(error),
            Ok(()) => Failure::retry_at_once(error),
            Err(Unwritten::Failed(reason)) => Failure::lost(reason),
            // What a reader got cannot be taken back.
            Err(Unwritten::OtherVersion) => Failure::lost(error),
        }))
    }

    /// Writes what was received. A file system that is slow does not hold up a failure for long.
    async fn flush(&self) -> Result<(), Unwritten> {
        if self.writer.is_stream() {
            // Whether another attempt can continue depends on what the reader has got.
            return self.writer.flush().await;
        }
        tokio::time::timeout(FLUSH, self.writer.flush()).await.unwrap_or(Ok(()))
    }

    async fn receive_video(
        &self,
        response: HttpResponse,
        operation: &Operation,
        events: &CallEvents<'_>,
    ) -> Result<u64, Incomplete> {
        let status = response.status();
        let is_json = video_answer::is_json(response.headers());
        let failed = |flaw| Incomplete::from(answer::not_confirmed(status, operation, flaw));
        let kept = self.writer.rest().map_or(0, |(length, _)| length);
        let video = video_answer::judge(&response, self.asked.borrow().as_ref());
        let (begin, total, progress) = match video {
            Video::Whole(version, total) => {
                self.writer.restart(version).await?;
                (0, total, 0)
            }
            Video::Rest(begin, total) => {
                self.writer.repeat_from(begin, total).await?;
                (begin, Some(total), kept)
            }
            Video::NotTheRest(flaw) => return Err(Incomplete::NotTheRest(flaw)),
            Video::Other(flaw) if status == StatusCode::PARTIAL_CONTENT => return Err(Incomplete::NotTheRest(flaw)),
            Video::Other(flaw) if is_json => return Err(failed(flaw)),
            Video::Other(flaw) => return Err(answer::not_of_the_api(status, operation, flaw).into()),
        };
        let mut body = response.into_body();
        let mut end = begin;
        while let Some(frame) = self.next_frame(&mut body).await? {
            let Ok(bytes) = frame.into_data() else { continue };
            end += bytes.len() as u64;
            if total.is_some_and(|total| end > total) {
                return Err(Incomplete::NotTheRest(WRONG_LENGTH));
            }
            self.writer.append(bytes).await?;
            events.progress(end.max(progress), total.unwrap_or_default()).await;
        }
        if end == 0 {
            return Err(failed("the video is empty"));
        }
        if total.is_some_and(|total| total != end) {
            return Err(Incomplete::NotTheRest(WRONG_LENGTH));
        }
        self.writer.finish().await?;
        Ok(end - begin)
    }

    /// The next frame of a body. Meanwhile, what was received is written.
    async fn next_frame<B: Body<Error = BoxError> + Unpin>(
        &self,
        body: &mut B,
    ) -> Result<Option<Frame<B::Data>>, Incomplete> {
        poll_fn(|context| match Pin::new(&mut *body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame.transpose().map_err(Stopped::Lost)?)),
            Poll::Pending => self.writer.poll_failure(context).map(|reason| Err(reason.into())),
        })
        .await
    }

    /// The number of bytes that the next attempt can resume from.
    pub fn received(&self) -> u64 {
        self.writer.rest().map_or(0, |(length, _)| length)
    }

    /// Whether another attempt can continue, or begin anew.
    pub fn can_be_retried(&self) -> bool {
        self.writer.can_be_retried()
    }

    /// The result of a call that `error` ended. The last step may be done or at work nevertheless.
    /// Adds to the error what became of the bytes that were received.
    pub fn end_by(&self, error: Error) -> Result<(), Error> {
        match (self.writer.last_step(), self.writer.written()) {
            (LastStep::Done(result), 0) => result,
            (LastStep::Done(Ok(())), _) => Ok(()),
            (LastStep::AtWork, 0) => Err(error.while_placing(&self.writer.file.given)),
            (_, 0) => Err(error.with_kept(self.writer.kept())),
            (_, written) => Err(error.with_written(written, &self.writer.file.given)),
        }
    }
}

/// How long a failure waits until what was received is in the part.
const FLUSH: Duration = Duration::from_secs(1);
const WRONG_LENGTH: &str = "the video does not have the announced length";

impl From<Unwritten> for Incomplete {
    fn from(reason: Unwritten) -> Self {
        match reason {
            Unwritten::Failed(error) => error.into(),
            Unwritten::OtherVersion => Self::NotTheRest(OTHER_VERSION),
        }
    }
}

impl From<Error> for Incomplete {
    fn from(error: Error) -> Self {
        Stopped::Failed(Failure::lost(error)).into()
    }
}

impl From<Stopped> for Incomplete {
    fn from(reason: Stopped) -> Self {
        Self::Stopped(reason)
    }
}
