//! Response bodies that are sent piece by piece, at a pace of their own or not to their end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use crate::connection::{Connection, Ending};

/// Long enough for what was sent to have left before the connection ends.
const FLUSHED: Duration = Duration::from_millis(50);

/// One byte every 100 ms.
pub fn trickle(body: String) -> Body {
    fed(async move |pieces| {
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
    fed(async move |pieces| while pieces.send(chunk.clone()).await.is_ok() {})
}

/// The first half, and then the connection is closed.
pub fn half(body: String, connection: Connection) -> Body {
    fed(async move |pieces| {
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
pub fn whole_then_reset(body: String, connection: Connection) -> Body {
    fed(async move |pieces| {
        if pieces.send(Bytes::from(body)).await.is_ok() {
            pieces.closed().await;
            sleep(Duration::from_millis(10)).await;
            connection.end(Ending::Reset);
        }
    })
}

/// A body with what the feeder sends; the feeder's end is its end.
fn fed<F>(feed: impl FnOnce(Sender<Bytes>) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = channel(1);
    tokio::spawn(feed(sender));
    Body::new(Pieces(receiver))
}

struct Pieces(Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}
