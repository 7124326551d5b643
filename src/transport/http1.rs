//! HTTP/1: a connection, which serves one request at a time.
//!
//! No task drives it, but the request that uses it. So the answer is read in the turn in which it
//! arrives, and the runtime need not look at its sockets once more. While a connection is idle, nothing
//! that its peer sends takes any time.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::Connection;

use super::connector::Stream;
use super::socket::BoxError;
use super::unanswered::Unanswered;

/// A connection. A clone is a reference.
#[derive(Clone)]
pub struct Http1(Arc<Mutex<State>>);

struct State {
    /// `None` once it was closed here.
    sender: Option<SendRequest<Full<Bytes>>>,
    /// `None` once it has ended.
    connection: Option<http1::Connection<Stream, Full<Bytes>>>,
    /// Whether the peer is a proxy that reads the requests.
    is_to_proxy: bool,
}

impl Http1 {
    /// Begins HTTP/1 on a new connection.
    pub async fn begin(stream: Stream) -> Result<Self, BoxError> {
        let is_to_proxy = stream.connected().is_proxied();
        let (sender, connection) = http1::handshake(stream).await?;
        let state = State { sender: Some(sender), connection: Some(connection), is_to_proxy };
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// Whether it takes a request.
    pub fn is_ready(&self) -> bool {
        let mut state = self.lock();
        state.drive(&mut Context::from_waker(Waker::noop()));
        state.connection.is_some() && state.sender.as_ref().is_some_and(SendRequest::is_ready)
    }

    /// Sends a request, and returns a future that waits for the headers of its answer.
    pub fn send(
        &self,
        message: Request<Bytes>,
    ) -> Result<impl Future<Output = Result<Response<Incoming>, Unanswered>>, Unanswered> {
        let mut message = message.map(Full::from);
        let mut state = self.lock();
        prepare(&mut message, state.is_to_proxy);
        let Some(sender) = &mut state.sender else {
            return Err(Unanswered::not_sent(io::Error::from(ErrorKind::NotConnected)));
        };
        // Boxed, because the futures around it would have room for it several times.
        let mut sent = Box::pin(sender.try_send_request(message));
        Ok(poll_fn(move |context| {
            self.lock().drive(context);
            sent.as_mut().poll(context).map_err(unanswered)
        }))
    }

    /// Reads more of the body of an answer.
    pub fn poll_body(
        &self,
        body: &mut Incoming,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let ready = Pin::new(&mut *body).poll_frame(context);
        if ready.is_ready() {
            return ready;
        }
        self.lock().drive(context);
        Pin::new(body).poll_frame(context)
    }

    /// Tells the peer that the connection ends, as TLS does.
    pub fn close(&self) {
        let mut state = self.lock();
        state.sender = None;
        state.drive(&mut Context::from_waker(Waker::noop()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drive(&mut self, context: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else { return };
        // What it fails with goes to the request as well.
        if Pin::new(connection).poll(context).is_ready() {
            self.connection = None;
        }
    }
}

/// hyper gives a request back if nothing of it was sent.
fn unanswered<M>(mut error: TrySendError<M>) -> Unanswered {
    let is_given_back = error.take_message().is_some();
    let reason = error.into_error();
    if is_given_back { Unanswered::not_sent(reason) } else { Unanswered::Failed(reason.into()) }
}

/// HTTP/1 has the host in a header, and the rest of the URL in the first line.
fn prepare(message: &mut Request<Full<Bytes>>, is_to_proxy: bool) {
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
