//! HTTP/2: how a connection begins, and requests on it.
//!
//! h2 is used without hyper's client around it, which does not tell of each request whether the
//! server refused to process it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use http::header::{CONTENT_LENGTH, HeaderName};
use http::{Request, Response, Version};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::body::{AnswerBody, error_from};
use super::socket::BoxError;

/// The requests that a server is expected to take at once, until it tells its limit. Many take 100.
/// One less shows whether this one has told it.
pub(super) const USUAL_STREAMS: usize = 99;
/// What the server may send of one answer before it was read.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// The same for all answers together. Those that nobody reads for a while must not use it up.
const CONNECTION_WINDOW: u32 = 1024 * 1024 * 1024;
/// The memory for the overhead of received frames. h2 would take half of the window.
const FRAME_BUDGET: usize = 2 * 1024 * 1024;
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// Headers for the connection, which HTTP/2 forbids and HTTP/1 allows.
const FORBIDDEN: [HeaderName; 2] = [HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection")];

/// Sends requests on a connection.
pub struct Sender {
    requests: SendRequest<Bytes>,
    /// The task of the connection has a reference, too, as long as it works.
    limit: Arc<Limit>,
}

/// The most requests at once, as the server allows.
struct Limit {
    most: AtomicUsize,
    told: Notify,
}

/// A request that is being sent.
pub struct Sent(ResponseFuture);

/// Begins HTTP/2 on a new connection, whose server is expected to take this number of requests at
/// once. A task of the runtime drives it from then on, until it is closed or its last sender and answer
/// are dropped.
pub async fn begin(stream: impl Read + Write + Unpin + Send + 'static, most: usize) -> Result<Sender, h2::Error> {
    let handshake = Builder::new()
        .enable_push(false)
        .initial_max_send_streams(most)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .data_frame_budget(FRAME_BUDGET)
        .max_header_list_size(MAX_HEADER_BYTES)
        .handshake(TokioIo::new(stream));
    let (requests, connection) = handshake.await?;
    let limit = Arc::new(Limit { most: AtomicUsize::new(most), told: Notify::new() });
    tokio::spawn(drive(connection, Arc::clone(&limit)));
    Ok(Sender { requests, limit })
}

/// Drives a connection to its end, and takes note of each limit that its server tells.
async fn drive<S: AsyncRead + AsyncWrite + Unpin>(connection: Connection<S, Bytes>, limit: Arc<Limit>) {
    let mut connection = pin!(connection);
    let mut before = connection.max_concurrent_send_streams();
    let _ = poll_fn(|context| {
        let ended = connection.as_mut().poll(context);
        let now = connection.max_concurrent_send_streams();
        if std::mem::replace(&mut before, now) != now {
            limit.most.store(now, Ordering::Relaxed);
            limit.told.notify_waiters();
        }
        ended
    })
    .await;
}

impl Sender {
    /// The most requests at once. At least one, so that a request waits for the server that allows
    /// none.
    pub fn most(&self) -> usize {
        self.limit.most.load(Ordering::Relaxed).max(1)
    }

    /// Whether the server has told its limit, on this connection or an earlier one.
    pub fn is_limit_told(&self) -> bool {
        self.most() != USUAL_STREAMS
    }

    /// Waits until the server has told its limit, for this time at most.
    pub async fn limit_is_told(&self, within: Duration) {
        let told = self.limit.told.notified();
        if !self.is_limit_told() {
            let _ = timeout(within, told).await;
        }
    }

    /// Remembers a limit that a refusal shows, until the server tells another.
    pub fn limit(&self, most: usize) {
        self.limit.most.fetch_min(most.max(1), Ordering::Relaxed);
    }

    /// Whether its task has ended.
    pub fn is_closed(&self) -> bool {
        Arc::strong_count(&self.limit) == 1
    }

    /// Whether it takes no other request, because it is closed or its server has said so.
    pub fn is_closing(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.is_closed() || matches!(self.requests.clone().poll_ready(&mut context), Poll::Ready(Err(_)))
    }

    /// Sends a request. After an error, nothing of it was sent.
    pub fn send(&self, mut message: Request<Bytes>) -> Result<Sent, BoxError> {
        *message.version_mut() = Version::HTTP_2;
        let (mut head, body) = message.into_parts();
        FORBIDDEN.iter().for_each(|name| drop(head.headers.remove(name)));
        if !body.is_empty() {
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let head = Request::from_parts(head, ());
        let (answer, mut rest) = self.requests.clone().send_request(head, body.is_empty()).map_err(error_from)?;
        if !body.is_empty() {
            // It waits in memory, where it is anyway, until the server takes it. If that fails, the
            // stream is closed, and its answer tells why.
            let _ = rest.send_data(body, true);
        }
        Ok(Sent(answer))
    }
}

impl Sent {
    /// Waits for the headers of the answer.
    pub async fn answer(self) -> Result<Response<AnswerBody>, BoxError> {
        let (head, stream) = self.0.await.map_err(error_from)?.into_parts();
        let body = AnswerBody::of_stream(stream, &head.headers);
        Ok(Response::from_parts(head, body))
    }
}
