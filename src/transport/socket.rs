//! TCP connections that suit a library in someone else's process.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::budget::budget;
use super::permits::Room;
use super::resolver::Resolver;
use super::slice::Slice;
use crate::sys::{StandardDescriptors, sockets};

/// An idle peer that is silent for a minute is considered dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_PROBES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Opens TCP connections.
#[derive(Clone)]
pub struct TcpConnector {
    tcp: HttpConnector<Resolver>,
    /// Whether the peer is a proxy that receives requests for other hosts.
    is_to_proxy: bool,
}

impl TcpConnector {
    pub fn new(is_to_proxy: bool) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver);
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
        let Self { mut tcp, is_to_proxy } = self.clone();
        Box::pin(async move {
            let room = budget().socket().await;
            let tcp = beside_standard_descriptors(tcp.call(to)).await?;
            Ok(Socket { tcp, is_to_proxy, slice: Slice::default(), _room: room })
        })
    }
}

/// Runs `work` so that no descriptor that it makes gets a number below 3.
async fn beside_standard_descriptors<T, E: Into<BoxError>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, BoxError> {
    let mut work = pin!(work);
    poll_fn(|context| match StandardDescriptors::occupy() {
        Ok(_guard) => work.as_mut().poll(context).map_err(Into::into),
        Err(reason) => Poll::Ready(Err(reason.into())),
    })
    .await
}

/// A TCP connection with two guarantees for the host.
///
/// It never raises SIGPIPE: tokio sends a single buffer with MSG_NOSIGNAL. It has no vectored
/// writes, because tokio would send those without that flag. And a peer that floods it cannot delay
/// the deadline.
pub struct Socket {
    tcp: TokioIo<TcpStream>,
    is_to_proxy: bool,
    slice: Slice,
    /// After `tcp`, so that its room is free only when it is closed.
    _room: Option<Room>,
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
        if self.slice.is_over(context) {
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.tcp).poll_read(context, buffer);
        self.slice.count(&read);
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
