//! How a connection is made: to the API's host or to a proxy, through a tunnel or not, with TLS or without.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use http::header::HeaderValue;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

/// A peer that is silent for a minute while a connection is idle is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_PROBES: u32 = 3;
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// Then others have their turn, as the timer has. One read brings up to 400 KB.
const READS_IN_TURN: u32 = 2;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
/// What a proxy is spoken to through: TLS is between it and this program alone.
type ToProxy = MaybeHttpsStream<Socket>;

/// A proxy for every request.
#[derive(PartialEq)]
pub struct Proxy {
    pub uri: Uri,
    pub credentials: Option<HeaderValue>,
}

impl std::fmt::Debug for Proxy {
    /// Without the credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// Makes the connections of one engine. A clone is a reference.
#[derive(Clone)]
pub struct Connector(Arc<HttpsConnector<Route>>);

impl Connector {
    pub fn new(tls: ClientConfig, proxy: Option<&Proxy>) -> Self {
        let route = match proxy {
            Some(proxy) => Route::Proxy(Box::new(ThroughProxy::new(tls.clone(), proxy))),
            None => Route::Direct(Sockets::new(false)),
        };
        Self(Arc::new(HttpsConnector::from((route, tls))))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = HttpsConnector::clone(&self.0).call(to);
        Box::pin(async move { Ok(Stream(Box::new(connecting.await?))) })
    }
}

/// Who is connected to.
#[derive(Clone)]
enum Route {
    Direct(Sockets),
    Proxy(Box<ThroughProxy>),
}

/// An http:// URL is asked of the proxy itself, an https:// one through a tunnel.
#[derive(Clone)]
struct ThroughProxy {
    uri: Uri,
    plain: HttpsConnector<Sockets>,
    tunnel: Tunnel<HttpsConnector<Sockets>>,
}

impl ThroughProxy {
    fn new(mut tls: ClientConfig, proxy: &Proxy) -> Self {
        // What a proxy is asked is HTTP/1.1.
        tls.alpn_protocols.clear();
        let tls = Arc::new(tls);
        let to_proxy = |asked| HttpsConnector::from((Sockets::new(asked), Arc::clone(&tls)));
        let tunnel = Tunnel::new(proxy.uri.clone(), to_proxy(false));
        let tunnel = match &proxy.credentials {
            Some(credentials) => tunnel.with_auth(credentials.clone()),
            None => tunnel,
        };
        Self { uri: proxy.uri.clone(), plain: to_proxy(true), tunnel }
    }
}

impl Service<Uri> for Route {
    type Response = ToProxy;
    type Error = BoxError;
    type Future = Connecting<ToProxy>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        match self {
            Self::Direct(sockets) => {
                let connecting = sockets.call(to);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
            Self::Proxy(through) if to.scheme() == Some(&Scheme::HTTPS) => {
                let connecting = through.tunnel.call(to);
                Box::pin(async move { Ok(connecting.await?) })
            }
            Self::Proxy(through) => through.plain.call(through.uri.clone()),
        }
    }
}

/// Makes TCP connections.
#[derive(Clone)]
struct Sockets {
    tcp: HttpConnector,
    /// Whether the peer is a proxy that is asked for other hosts' URLs.
    asks_proxy: bool,
}

impl Sockets {
    fn new(asks_proxy: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(KEEP_ALIVE_PROBES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self { tcp, asks_proxy }
    }
}

impl Service<Uri> for Sockets {
    type Response = Socket;
    type Error = BoxError;
    type Future = Connecting<Socket>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(ready!(self.tcp.poll_ready(context))?))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, asks_proxy) = (self.tcp.call(to), self.asks_proxy);
        Box::pin(async move { Ok(Socket { tcp: connecting.await?, asks_proxy, reads: 0 }) })
    }
}

/// A TCP connection that raises no SIGPIPE, as a single write is sent with MSG_NOSIGNAL (several at once would not be), and
/// gives way to the call's deadline, whatever its peer floods it with.
struct Socket {
    tcp: TokioIo<TcpStream>,
    asks_proxy: bool,
    /// Since it was waited for.
    reads: u32,
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        self.tcp.connected().proxy(self.asks_proxy)
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.reads == READS_IN_TURN {
            self.reads = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.tcp).poll_read(context, buffer);
        self.reads = if read.is_ready() { self.reads + 1 } else { 0 };
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

/// A connection, however it was made: small, as it is moved about on the caller's stack.
pub struct Stream(Box<dyn Peer>);

trait Peer: Read + Write + Connection + Send + Unpin {}

impl<P: Read + Write + Connection + Send + Unpin> Peer for P {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.0.connected()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}
