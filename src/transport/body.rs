//! The body of an answer.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::http1::Http1;
use super::socket::BoxError;

/// The body of an answer. Its trailers are left out.
pub enum AnswerBody {
    Http1 { body: Incoming, connection: Http1 },
    Http2 { stream: RecvStream, length: Option<u64> },
}

impl AnswerBody {
    /// The body on a stream of HTTP/2, whose answer has these headers.
    pub fn of_stream(stream: RecvStream, headers: &HeaderMap) -> Self {
        let length = if stream.is_end_stream() { Some(0) } else { length(headers) };
        Self::Http2 { stream, length }
    }
}

/// The length that all headers of this name announce.
fn length(headers: &HeaderMap) -> Option<u64> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter().map(|value| value.to_str().ok()?.parse().ok());
    let first: u64 = lengths.next()??;
    lengths.all(|other| other == Some(first)).then_some(first)
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Http1 { body, connection } => connection.poll_body(body, context).map_err(Into::into),
            Self::Http2 { stream, .. } => {
                let Some(received) = ready!(stream.poll_data(context)) else { return Poll::Ready(None) };
                let received = received.and_then(|bytes| {
                    // Lets the server send as many more.
                    stream.flow_control().release_capacity(bytes.len())?;
                    Ok(Frame::data(bytes))
                });
                Poll::Ready(Some(received.map_err(error_from)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Http1 { body, .. } => body.is_end_stream(),
            Self::Http2 { stream, .. } => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Http1 { body, .. } => body.size_hint(),
            Self::Http2 { length, .. } => length.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

/// The error, or the one of the system that it stands for.
pub fn error_from(error: h2::Error) -> BoxError {
    if !error.is_io() {
        return error.into();
    }
    error.into_io().unwrap_or_else(|| ErrorKind::Other.into()).into()
}
