//! Response bodies that are streamed: paced, truncated or endless.
//!
//! A task feeds pieces into a channel, and the body takes them from there. The task decides when to
//! send a piece, and what happens to the connection after the last one.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use crate::connection::{Connection, Ending};

/// Sends all pieces as fast as they are read. Without a length, HTTP/1.1 sends them in chunks.
pub fn complete(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>) -> Body {
    from_task(length, async move |pieces| {
        send_all(body, &pieces).await;
    })
}

/// Waits before each piece.
pub fn paced(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>, pause: Duration) -> Body {
    from_task(length, async move |pieces| {
        for piece in body {
            sleep(pause).await;
            if pieces.send(piece).await.is_err() {
                return;
            }
        }
    })
}

/// Sends spaces, which may precede JSON, for as long as they are read.
pub fn endless() -> Body {
    let chunk = Bytes::from(vec![b' '; 16 * 1024]);
    from_task(None, async move |pieces| while pieces.send(chunk.clone()).await.is_ok() {})
}

/// Sends these pieces, which are shorter than the length, and closes the connection once they have
/// been flushed.
pub fn cut(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>, connection: Connection) -> Body {
    from_task(length, async move |pieces| {
        // The marker is an empty piece. The HTTP layer drops it when it has written all pieces
        // before it.
        if send_all(body, &pieces).await && pieces.send(Bytes::from_owner(Marker(connection))).await.is_ok() {
            // The body must not end before the connection does.
            pieces.closed().await;
        }
    })
}

struct Marker(Connection);

impl AsRef<[u8]> for Marker {
    fn as_ref(&self) -> &[u8] {
        &[]
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        self.0.close_when_flushed();
    }
}

/// Sends the whole body, and resets the connection when it is idle again.
pub fn complete_then_reset(mut body: Body, connection: Connection) -> Body {
    from_task(body.size_hint().exact(), async move |pieces| {
        while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            if pieces.send(frame.into_data().unwrap_or_default()).await.is_err() {
                return;
            }
        }
        pieces.closed().await;
        sleep(Duration::from_millis(10)).await;
        connection.end(Ending::Reset);
    })
}

/// Returns whether all pieces were read.
async fn send_all(body: impl Iterator<Item = Bytes>, pieces: &Sender<Bytes>) -> bool {
    for piece in body {
        if pieces.send(piece).await.is_err() {
            return false;
        }
    }
    true
}

/// A body of the pieces that the task sends. It ends at the given length or, without one, with the
/// task.
fn from_task<F>(length: Option<u64>, feed: impl FnOnce(Sender<Bytes>) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = channel(1);
    tokio::spawn(feed(sender));
    Body::new(Pieces { receiver, remaining: length })
}

struct Pieces {
    receiver: Receiver<Bytes>,
    remaining: Option<u64>,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let piece = ready!(self.receiver.poll_recv(cx));
        if let (Some(remaining), Some(piece)) = (&mut self.remaining, &piece) {
            *remaining = remaining.saturating_sub(piece.len() as u64);
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    /// In HTTP/2, the last piece ends the stream only if the body reports its end right after it.
    fn is_end_stream(&self) -> bool {
        self.remaining == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::iter;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_body_with_a_length_ends_with_its_last_piece() {
        let body = from_task(Some(3), async |pieces| {
            let _ = pieces.send(Bytes::from("abc")).await;
            pieces.closed().await;
        });
        assert_eq!(body.size_hint().exact(), Some(3));
        let read = timeout(Duration::from_secs(5), to_bytes(body, 100)).await;
        assert_eq!(read.ok().and_then(Result::ok), Some(Bytes::from("abc")));
    }

    #[tokio::test]
    async fn a_cut_body_closes_the_connection_after_a_flush_and_never_ends() {
        let connection = Connection::new(1);
        let mut body = cut(iter::once(Bytes::from("ab")), Some(4), connection.clone());
        assert_eq!(next(&mut body).await, Some(Bytes::from("ab")));
        connection.flushed();
        assert!(timeout(Duration::from_millis(50), connection.ended()).await.is_err());
        assert_eq!(next(&mut body).await, Some(Bytes::new()));
        assert!(timeout(Duration::from_millis(50), connection.ended()).await.is_err());
        connection.flushed();
        assert!(timeout(Duration::from_secs(5), connection.ended()).await.is_ok());
        assert!(timeout(Duration::from_millis(50), next(&mut body)).await.is_err());
    }

    async fn next(body: &mut Body) -> Option<Bytes> {
        poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?.ok()?.into_data().ok()
    }
}
