//! The connections of one HTTP client, and which of them a request uses.
//!
//! An HTTP/1 connection serves one request at a time, an HTTP/2 connection as many as its server
//! allows. Until the first connection to a server has shown which of them is spoken there, other
//! requests wait for it. With HTTP/2 they then share it, and connections are made only for those
//! that find no room.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::uri::Authority;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use tokio::sync::oneshot;

use super::guarded::are_same;

pub type Http1 = http1::SendRequest<Full<Bytes>>;
pub type Http2 = http2::SendRequest<Full<Bytes>>;

/// An idle connection is closed after this time.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The requests that an HTTP/2 server is expected to take at once, until it tells.
pub(super) const USUAL_STREAMS: usize = 100;

/// The connections of one HTTP client. A clone is a reference.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    /// The idle connections that are kept to each server.
    max_idle: usize,
    may_be_http2: bool,
    servers: Mutex<Vec<Server>>,
}

/// The connections to one server.
struct Server {
    authority: Option<Authority>,
    /// HTTP/1 connections, in the order of their last use.
    idle: Vec<(Exclusive, Instant)>,
    http2: Vec<Arc<Multiplexed>>,
    /// The number of connections that are being made.
    connecting: usize,
    /// The requests that wait for a connection that is made for another one.
    waiting: VecDeque<oneshot::Sender<Woken>>,
    /// What the last new connection spoke.
    speaks_http2: Option<bool>,
}

/// What a request does next.
pub enum Next {
    Use(Lease),
    Connect(Place),
    Wait(oneshot::Receiver<Woken>),
}

/// Why a request no longer waits.
pub enum Woken {
    /// There may be room for it.
    Room,
    /// The connection that it waited for could not be made.
    Alone,
}

/// A connection of HTTP/1.
pub struct Exclusive {
    pub sender: Http1,
    /// Whether the peer is a proxy that reads the requests.
    pub is_to_proxy: bool,
}

/// A connection of HTTP/2.
pub struct Multiplexed {
    sender: Http2,
    in_flight: AtomicUsize,
    /// When the last request ended.
    last_used: Mutex<Instant>,
    /// The most requests at once, which the server may change at any time.
    most: Arc<AtomicUsize>,
}

/// A connection, or a part of one, for one request and its answer.
pub enum Lease {
    Exclusive(Exclusive, Home),
    Multiplexed(Part),
}

/// Room for a request on a connection of HTTP/2.
pub struct Part {
    connection: Arc<Multiplexed>,
    home: Home,
}

/// Where a connection belongs: the connections of the client to one server.
#[derive(Clone)]
pub struct Home {
    connections: Connections,
    authority: Option<Authority>,
}

/// A connection that is being made.
pub struct Place {
    home: Home,
    /// Whether the connection was made, or cannot be.
    is_settled: bool,
}

impl Connections {
    pub fn new(max_idle: usize, may_be_http2: bool) -> Self {
        Self(Arc::new(Shared { max_idle, may_be_http2, servers: Mutex::default() }))
    }

    /// Those to one server.
    pub fn to(&self, authority: Option<&Authority>) -> Home {
        Home { connections: self.clone(), authority: authority.cloned() }
    }

    /// Closes the HTTP/1 connections that no request uses. Those of HTTP/2 are left alone: a few of
    /// them serve many requests.
    pub fn close_idle(&self) {
        let idle: Vec<_> = self.lock().iter_mut().map(|server| mem::take(&mut server.idle)).collect();
        drop(idle);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Server>> {
        self.0.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Home {
    /// What a request does next. One that is `alone` does not wait for others.
    pub fn next(&self, is_alone: bool) -> Next {
        let mut expired = vec![];
        let next = self.with(|server| {
            if let Some(connection) = server.with_room() {
                return Next::Use(Lease::Multiplexed(Part { connection, home: self.clone() }));
            }
            if let Some(connection) = server.take_idle(&mut expired) {
                return Next::Use(Lease::Exclusive(connection, self.clone()));
            }
            if self.connections.0.may_be_http2 && !is_alone && server.is_room_coming() {
                let (waker, woken) = oneshot::channel();
                server.waiting.push_back(waker);
                return Next::Wait(woken);
            }
            server.connecting += 1;
            Next::Connect(Place { home: self.clone(), is_settled: false })
        });
        // Outside of the lock, because it closes them.
        drop(expired);
        next
    }

    fn keep(&self, connection: Exclusive) {
        let refused = self.with(|server| {
            if server.idle.len() >= self.connections.0.max_idle {
                return Some(connection);
            }
            server.idle.push((connection, Instant::now()));
            None
        });
        drop(refused);
    }

    /// Wakes requests that wait, outside of the lock.
    fn wake(&self, choose: impl FnOnce(&mut Server) -> (usize, Wake)) {
        let (woken, wake) = self.with(|server| {
            let (number, wake) = choose(server);
            let mut woken = vec![];
            while woken.len() < number
                && let Some(waker) = server.waiting.pop_front()
            {
                if !waker.is_closed() {
                    woken.push(waker);
                }
            }
            (woken, wake)
        });
        for waker in woken {
            let _ = waker.send(wake());
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Server) -> R) -> R {
        let mut servers = self.connections.lock();
        let authority = self.authority.as_ref();
        if let Some(server) = servers.iter_mut().find(|server| are_same(server.authority.as_ref(), authority)) {
            return work(server);
        }
        servers.retain(|server| !server.is_unused());
        let mut server = Server::new(authority);
        let result = work(&mut server);
        servers.push(server);
        result
    }
}

type Wake = fn() -> Woken;

impl Server {
    fn new(authority: Option<&Authority>) -> Self {
        Self {
            authority: authority.cloned(),
            idle: vec![],
            http2: vec![],
            connecting: 0,
            waiting: VecDeque::new(),
            speaks_http2: None,
        }
    }

    fn is_unused(&self) -> bool {
        self.idle.is_empty() && self.http2.iter().all(|open| open.sender.is_closed()) && self.connecting == 0
    }

    /// An HTTP/2 connection that takes another request.
    fn with_room(&mut self) -> Option<Arc<Multiplexed>> {
        self.http2.retain(|open| !open.sender.is_closed() && !open.is_expired());
        let found = self.http2.iter().find(|open| open.room() > 0)?;
        found.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Arc::clone(found))
    }

    /// The idle connection that was used last. Those that are not used any more are moved to `expired`.
    fn take_idle(&mut self, expired: &mut Vec<(Exclusive, Instant)>) -> Option<Exclusive> {
        let kept = self.idle.iter().position(|(_, since)| since.elapsed() < IDLE_TIMEOUT).unwrap_or(self.idle.len());
        expired.extend(self.idle.drain(..kept));
        while let Some((connection, since)) = self.idle.pop() {
            if connection.sender.is_ready() {
                return Some(connection);
            }
            expired.push((connection, since));
        }
        None
    }

    /// Whether one more request would find room on the connections that are being made.
    fn is_room_coming(&self) -> bool {
        match self.speaks_http2 {
            None => self.connecting > 0,
            Some(true) => self.waiting.len() < self.connecting.saturating_mul(self.most() - 1),
            Some(false) => false,
        }
    }

    /// The most requests at once on a connection.
    fn most(&self) -> usize {
        self.http2.last().map_or(USUAL_STREAMS, |open| open.most())
    }
}

impl Multiplexed {
    pub fn new(sender: Http2, most: Arc<AtomicUsize>) -> Self {
        Self { sender, in_flight: AtomicUsize::new(1), last_used: Mutex::new(Instant::now()), most }
    }

    /// At least one, so that a request waits for the server that allows none.
    fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed).max(1)
    }

    fn room(&self) -> usize {
        self.most().saturating_sub(self.in_flight.load(Ordering::Relaxed))
    }

    fn is_expired(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) == 0 && self.last_used().elapsed() >= IDLE_TIMEOUT
    }

    fn end(&self) {
        *self.last_used() = Instant::now();
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    fn last_used(&self) -> MutexGuard<'_, Instant> {
        self.last_used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// A connection of HTTP/1 was made. The requests that waited for it make their own.
    pub fn exclusive(mut self, connection: Exclusive) -> Lease {
        self.settle(|server| {
            server.speaks_http2 = Some(false);
            (usize::MAX, || Woken::Room)
        });
        Lease::Exclusive(connection, self.home.clone())
    }

    /// A connection of HTTP/2 was made.
    pub fn multiplexed(mut self, connection: Multiplexed) -> Lease {
        let connection = Arc::new(connection);
        self.settle(|server| {
            server.speaks_http2 = Some(true);
            server.http2.push(Arc::clone(&connection));
            let (room, most) = (connection.room(), connection.most());
            // The first ones beyond it make more connections.
            let beyond = server.waiting.len().saturating_sub(room);
            (room.saturating_add(beyond.div_ceil(most)), || Woken::Room)
        });
        Lease::Multiplexed(Part { connection, home: self.home.clone() })
    }

    /// The connection could not be made.
    pub fn failed(mut self) {
        self.settle(|_| (usize::MAX, || Woken::Alone));
    }

    fn settle(&mut self, choose: impl FnOnce(&mut Server) -> (usize, Wake)) {
        self.is_settled = true;
        self.home.wake(|server| {
            server.connecting = server.connecting.saturating_sub(1);
            choose(server)
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_settled {
            // Its request was given up. One that waits makes a connection in its place.
            self.settle(|_| (1, || Woken::Room));
        }
    }
}

impl Lease {
    /// The answer was read to its end. The connection is kept for other requests as soon as it is
    /// ready for them.
    pub fn finish(self) {
        let Self::Exclusive(mut connection, home) = self else { return };
        if connection.sender.is_ready() {
            home.keep(connection);
        } else if !connection.sender.is_closed() {
            tokio::spawn(async move {
                if connection.sender.ready().await.is_ok() {
                    home.keep(connection);
                }
            });
        }
    }

    /// The connection takes no other request.
    pub fn retire(&self) {
        if let Self::Multiplexed(Part { connection, home }) = self {
            home.with(|server| server.http2.retain(|open| !Arc::ptr_eq(open, connection)));
        }
    }
}

impl Part {
    pub fn sender(&self) -> Http2 {
        self.connection.sender.clone()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.connection.end();
        self.home.wake(|_| (1, || Woken::Room));
    }
}
