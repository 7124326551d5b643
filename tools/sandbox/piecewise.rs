//! Response bodies that are sent in pieces: slowly, incompletely or without end.

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

/// Sends all pieces as fast as they are read. Without a length HTTP/1.1 sends them in chunks.
pub fn whole(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>) -> Body {
    fed(length, async move |pieces| {
        send_all(body, &pieces).await;
    })
}

/// Sends one piece after every pause.
pub fn paced(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>, pause: Duration) -> Body {
    fed(length, async move |pieces| {
        for piece in body {
            sleep(pause).await;
            if pieces.send(piece).await.is_err() {
                return;
            }
        }
    })
}

/// Sends blanks, with which JSON may begin, for as long as they are read.
pub fn endless() -> Body {
    let chunk = Bytes::from(vec![b' '; 16 * 1024]);
    fed(None, async move |pieces| while pieces.send(chunk.clone()).await.is_ok() {})
}

/// Sends less than the announced length, and then closes the connection.
pub fn cut(body: impl Iterator<Item = Bytes> + Send + 'static, length: Option<u64>, connection: Connection) -> Body {
    fed(length, async move |pieces| {
        // The HTTP layer drops the mark, an empty piece, once it has sent everything before it.
        if send_all(body, &pieces).await && pieces.send(Bytes::from_owner(Mark(connection))).await.is_ok() {
            // The body must not end before the connection does.
            pieces.closed().await;
        }
    })
}

struct Mark(Connection);

impl AsRef<[u8]> for Mark {
    fn as_ref(&self) -> &[u8] {
        &[]
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.close_when_flushed();
    }
}

/// Sends everything, and resets the connection once it is idle.
pub fn whole_then_reset(mut body: Body, connection: Connection) -> Body {
    fed(body.size_hint().exact(), async move |pieces| {
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

/// Whether all pieces were sent.
async fn send_all(body: impl Iterator<Item = Bytes>, pieces: &Sender<Bytes>) -> bool {
    for piece in body {
        if pieces.send(piece).await.is_err() {
            return false;
        }
    }
    true
}

/// A body of the pieces that the feeder sends. It ends at the announced length, or with the feeder
/// if there is none.
fn fed<F>(length: Option<u64>, feed: impl FnOnce(Sender<Bytes>) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = channel(1);
    tokio::spawn(feed(sender));
    Body::new(Pieces { receiver, left: length })
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

    /// With HTTP/2 the last piece ends the stream only if the body reports its end.
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
    use axum::body::to_bytes;
    use std::iter;
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
    async fn a_cut_body_ends_the_connection_when_its_pieces_have_left_and_does_not_end_itself() {
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
