//! A request of the API, before it is sent.

use http::Method;

use super::download::Download;
use super::pause_count::PauseOp;
use crate::error::Error;
use crate::operation::Operation;

/// A request whose arguments were checked.
pub struct Request {
    pub method: Method,
    /// Percent-encoded, from the first slash.
    pub path: String,
    /// JSON text.
    pub body: Option<String>,
    pub operation: Operation,
    /// What the request does to the session's pause count.
    pub pause_op: Option<PauseOp>,
    /// Whether the request may be repeated although an earlier attempt may have taken effect.
    pub is_repeatable: bool,
    /// Where the answer goes if it is a video rather than JSON. Boxed, because few calls have one.
    pub download: Option<Box<Download>>,
}

impl Request {
    /// The result of a call that `error` ended, when its file was released.
    pub fn end_by(&self, error: Error) -> Result<(), Error> {
        match &self.download {
            Some(download) => download.end_by(error),
            None => Err(error),
        }
    }
}
