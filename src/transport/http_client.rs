//! The HTTP client: requests, and the connections that are made for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::client::legacy::connect::Connection;
use tokio::time::Instant;
use tower_service::Service;

use super::body::{AnswerBody, error_from};
use super::connections::{Connections, Home, Lease, Next, Place};
use super::connector::{Connector, Stream};
use super::guarded::{InFlight, Origins};
use super::http2;
use super::runtime::poll_idle_sockets;
use super::server_connections::{Exclusive, Multiplexed, Woken};
use super::socket::BoxError;
use super::unanswered::Unanswered;
use crate::text::causes;

/// How long a request waits for a connection that is made for another one.
const PATIENCE: Duration = Duration::from_secs(1);

pub type HttpResponse = http::Response<AnswerBody>;

/// A client with its own connections. A clone is a reference.
#[derive(Clone)]
pub struct Http {
    connector: Connector,
    connections: Connections,
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
    pub async fn request(&self, message: Request<Bytes>) -> Result<(HttpResponse, Lease), Unanswered> {
        let (mut lease, is_new) = self.lease(message.uri()).await?;
        match answer(&mut lease, message, is_new).await {
            Ok(response) => {
                lease.answered();
                Ok((response, lease))
            }
            Err(error) => {
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

    /// Has a connection ready for the next request to this URL. Sends no request.
    pub async fn connect(&self, uri: &Uri) -> Result<(), Unanswered> {
        loop {
            let (lease, is_new) = self.lease(uri).await?;
            if is_new {
                return lease.keep_ready().await.map_err(Unanswered::NotConnected);
            }
            // A request would find out by itself whether the peer has closed the connection.
            poll_idle_sockets().await;
            if lease.is_open() {
                lease.finish();
                return Ok(());
            }
        }
    }

    /// A connection to the server of this URL, and whether it is new.
    async fn lease(&self, uri: &Uri) -> Result<(Lease, bool), Unanswered> {
        let home = self.connections.to(uri.authority());
        match home.next(true) {
            Next::Use(lease) => Ok((lease, false)),
            // Boxed, because connecting needs much memory, and for a short time.
            next => Box::pin(self.wait_or_connect(uri, &home, next)).await,
        }
    }

    /// Waits for a connection, or makes one.
    async fn wait_or_connect(&self, uri: &Uri, home: &Home, mut next: Next) -> Result<(Lease, bool), Unanswered> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let has_waited_enough = match next {
                Next::Use(lease) => return Ok((lease, false)),
                Next::Connect(place) => return Ok((self.open(uri, place).await?, true)),
                Next::Wait(woken) => !matches!(tokio::time::timeout_at(patience, woken).await, Ok(Ok(Woken::Room))),
            };
            next = home.next(!has_waited_enough);
        }
    }

    async fn open(&self, uri: &Uri, place: Place) -> Result<Lease, Unanswered> {
        match self.connector.clone().call(uri.clone()).await {
            Ok(stream) => handshake(stream, place).await.map_err(Unanswered::NotConnected),
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
async fn handshake(stream: Stream, place: Place) -> Result<Lease, BoxError> {
    let connected = stream.connected();
    if connected.is_negotiated_h2() {
        let sender = http2::begin(stream, place.expected_streams()).await.map_err(error_from)?;
        return Ok(place.multiplexed(Multiplexed::new(sender)));
    }
    let (sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(place.exclusive(Exclusive { sender, is_to_proxy: connected.is_proxied() }))
}

/// Sends a request on a connection, and waits for the headers of its answer.
async fn answer(lease: &mut Lease, message: Request<Bytes>, is_new: bool) -> Result<HttpResponse, Unanswered> {
    let not_sent = |reason| Unanswered::NotSent { reason, is_new };
    match lease {
        Lease::Exclusive(connection, _) => {
            let mut message = message.map(Full::from);
            prepare_for_http1(&mut message, connection.is_to_proxy);
            let sent = connection.sender.try_send_request(message).await;
            sent.map(|response| response.map(AnswerBody::Http1)).map_err(|mut error| {
                // hyper gives a request back if nothing of it was sent.
                let is_given_back = error.take_message().is_some();
                let reason = error.into_error().into();
                if is_given_back { not_sent(reason) } else { Unanswered::Failed(reason) }
            })
        }
        Lease::Multiplexed(part, _) => {
            let sent = part.sender().send(message).map_err(not_sent)?;
            sent.answer().await.map_err(Unanswered::Failed)
        }
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
