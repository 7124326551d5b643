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
use crate::sys::caught;

/// An idle connection is closed after this time.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The limit of streams of many servers. The usual one is lower.
const HIGH_LIMIT: usize = 128;

/// The connections that are made at once when the first ones take long, and how often one more.
const FEW: usize = 8;
const INTERVAL: Duration = Duration::from_secs(1);

/// The connections to one server. `W` is what wakes a request that waits.
pub struct Server<W> {
    authority: Option<Authority>,
    /// HTTP/1 connections, in the order of their last use.
    idle: Vec<(Http1, Instant)>,
    http2: Vec<Arc<Multiplexed>>,
    /// The number of connections that are being made, and when the last one was begun.
    connecting: usize,
    last_begun: Option<Instant>,
    /// The requests that wait for a connection that is made for another one.
    waiting: VecDeque<oneshot::Sender<W>>,
    /// What the last new connection spoke.
    speaks_http2: Option<bool>,
    /// The requests at once on a connection of HTTP/2, as the server has told on the last one.
    most: usize,
}

/// A connection of HTTP/2.
pub struct Multiplexed {
    pub sender: http2::Sender,
    /// Whether others than its first request may use it.
    is_shared: AtomicBool,
    in_flight: AtomicUsize,
    times: Mutex<Times>,
}

/// When a connection was made, or was last used, and when the last answer arrived on it.
struct Times {
    used: Instant,
    answered: Instant,
}

/// Connections that are kept no longer. Dropping them closes them and wakes their tasks, so it is done
/// outside of the lock.
#[derive(Default)]
pub struct Surplus {
    exclusive: Vec<Http1>,
    multiplexed: Vec<Arc<Multiplexed>>,
}

impl Surplus {
    pub fn is_empty(&self) -> bool {
        self.exclusive.is_empty() && self.multiplexed.is_empty()
    }
}

impl Drop for Surplus {
    fn drop(&mut self) {
        self.exclusive.iter().for_each(Http1::close);
        // Each wakes a task, which fails if the host has closed the descriptors of its runtime.
        self.multiplexed.drain(..).for_each(|connection| drop(caught(|| drop(connection))));
    }
}

impl<W> Server<W> {
    pub fn new(authority: Option<&Authority>) -> Self {
        Self {
            authority: authority.cloned(),
            idle: vec![],
            http2: vec![],
            connecting: 0,
            last_begun: None,
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
        let is_empty = self.idle.is_empty() && self.http2.iter().all(|open| open.sender.is_closed());
        is_empty && self.connecting == 0 && self.waiting.is_empty()
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
        surplus.multiplexed.extend(
            self.http2.extract_if(.., |open| open.sender.is_closed() || open.is_shared() && open.is_unused_for(time)),
        );
    }

    /// Takes those on which no answer has arrived for this long. Requests in flight keep theirs.
    pub fn take_silent(&mut self, time: Duration, surplus: &mut Surplus) {
        self.take_unused(time, surplus);
        surplus.multiplexed.extend(self.http2.extract_if(.., |open| open.times().answered.elapsed() >= time));
    }

    /// Whether one more request would find room on the connections that are being made, or on one
    /// whose limit is not told yet. One that has waited long already counts on no more of them than a
    /// few.
    pub fn is_room_coming(&self, has_waited_long: bool) -> bool {
        if has_waited_long {
            // Those that hang may hang for ever. So a fresh one is made from time to time.
            let is_fresh = self.last_begun.is_some_and(|begun| begun.elapsed() < INTERVAL);
            return self.connecting >= FEW && is_fresh && self.speaks_http2 != Some(false);
        }
        match self.speaks_http2 {
            None => self.connecting > 0,
            Some(true) => {
                let coming = self.connecting.saturating_mul(self.most.saturating_sub(1));
                self.waiting.len() < coming.saturating_add(self.perhaps())
            }
            Some(false) => false,
        }
    }

    /// The requests that have room if a limit that is not told yet is a high one.
    fn perhaps(&self) -> usize {
        let awaits =
            |open: &Arc<Multiplexed>| open.is_shared() && !open.sender.is_limit_told() && !open.sender.is_closing();
        let is_awaited = self.http2.iter().any(awaits);
        if is_awaited { HIGH_LIMIT - USUAL_STREAMS } else { 0 }
    }

    /// The requests at once that a new connection is expected to take.
    pub fn most(&self) -> usize {
        self.most
    }
}

impl<W> Server<W> {
    /// Has one more request wait.
    pub fn wait(&mut self) -> oneshot::Receiver<W> {
        let (waker, woken) = oneshot::channel();
        self.waiting.push_back(waker);
        woken
    }

    /// Takes up to this number of those that wait, to be woken.
    pub fn take_waiting(&mut self, number: usize) -> Vec<oneshot::Sender<W>> {
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

    /// Whether others may use a connection, as far as it has room.
    pub fn offers(&self, connection: &Arc<Multiplexed>) -> bool {
        self.http2.iter().any(|open| Arc::ptr_eq(open, connection)) && !connection.sender.is_closing()
    }

    /// Takes the first of those that wait, if there is room for it on a connection, which it then has.
    pub fn take_waiting_for(&mut self, connection: &Arc<Multiplexed>) -> Option<oneshot::Sender<W>> {
        let waker = self.take_waiting(connection.room().min(1)).pop()?;
        connection.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(waker)
    }

    pub fn begin_connecting(&mut self) {
        self.connecting += 1;
        self.last_begun = Some(Instant::now());
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

    /// Lets other requests use a connection.
    pub fn share(&mut self, connection: &Multiplexed) {
        connection.is_shared.store(true, Ordering::Relaxed);
        self.most = connection.sender.told_most();
    }

    /// How many of the requests that wait make a connection for themselves and the others.
    pub fn number_to_connect(&self) -> usize {
        self.waiting.len().saturating_sub(self.perhaps()).div_ceil(self.most)
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
            times: Mutex::new(Times { used: Instant::now(), answered: Instant::now() }),
        }
    }

    fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    fn room(&self) -> usize {
        if !self.is_shared() {
            return 0;
        }
        self.sender.most().saturating_sub(self.in_flight.load(Ordering::Relaxed))
    }

    /// The server refused one more request than it takes.
    pub fn refused_one(&self) {
        self.sender.limit(self.in_flight.load(Ordering::Relaxed).saturating_sub(1));
    }

    fn is_unused_for(&self, time: Duration) -> bool {
        self.in_flight.load(Ordering::Relaxed) == 0 && self.times().used.elapsed() >= time
    }

    /// An answer has arrived.
    pub fn answered(&self) {
        let now = Instant::now();
        *self.times() = Times { used: now, answered: now };
    }

    /// It was taken up without an answer.
    pub fn used(&self) {
        self.times().used = Instant::now();
    }

    /// A request has ended.
    pub fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
