//! How a connection is made: directly or through a proxy, with or without TLS.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection};
use rustls::ClientConfig;
use tower_service::Service;

use super::settings::Proxy;
use super::socket::{BoxError, Connecting, Socket, TcpConnector};

/// A connection to a proxy. TLS, if any, is between the proxy and this process.
type ToProxy = MaybeHttpsStream<Socket>;

/// A connection of any kind. It is boxed to be small, because it is moved on the caller's stack.
pub type Stream = Box<dyn Peer>;

/// What the HTTP client needs of a connection.
pub trait Peer: Read + Write + Connection + Send + Unpin {}

impl<P: Read + Write + Connection + Send + Unpin> Peer for P {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        (**self).connected()
    }
}

/// Makes the connections of one engine. A clone is a reference.
#[derive(Clone)]
pub struct Connector(Arc<HttpsConnector<Route>>);

impl Connector {
    pub fn new(tls: ClientConfig, proxy: Option<&Proxy>) -> Self {
        let route = match proxy {
            Some(proxy) => Route::Proxy(Box::new(ThroughProxy::new(tls.clone(), proxy))),
            None => Route::Direct(TcpConnector::new(false)),
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
        Box::pin(async move { Ok(Box::new(connecting.await?) as Stream) })
    }
}

/// The peer of the TCP connection.
#[derive(Clone)]
enum Route {
    Direct(TcpConnector),
    Proxy(Box<ThroughProxy>),
}

/// The two ways through a proxy: it forwards requests for http:// URLs, and opens tunnels for
/// https:// ones.
#[derive(Clone)]
struct ThroughProxy {
    uri: Uri,
    forwarding: HttpsConnector<TcpConnector>,
    tunnel: Tunnel<HttpsConnector<TcpConnector>>,
}

impl ThroughProxy {
    fn new(mut tls: ClientConfig, proxy: &Proxy) -> Self {
        // Proxies are spoken to in HTTP/1.1.
        tls.alpn_protocols.clear();
        let tls = Arc::new(tls);
        let to_proxy = |forwards| HttpsConnector::from((TcpConnector::new(forwards), Arc::clone(&tls)));
        let tunnel = Tunnel::new(proxy.uri.clone(), to_proxy(false));
        let tunnel = match &proxy.credentials {
            Some(credentials) => tunnel.with_auth(credentials.clone()),
            None => tunnel,
        };
        Self { uri: proxy.uri.clone(), forwarding: to_proxy(true), tunnel }
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
            Self::Direct(tcp) => {
                let connecting = tcp.call(to);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
            Self::Proxy(through) if to.scheme() == Some(&Scheme::HTTPS) => {
                let connecting = through.tunnel.call(to);
                Box::pin(async move { Ok(connecting.await?) })
            }
            Self::Proxy(through) => through.forwarding.call(through.uri.clone()),
        }
    }
}
