//! Connections whose peers cannot keep the library busy.
//!
//! The HTTP client answers and skips control frames of HTTP/2 for as long as they come, whether or
//! not a request is in flight.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Authority;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

use super::runtime::poll_idle_sockets;
use super::slice::Slice;

/// How often an idle connection is polled, because something has arrived, until it is closed. What
/// peers send to an idle connection, such as a PING or a GOAWAY, takes two polls.
const MAX_IDLE_POLLS: u32 = 32;

/// The origins to which an HTTP client has connections or sends requests.
#[derive(Default)]
pub struct Origins {
    requests: Mutex<Vec<(Option<Authority>, Requests)>>,
    /// Whether any connection was one of HTTP/2.
    is_http2: AtomicBool,
    /// How often idle connections were polled.
    idle_polls: AtomicU32,
}

/// The number of requests in flight to one origin. A clone is a reference.
#[derive(Clone, Default)]
pub struct Requests(Arc<AtomicUsize>);

/// A request in flight.
pub struct InFlight(Requests);

impl Origins {
    /// The requests to the origin of this URL.
    pub fn requests(&self, url: &Uri) -> Requests {
        let mut origins = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, requests)) = origins.iter().find(|(origin, _)| are_same(origin.as_ref(), url.authority())) {
            return requests.clone();
        }
        origins.retain(|(_, requests)| Arc::strong_count(&requests.0) > 1);
        let requests = Requests::default();
        origins.push((url.authority().cloned(), requests.clone()));
        requests
    }

    /// Reads what has arrived on idle connections, until they are quiet or closed. Otherwise the
    /// answer to the next request would wait behind it. HTTP/1 connections need none of this: one
    /// on which something has arrived takes no request.
    pub async fn drain_idle(&self) {
        for _ in 0..MAX_IDLE_POLLS {
            let before = self.idle_polls.load(Ordering::Relaxed);
            if !self.is_http2.load(Ordering::Relaxed) {
                return;
            }
            poll_idle_sockets().await;
            if self.idle_polls.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// Compares the texts only if they are not one and the same, as those of one client's requests are.
pub fn are_same(one: Option<&Authority>, other: Option<&Authority>) -> bool {
    let is_one_text = |(one, other): (&Authority, &Authority)| std::ptr::eq(one.as_str(), other.as_str());
    one.zip(other).is_some_and(is_one_text) || one == other
}

impl Requests {
    pub fn begin(self) -> InFlight {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that is closed if its peer keeps talking while no request is in flight to it.
pub struct Guarded<S> {
    stream: S,
    origins: Arc<Origins>,
    requests: Requests,
    idle_polls: u32,
    /// Only of HTTP/2: one TLS record can hold hundreds of frames.
    slice: Option<Slice>,
}

impl<S: Connection> Guarded<S> {
    pub fn new(stream: S, origins: Arc<Origins>, requests: Requests) -> Self {
        let is_http2 = stream.connected().is_negotiated_h2();
        origins.is_http2.fetch_or(is_http2, Ordering::Relaxed);
        Self { stream, origins, requests, idle_polls: 0, slice: is_http2.then(Slice::default) }
    }

    fn is_closing(&mut self) -> bool {
        if self.requests.is_any() {
            self.idle_polls = 0;
            return false;
        }
        self.origins.idle_polls.fetch_add(1, Ordering::Relaxed);
        self.idle_polls = self.idle_polls.saturating_add(1);
        self.idle_polls > MAX_IDLE_POLLS
    }
}

impl<S: Connection> Connection for Guarded<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl<S: Read + Connection + Unpin> Read for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_closing() {
            // As if the peer had closed it.
            return Poll::Ready(Ok(()));
        }
        let Self { stream, slice, .. } = &mut *self;
        let Some(slice) = slice else { return Pin::new(stream).poll_read(context, buffer) };
        if slice.is_over(context) {
            return Poll::Pending;
        }
        let read = Pin::new(stream).poll_read(context, buffer);
        slice.count(&read);
        read
    }
}

impl<S: Write + Unpin> Write for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
