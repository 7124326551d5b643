//! TCP connections that suit a library in someone else's process.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::sys::sockets;

/// An idle peer that is silent for a minute is considered dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_PROBES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// After so many reads without a wait, the timer and other work get their turn. One read brings up
/// to 400 KB.
const MAX_CONSECUTIVE_READS: u32 = 2;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Opens TCP connections.
#[derive(Clone)]
pub struct TcpConnector {
    tcp: HttpConnector,
    /// Whether the peer is a proxy that receives requests for other hosts.
    is_to_proxy: bool,
}

impl TcpConnector {
    pub fn new(is_to_proxy: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(KEEP_ALIVE_PROBES));
        sockets::limit_unacknowledged(&mut tcp, UNACKNOWLEDGED);
        Self { tcp, is_to_proxy }
    }
}

impl Service<Uri> for TcpConnector {
    type Response = Socket;
    type Error = BoxError;
    type Future = Connecting<Socket>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(ready!(self.tcp.poll_ready(context))?))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, is_to_proxy) = (self.tcp.call(to), self.is_to_proxy);
        Box::pin(async move { Ok(Socket { tcp: connecting.await?, is_to_proxy, consecutive_reads: 0 }) })
    }
}

/// A TCP connection with two guarantees for the host.
///
/// It never raises SIGPIPE: tokio sends a single buffer with MSG_NOSIGNAL. It has no vectored
/// writes, because tokio would send those without that flag. And a peer that floods it cannot delay
/// the deadline.
pub struct Socket {
    tcp: TokioIo<TcpStream>,
    is_to_proxy: bool,
    consecutive_reads: u32,
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        self.tcp.connected().proxy(self.is_to_proxy)
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.consecutive_reads == MAX_CONSECUTIVE_READS {
            self.consecutive_reads = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.tcp).poll_read(context, buffer);
        self.consecutive_reads = if read.is_ready() { self.consecutive_reads + 1 } else { 0 };
        read
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
