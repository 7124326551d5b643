//! The HTTP client: requests, and the connections that are made for them.

use std::error::Error as StdError;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::client::legacy::connect::Connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;
use tower_service::Service;

use super::connections::{Connections, Home, Lease, Next, Place};
use super::connector::{Connector, Stream};
use super::guarded::{InFlight, Origins};
use super::server_connections::{Exclusive, Multiplexed, USUAL_STREAMS, Woken};
use super::socket::BoxError;
use crate::text::causes;

/// How long a request waits for a connection that is made for another one.
const PATIENCE: Duration = Duration::from_secs(1);

pub type HttpResponse = http::Response<Incoming>;

/// A client with its own connections. A clone is a reference.
#[derive(Clone)]
pub struct Http {
    connector: Connector,
    connections: Connections,
}

/// Why a request has no response.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection to send it on.
    NotConnected(BoxError),
    /// Its connection was closed before anything of it was sent.
    NotSent { reason: hyper::Error, is_new: bool },
    /// It may have been sent.
    Failed(hyper::Error),
}

impl Http {
    /// A client that keeps up to `max_idle` connections to each host.
    pub fn new(connector: Connector, max_idle: usize) -> Self {
        let connections = Connections::new(max_idle, connector.origins().is_some());
        Self { connector, connections }
    }

    /// Keeps the connections to the origin of this URL open until the value is dropped, however much
    /// their peer sends.
    pub fn begin(&self, url: &Uri) -> Option<InFlight> {
        self.connector.origins().map(|origins| origins.requests(url).begin())
    }

    /// Sends the request. The lease of the connection should be finished when the answer was read to
    /// its end.
    pub async fn request(&self, mut message: Request<Full<Bytes>>) -> Result<(HttpResponse, Lease), Unanswered> {
        let home = self.connections.to(message.uri().authority());
        let (mut lease, is_new) = match home.next(true) {
            Next::Use(lease) => (lease, false),
            // Boxed, because connecting needs much memory, and for a short time.
            next => Box::pin(self.lease(message.uri(), &home, next)).await?,
        };
        let sent = match &mut lease {
            Lease::Exclusive(connection, _) => {
                prepare_for_http1(&mut message, connection.is_to_proxy);
                connection.sender.try_send_request(message).await
            }
            Lease::Multiplexed(part) => part.sender().try_send_request(message).await,
        };
        match sent {
            Ok(response) => Ok((response, lease)),
            Err(error) => {
                let error = unanswered(error, is_new);
                match reset_reason(&error) {
                    Some(h2::Reason::REFUSED_STREAM) => lease.was_too_many(),
                    // The end of one stream says nothing about its connection.
                    Some(_) => {}
                    None => lease.retire(),
                }
                Err(error)
            }
        }
    }

    /// Waits for a connection, or makes one. Returns whether it is new.
    async fn lease(&self, uri: &Uri, home: &Home, mut next: Next) -> Result<(Lease, bool), Unanswered> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let has_waited_enough = match next {
                Next::Use(lease) => return Ok((lease, false)),
                Next::Connect(place) => return Ok((self.connect(uri, place).await?, true)),
                Next::Wait(woken) => !matches!(tokio::time::timeout_at(patience, woken).await, Ok(Ok(Woken::Room))),
            };
            next = home.next(!has_waited_enough);
        }
    }

    async fn connect(&self, uri: &Uri, place: Place) -> Result<Lease, Unanswered> {
        match self.connector.clone().call(uri.clone()).await {
            Ok(stream) => handshake(stream, place).await.map_err(Unanswered::Failed),
            Err(reason) => {
                place.failed();
                Err(Unanswered::NotConnected(reason))
            }
        }
    }

    /// The origins of connections that may be of HTTP/2, if there can be any.
    pub fn origins(&self) -> Option<&Origins> {
        self.connector.origins().map(Arc::as_ref)
    }

    /// Closes the connections that no request uses.
    pub fn close_idle(&self) {
        self.connections.close_idle();
    }
}

/// Begins HTTP on a new connection. A task of the runtime drives it from then on.
async fn handshake(stream: Stream, place: Place) -> Result<Lease, hyper::Error> {
    let connected = stream.connected();
    if connected.is_negotiated_h2() {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let (sender, connection) = builder.timer(TokioTimer::new()).handshake(stream).await?;
        let most = Arc::new(AtomicUsize::new(USUAL_STREAMS));
        let told = Arc::clone(&most);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            std::future::poll_fn(|context| {
                let ended = connection.as_mut().poll(context);
                told.store(connection.current_max_send_streams(), Ordering::Relaxed);
                ended
            })
            .await
        });
        return Ok(place.multiplexed(Multiplexed::new(sender, most)));
    }
    let (sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(place.exclusive(Exclusive { sender, is_to_proxy: connected.is_proxied() }))
}

/// hyper gives a request back if nothing of it was sent.
fn unanswered(mut error: TrySendError<Request<Full<Bytes>>>, is_new: bool) -> Unanswered {
    match error.take_message() {
        Some(_) => Unanswered::NotSent { reason: error.into_error(), is_new },
        None => Unanswered::Failed(error.into_error()),
    }
}

/// Why the stream of the request was reset, if that is what happened.
fn reset_reason(error: &Unanswered) -> Option<h2::Reason> {
    let mut errors = causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>());
    errors.find(|error| error.is_reset())?.reason()
}

/// HTTP/1 has the host in a header, and the rest of the URL in the first line.
fn prepare_for_http1(message: &mut Request<Full<Bytes>>, is_to_proxy: bool) {
    let uri = message.uri().clone();
    if let Some(authority) = uri.authority() {
        let is_default = |port| port == if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let host = match authority.port_u16() {
            Some(port) if !is_default(port) => format!("{}:{port}", authority.host()),
            _ => authority.host().to_owned(),
        };
        if let Ok(host) = HeaderValue::from_maybe_shared(Bytes::from(host)) {
            message.headers_mut().entry(HOST).or_insert(host);
        }
    }
    if !is_to_proxy {
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        *message.uri_mut() = Uri::from(path);
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(reason) => reason.fmt(f),
            Self::NotSent { reason, .. } | Self::Failed(reason) => reason.fmt(f),
        }
    }
}

impl StdError for Unanswered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::NotConnected(reason) => Some(reason.as_ref()),
            Self::NotSent { reason, .. } | Self::Failed(reason) => Some(reason),
        }
    }
}
