//! HTTP/2: how a connection begins, and requests on it.
//!
//! h2 is used without hyper's client around it, which does not tell of each request whether the
//! server refused to process it.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use http::header::{CONTENT_LENGTH, HeaderName};
use http::{Request, Response, Version};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::body::{AnswerBody, error_from};
use super::unanswered::Unanswered;
use crate::sys::caught;

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

type Answer = Result<Response<AnswerBody>, Unanswered>;

/// Sends requests on a connection.
pub struct Sender {
    requests: SendRequest<Bytes>,
    state: Arc<State>,
}

/// What the task of a connection tells.
struct State {
    /// The most requests at once, as far as refusals show.
    most: AtomicUsize,
    /// The same, as the server has told, on this connection or an earlier one.
    told_most: AtomicUsize,
    told: Notify,
    /// The bytes that were given to the connection to be sent.
    written: AtomicUsize,
    has_ended: AtomicBool,
}

/// The task of a connection, which may be dropped at any time.
struct Task(Arc<State>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.has_ended.store(true, Ordering::Relaxed);
        let _ = caught(|| self.0.told.notify_waiters());
    }
}

/// A connection that counts what is written to it.
struct Counted<S> {
    stream: S,
    state: Arc<State>,
}

/// A request that is being sent.
struct Sent {
    answer: ResponseFuture,
    state: Arc<State>,
    /// The bytes that were written before it.
    before: usize,
}

/// Begins HTTP/2 on a new connection, whose server is expected to take this number of requests at
/// once. A task of the runtime drives it from then on, until it is closed or its last sender and answer
/// are dropped.
pub async fn begin(stream: impl Read + Write + Unpin + Send + 'static, most: usize) -> Result<Sender, h2::Error> {
    let state = Arc::new(State {
        most: AtomicUsize::new(most),
        told_most: AtomicUsize::new(most),
        told: Notify::new(),
        written: AtomicUsize::new(0),
        has_ended: AtomicBool::new(false),
    });
    let handshake = Builder::new()
        .enable_push(false)
        .initial_max_send_streams(most)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .data_frame_budget(FRAME_BUDGET)
        .max_header_list_size(MAX_HEADER_BYTES)
        .handshake(Counted { stream: TokioIo::new(stream), state: Arc::clone(&state) });
    let (requests, connection) = handshake.await?;
    tokio::spawn(drive(connection, Task(Arc::clone(&state))));
    Ok(Sender { requests, state })
}

/// Drives a connection to its end, and takes note of each limit that its server tells.
async fn drive<S: AsyncRead + AsyncWrite + Unpin>(connection: Connection<S, Bytes>, task: Task) {
    let mut connection = pin!(connection);
    let mut before = connection.max_concurrent_send_streams();
    let _ = poll_fn(|context| {
        let ended = connection.as_mut().poll(context);
        let now = connection.max_concurrent_send_streams();
        if std::mem::replace(&mut before, now) != now {
            task.0.most.store(now, Ordering::Relaxed);
            task.0.told_most.store(now, Ordering::Relaxed);
            task.0.told.notify_waiters();
        }
        ended
    })
    .await;
}

impl Sender {
    /// The most requests at once. At least one, so that a request waits for the server that allows
    /// none.
    pub fn most(&self) -> usize {
        self.state.most.load(Ordering::Relaxed).max(1)
    }

    /// The most requests at once, as the server has told, or as many as usual.
    pub fn told_most(&self) -> usize {
        self.state.told_most.load(Ordering::Relaxed).max(1)
    }

    /// Whether the server has told its limit, on this connection or an earlier one.
    pub fn is_limit_told(&self) -> bool {
        self.told_most() != USUAL_STREAMS
    }

    /// Waits until the server has told its limit or the connection has ended, for this time at most.
    pub async fn limit_is_told(&self, within: Duration) {
        let told = self.state.told.notified();
        if !self.is_limit_told() {
            let _ = timeout(within, told).await;
        }
    }

    /// Remembers a limit that a refusal shows, until the server tells another.
    pub fn limit(&self, most: usize) {
        self.state.most.fetch_min(most.max(1), Ordering::Relaxed);
    }

    /// Whether its task has ended.
    pub fn is_closed(&self) -> bool {
        self.state.has_ended.load(Ordering::Relaxed)
    }

    /// Whether it takes no other request, because it is closed or its server has said so.
    pub fn is_closing(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.is_closed() || matches!(self.requests.clone().poll_ready(&mut context), Poll::Ready(Err(_)))
    }

    /// Sends a request, and returns a future that waits for the headers of its answer.
    pub fn send(&self, message: Request<Bytes>) -> Result<impl Future<Output = Answer> + use<>, Unanswered> {
        let sent = self.begin(message).map_err(|reason| Unanswered::not_sent(error_from(reason)))?;
        Ok(sent.answer())
    }

    /// After an error, nothing was sent.
    fn begin(&self, mut message: Request<Bytes>) -> Result<Sent, h2::Error> {
        *message.version_mut() = Version::HTTP_2;
        let (mut head, body) = message.into_parts();
        FORBIDDEN.iter().for_each(|name| drop(head.headers.remove(name)));
        if !body.is_empty() {
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let head = Request::from_parts(head, ());
        let before = self.state.written.load(Ordering::Relaxed);
        let (answer, mut rest) = self.requests.clone().send_request(head, body.is_empty())?;
        if !body.is_empty() {
            // It waits in memory, where it is anyway, until the server takes it. If that fails, the
            // stream is closed, and its answer tells why.
            let _ = rest.send_data(body, true);
        }
        Ok(Sent { answer, state: Arc::clone(&self.state), before })
    }
}

impl Sent {
    async fn answer(self) -> Answer {
        let answer = self.answer.await.map_err(|reason| {
            // The connection had ended before anything of the request was written.
            let is_unsent = self.state.written.load(Ordering::Relaxed) == self.before;
            let reason = error_from(reason);
            if is_unsent { Unanswered::not_sent(reason) } else { Unanswered::Failed(reason) }
        })?;
        let (head, stream) = answer.into_parts();
        let body = AnswerBody::of_stream(stream, &head.headers);
        Ok(Response::from_parts(head, body))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // Before it is written, so that what is sent always counts.
        self.state.written.fetch_add(bytes.len(), Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
