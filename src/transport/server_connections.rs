//! The connections to one server, and the requests that wait for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::uri::Authority;
use tokio::sync::oneshot;

use super::guarded::are_same;
use super::http1::Http1;
use super::http2::{self, USUAL_STREAMS};

/// An idle connection is closed after this time.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The connections to one server.
pub struct Server {
    authority: Option<Authority>,
    /// HTTP/1 connections, in the order of their last use.
    idle: Vec<(Http1, Instant)>,
    http2: Vec<Arc<Multiplexed>>,
    /// The number of connections that are being made.
    connecting: usize,
    /// The requests that wait for a connection that is made for another one.
    waiting: VecDeque<oneshot::Sender<Woken>>,
    /// What the last new connection spoke.
    speaks_http2: Option<bool>,
    /// The requests at once on a connection of HTTP/2, as the server has told on the last one.
    most: usize,
}

/// Why a request no longer waits.
#[derive(Clone, Copy)]
pub enum Woken {
    /// There may be room for it.
    Room,
    /// The connection that it waited for could not be made.
    NotConnected,
}

/// A connection of HTTP/2.
pub struct Multiplexed {
    pub sender: http2::Sender,
    /// Whether others than its first request may use it.
    is_shared: AtomicBool,
    in_flight: AtomicUsize,
    /// When the last answer arrived, or the connection was made.
    last_answer: Mutex<Instant>,
}

/// Connections that are kept no longer. Dropping them closes them and wakes their tasks, so it is done
/// outside of the lock.
#[derive(Default)]
pub struct Surplus {
    exclusive: Vec<Http1>,
    multiplexed: Vec<Arc<Multiplexed>>,
}

impl Drop for Surplus {
    fn drop(&mut self) {
        self.exclusive.iter().for_each(Http1::close);
    }
}

impl Server {
    pub fn new(authority: Option<&Authority>) -> Self {
        Self {
            authority: authority.cloned(),
            idle: vec![],
            http2: vec![],
            connecting: 0,
            waiting: VecDeque::new(),
            speaks_http2: None,
            most: USUAL_STREAMS,
        }
    }

    /// Whether it has this name.
    pub fn is(&self, authority: Option<&Authority>) -> bool {
        are_same(self.authority.as_ref(), authority)
    }

    pub fn is_unused(&self) -> bool {
        self.idle.is_empty() && self.http2.iter().all(|open| open.sender.is_closed()) && self.connecting == 0
    }

    /// An HTTP/2 connection that takes another request.
    pub fn with_room(&mut self, surplus: &mut Surplus) -> Option<Arc<Multiplexed>> {
        while let Some(index) = self.http2.iter().position(|open| open.room() > 0) {
            let found = self.http2.get(index)?;
            if !found.sender.is_closing() {
                found.in_flight.fetch_add(1, Ordering::Relaxed);
                return Some(Arc::clone(found));
            }
            surplus.multiplexed.push(self.http2.remove(index));
        }
        None
    }

    /// The idle connection of HTTP/1 that was used last.
    pub fn take_idle(&mut self) -> Option<Http1> {
        self.idle.pop().map(|(connection, _)| connection)
    }

    /// Takes the connections that no request has used for this long, and those that are closed.
    pub fn take_unused(&mut self, time: Duration, surplus: &mut Surplus) {
        let kept = self.idle.iter().position(|(_, since)| since.elapsed() < time).unwrap_or(self.idle.len());
        surplus.exclusive.extend(self.idle.drain(..kept).map(|(connection, _)| connection));
        surplus
            .multiplexed
            .extend(self.http2.extract_if(.., |open| open.sender.is_closed() || open.is_unused_for(time)));
    }

    /// Takes those on which no answer has arrived for this long. Requests in flight keep theirs.
    pub fn take_silent(&mut self, time: Duration, surplus: &mut Surplus) {
        self.take_unused(time, surplus);
        surplus.multiplexed.extend(self.http2.extract_if(.., |open| open.last_answer().elapsed() >= time));
    }

    /// Whether one more request would find room on the connections that are being made.
    pub fn is_room_coming(&self) -> bool {
        match self.speaks_http2 {
            None => self.connecting > 0,
            Some(true) => self.waiting.len() < self.connecting.saturating_mul(self.most.saturating_sub(1)),
            Some(false) => false,
        }
    }

    /// The requests at once that a new connection is expected to take.
    pub fn most(&self) -> usize {
        self.most
    }
}

impl Server {
    /// Has one more request wait.
    pub fn wait(&mut self) -> oneshot::Receiver<Woken> {
        let (waker, woken) = oneshot::channel();
        self.waiting.push_back(waker);
        woken
    }

    /// Takes up to this number of those that wait, to be woken.
    pub fn take_waiting(&mut self, number: usize) -> Vec<oneshot::Sender<Woken>> {
        let mut taken = vec![];
        while taken.len() < number
            && let Some(waker) = self.waiting.pop_front()
        {
            if !waker.is_closed() {
                taken.push(waker);
            }
        }
        taken
    }

    pub fn begin_connecting(&mut self) {
        self.connecting += 1;
    }

    pub fn end_connecting(&mut self) {
        self.connecting = self.connecting.saturating_sub(1);
    }

    /// The server speaks HTTP/1.
    pub fn speaks_http1(&mut self) {
        self.speaks_http2 = Some(false);
    }

    /// Adds a new connection, which only its first request may use yet.
    pub fn add(&mut self, connection: &Arc<Multiplexed>) {
        self.speaks_http2 = Some(true);
        self.http2.push(Arc::clone(connection));
    }

    /// Lets other requests use a connection. Returns how many of those that wait should go on: those
    /// that have room, and those that make more connections for the others.
    pub fn share(&mut self, connection: &Multiplexed) -> usize {
        connection.share();
        self.most = connection.sender.most();
        let room = connection.room();
        let beyond = self.waiting.len().saturating_sub(room);
        room.saturating_add(beyond.div_ceil(connection.sender.most()))
    }

    /// Keeps an idle connection, unless there are that many.
    pub fn keep(&mut self, connection: Http1, max_idle: usize, surplus: &mut Surplus) {
        match self.idle.len() < max_idle {
            true => self.idle.push((connection, Instant::now())),
            false => surplus.exclusive.push(connection),
        }
    }
}

impl Multiplexed {
    pub fn new(sender: http2::Sender) -> Self {
        Self {
            sender,
            is_shared: AtomicBool::new(false),
            in_flight: AtomicUsize::new(1),
            last_answer: Mutex::new(Instant::now()),
        }
    }

    fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    fn room(&self) -> usize {
        if !self.is_shared.load(Ordering::Relaxed) {
            return 0;
        }
        self.sender.most().saturating_sub(self.in_flight.load(Ordering::Relaxed))
    }

    /// The server refused one more request than it takes.
    pub fn refused_one(&self) {
        self.sender.limit(self.in_flight.load(Ordering::Relaxed).saturating_sub(1));
    }

    fn is_unused_for(&self, time: Duration) -> bool {
        self.in_flight.load(Ordering::Relaxed) == 0 && self.last_answer().elapsed() >= time
    }

    /// An answer has arrived.
    pub fn answered(&self) {
        *self.last_answer() = Instant::now();
    }

    /// A request has ended.
    pub fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    fn last_answer(&self) -> MutexGuard<'_, Instant> {
        self.last_answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
