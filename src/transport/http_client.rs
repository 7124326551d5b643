//! The HTTP client: requests, and the connections that are made for them.

use std::io;
use std::io::ErrorKind::{HostUnreachable, NetworkUnreachable, TimedOut, UnexpectedEof};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use hyper_util::client::legacy::connect::Connection;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::body::{AnswerBody, error_from};
use super::connections::{Connections, Home, Next, Patience, Place, Woken};
use super::connector::{Connector, Stream};
use super::guarded::{InFlight, Origins};
use super::http1::Http1;
use super::http2;
use super::lease::Lease;
use super::socket::BoxError;
use super::unanswered::Unanswered;
use crate::text::causes;

/// How long a request waits for a connection that is made for another one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The turns of the runtime in which a task notices what has arrived on its socket.
const TURNS_TO_NOTICE: usize = 3;

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

    /// Sends a request to this URL. The message is made when there is a connection for it, so that a
    /// request that waits takes little memory. The lease of the connection should be finished when the
    /// answer was read to its end.
    pub async fn request(
        &self,
        uri: &Uri,
        message: impl FnOnce() -> Request<Bytes>,
    ) -> Result<(HttpResponse, Lease), Unanswered> {
        let (mut lease, is_new) = self.lease(uri).await?;
        match answer(&lease, message).await {
            Ok(response) => {
                lease.answered();
                Ok((response, lease))
            }
            Err(error) => {
                if reset_reason(&error) == Some(h2::Reason::REFUSED_STREAM) {
                    lease.was_too_many();
                }
                if !is_silence(&error) {
                    lease.answered();
                }
                Err(if is_new { error.on_new_connection() } else { error })
            }
        }
    }

    /// Has a connection ready for the next request to this URL. Sends no request.
    pub async fn connect(&self, uri: &Uri) -> Result<(), Unanswered> {
        loop {
            let (lease, is_new) = self.lease(uri).await?;
            // A request would find out by itself whether the peer has closed the connection.
            for _ in 0..TURNS_TO_NOTICE {
                tokio::task::yield_now().await;
            }
            match lease.is_open() {
                true => {
                    lease.keep_ready().await;
                    return Ok(());
                }
                false if is_new => return Err(Unanswered::NotConnected(io::Error::from(UnexpectedEof).into())),
                false => {}
            }
        }
    }

    /// A connection to the server of this URL, and whether it is new.
    async fn lease(&self, uri: &Uri) -> Result<(Lease, bool), Unanswered> {
        let home = self.connections.to(uri.authority());
        match home.next(Patience::Fresh) {
            Next::Share(part) => Ok((Lease::multiplexed(part, &home), false)),
            Next::Take(connection) => Ok((Lease::exclusive(connection, &home), false)),
            // Boxed, because connecting needs much memory, and for a short time.
            next => Box::pin(self.wait_or_connect(uri, &home, next)).await,
        }
    }

    /// Waits for a connection, or makes one.
    async fn wait_or_connect(&self, uri: &Uri, home: &Home, mut next: Next) -> Result<(Lease, bool), Unanswered> {
        let mut until = Instant::now() + PATIENCE;
        loop {
            let patience = match next {
                Next::Share(part) => return Ok((Lease::multiplexed(part, home), false)),
                Next::Take(connection) => return Ok((Lease::exclusive(connection, home), false)),
                Next::Connect(place) => return Ok((self.open(uri, home, place).await?, true)),
                Next::Wait(woken) => match timeout_at(until, woken).await {
                    Ok(Ok(Woken::Use(part))) => return Ok((Lease::multiplexed(part, home), false)),
                    Ok(Ok(Woken::Again)) => Patience::Fresh,
                    Ok(Ok(Woken::NotConnected) | Err(_)) => Patience::Gone,
                    Err(_) => {
                        until = Instant::now() + PATIENCE;
                        Patience::Strained
                    }
                },
            };
            next = home.next(patience);
        }
    }

    async fn open(&self, uri: &Uri, home: &Home, place: Place) -> Result<Lease, Unanswered> {
        match self.connector.clone().call(uri.clone()).await {
            Ok(stream) => handshake(stream, home, place).await.map_err(Unanswered::NotConnected),
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

    /// Closes the connections that no request uses. Returns false if there is none.
    pub fn close_idle(&self) -> bool {
        self.connections.close_idle()
    }
}

/// Begins HTTP on a new connection.
async fn handshake(stream: Stream, home: &Home, place: Place) -> Result<Lease, BoxError> {
    if stream.connected().is_negotiated_h2() {
        let sender = http2::begin(stream, place.expected_streams()).await.map_err(error_from)?;
        return Ok(Lease::multiplexed(place.multiplexed(sender), home));
    }
    let connection = Http1::begin(stream).await?;
    place.exclusive();
    Ok(Lease::exclusive(connection, home))
}

/// Sends a request on a connection, and waits for the headers of its answer.
async fn answer(lease: &Lease, message: impl FnOnce() -> Request<Bytes>) -> Result<HttpResponse, Unanswered> {
    match lease {
        Lease::Exclusive(connection, _) => {
            let sent = connection.send(message())?;
            let response = sent.await?;
            Ok(response.map(|body| AnswerBody::Http1 { body, connection: connection.clone() }))
        }
        Lease::Multiplexed(part, _) => {
            let sent = part.sender().send(message())?;
            sent.await
        }
    }
}

/// Whether the peer was out of reach. Any other error came from it.
fn is_silence(error: &Unanswered) -> bool {
    let mut errors = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    errors.any(|error| matches!(error.kind(), TimedOut | HostUnreachable | NetworkUnreachable))
}

/// Why the stream of the request was reset, if that is what happened.
fn reset_reason(error: &Unanswered) -> Option<h2::Reason> {
    let mut errors = causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>());
    errors.find(|error| error.is_reset())?.reason()
}
