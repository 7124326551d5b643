//! How a connection is made: directly or through a proxy, with or without TLS.

use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

use super::client_certificate::{AskedForCertificate, TlsPeer, take_request, verdict};
use super::guarded::{Guarded, Origins};
use super::proxy::Proxy;
use super::socket::{BoxError, Connecting, TcpConnector};
use super::through_proxy::{ProxyConnectionFailed, ThroughProxy, ToProxy};
use super::tls::Tls;
use crate::sys::fork_gate::Inside;
use crate::sys::random;
use crate::text::causes;

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

/// Makes the connections of one HTTP client. A clone is a reference.
#[derive(Clone)]
pub struct Connector {
    https: Arc<HttpsConnector<Route>>,
    /// `None` without TLS: there is only HTTP/1, and an idle connection on which anything arrives takes
    /// no request.
    origins: Option<Arc<Origins>>,
}

impl Connector {
    /// `uses_tls` tells whether any connection does.
    pub fn new(tls: &Tls, uses_tls: bool, proxy: Option<&Proxy>) -> Self {
        let route = match proxy {
            Some(proxy) => Route::Proxy(Arc::new(ThroughProxy::new(&tls.to_proxy, proxy, TcpConnector::new))),
            None => Route::Direct(TcpConnector::new(false)),
        };
        let https = Arc::new(HttpsConnector::from((route, Arc::clone(&tls.to_server))));
        Self { https, origins: uses_tls.then(Arc::default) }
    }

    pub fn origins(&self) -> Option<&Arc<Origins>> {
        self.origins.as_ref()
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
        let guard = self.origins.as_ref().map(|origins| (Arc::clone(origins), origins.requests(&to)));
        let connecting = HttpsConnector::clone(&self.https).call(to);
        Box::pin(async move {
            let Some((origins, requests)) = guard else {
                return Ok(Box::new(connecting.await?) as Stream);
            };
            random::check()?;
            let (begun, mut asked_by) = (Instant::now(), None);
            let mut connecting = pin!(connecting);
            let connection = poll_fn(|context| {
                let _inside = Inside::enter();
                take_request();
                let connection = connecting.as_mut().poll(context);
                asked_by = take_request().or(asked_by);
                connection
            });
            let mut stream = connection.await.map_err(|reason| match asked_by {
                Some(peer) if is_failure_of(peer, &*reason) => AskedForCertificate::before(reason, peer),
                _ => reason,
            })?;
            if let Some(peer) = asked_by {
                // Boxed, because every handshake would need its stack.
                let verdict: Pin<Box<dyn Future<Output = _> + Send + '_>> =
                    Box::pin(verdict(&mut stream, peer, begun.elapsed()));
                verdict.await?;
            }
            Ok(Box::new(Guarded::new(stream, origins, requests)) as Stream)
        })
    }
}

/// Whether the connection to this peer is what failed. A proxy that answered has accepted it.
fn is_failure_of(peer: TlsPeer, reason: &(dyn StdError + 'static)) -> bool {
    let is_of_proxy = causes(reason).any(|cause| cause.is::<ProxyConnectionFailed>());
    is_of_proxy == (peer == TlsPeer::Proxy)
}

/// The peer of the TCP connection.
#[derive(Clone)]
enum Route {
    Direct(TcpConnector),
    Proxy(Arc<ThroughProxy>),
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
            Self::Proxy(through) => {
                let through = Arc::clone(through);
                Box::pin(async move { through.connect(to).await })
            }
        }
    }
}
