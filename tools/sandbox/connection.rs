//! An accepted connection: its number, and the ways in which a handler ends it early.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How a connection ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Close,
    Reset,
}

/// A handle on the connection, shared by its socket and the handlers of its requests.
#[derive(Clone)]
pub struct Connection {
    pub number: u64,
    fate: Arc<Fate>,
}

#[derive(Default)]
struct Fate {
    reset: AtomicBool,
    close_when_flushed: AtomicBool,
    ended: Notify,
}

impl Connection {
    pub fn new(number: u64) -> Self {
        Self { number, fate: Arc::default() }
    }

    /// Drops the connection now, including requests in flight.
    pub fn end(&self, ending: Ending) {
        self.fate.reset.store(ending == Ending::Reset, Ordering::Release);
        self.fate.ended.notify_one();
    }

    /// Closes the connection once everything is written to the socket.
    pub fn close_when_flushed(&self) {
        self.fate.close_when_flushed.store(true, Ordering::Release);
    }

    /// Completes once nothing is waiting to be sent.
    pub fn flushed(&self) {
        if self.fate.close_when_flushed.load(Ordering::Acquire) {
            self.end(Ending::Close);
        }
    }

    pub async fn ended(&self) {
        self.fate.ended.notified().await;
    }
}

/// The socket below HTTP and TLS. It closes the connection in the requested way.
pub struct Socket {
    stream: Option<TcpStream>,
    connection: Connection,
}

impl Socket {
    pub fn new(stream: TcpStream, connection: Connection) -> Self {
        Self { stream: Some(stream), connection }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        if self.connection.fate.reset.load(Ordering::Acquire) {
            // Closing a socket with a linger time of zero sends RST instead of FIN.
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        } else {
            tokio::spawn(close(stream));
        }
    }
}

/// Read until the peer closes as well: closing a socket with unread bytes would send RST.
async fn close(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut scratch = [0; 4096];
    let _ =
        timeout(Duration::from_secs(2), async { while stream.read(&mut scratch).await.is_ok_and(|read| read > 0) {} })
            .await;
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.stream()?.poll_flush(cx))?;
        self.connection.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}
