//! Response bodies that are sent piece by piece, at a pace of their own or not to their end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use crate::connection::{Connection, Ending};

/// Long enough for what was sent to have left before the connection ends.
const FLUSHED: Duration = Duration::from_millis(50);

/// One byte every 100 ms.
pub fn trickle(body: String) -> Body {
    fed(Some(body.len()), async move |pieces| {
        for byte in body.into_bytes() {
            sleep(Duration::from_millis(100)).await;
            if pieces.send(Bytes::from(vec![byte])).await.is_err() {
                return;
            }
        }
    })
}

/// Blanks, which JSON may begin with, for as long as they are read.
pub fn endless() -> Body {
    let chunk = Bytes::from(vec![b' '; 16 * 1024]);
    fed(None, async move |pieces| while pieces.send(chunk.clone()).await.is_ok() {})
}

/// The first half, of which the length is announced or not, and then the connection is closed.
pub fn half(body: String, announced: bool, connection: Connection) -> Body {
    fed(announced.then_some(body.len()), async move |pieces| {
        let mut half = Bytes::from(body);
        half.truncate(half.len() / 2);
        if pieces.send(half).await.is_ok() {
            sleep(FLUSHED).await;
            connection.end(Ending::Close);
            // Until the connection is gone the body must not seem to end.
            pieces.closed().await;
        }
    })
}

/// All of it, and when the connection is idle again it is reset.
pub fn whole_then_reset(body: Bytes, connection: Connection) -> Body {
    fed(Some(body.len()), async move |pieces| {
        if pieces.send(body).await.is_ok() {
            pieces.closed().await;
            sleep(Duration::from_millis(10)).await;
            connection.end(Ending::Reset);
        }
    })
}

/// A body with what the feeder sends. It ends with the announced length or, if there is none, with the feeder.
fn fed<F>(length: Option<usize>, feed: impl FnOnce(Sender<Bytes>) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = channel(1);
    tokio::spawn(feed(sender));
    Body::new(Pieces { receiver, left: length.map(|length| length as u64) })
}

struct Pieces {
    receiver: Receiver<Bytes>,
    left: Option<u64>,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let piece = ready!(self.receiver.poll_recv(cx));
        if let (Some(left), Some(piece)) = (&mut self.left, &piece) {
            *left = left.saturating_sub(piece.len() as u64);
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    /// With HTTP/2 the last piece ends the stream only if the body says that it is the last.
    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{HttpBody, to_bytes};
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_body_of_announced_length_ends_with_its_last_piece() {
        let body = fed(Some(3), async |pieces| {
            let _ = pieces.send(Bytes::from("abc")).await;
            pieces.closed().await;
        });
        assert_eq!(body.size_hint().exact(), Some(3));
        let read = timeout(Duration::from_secs(5), to_bytes(body, 100)).await;
        assert_eq!(read.ok().and_then(Result::ok), Some(Bytes::from("abc")));
    }

    #[tokio::test]
    async fn half_of_a_body_ends_the_connection_not_the_body() {
        let connection = Connection::new(1);
        let body = half("abcd".to_owned(), true, connection.clone());
        let read = tokio::spawn(to_bytes(body, 100));
        assert!(timeout(Duration::from_secs(5), connection.ended()).await.is_ok());
        assert!(!read.is_finished());
    }
}
