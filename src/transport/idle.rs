//! Which connections of an HTTP client are idle, so that they can be closed when another call needs
//! their place.
//!
//! The HTTP client does not report it. So an HTTP/1 connection counts as idle from the end of an answer
//! until something is written to it. If it is closed while a request is on its way to it, that request
//! takes another one. HTTP/2 connections are left alone: a few of them serve many
//! requests.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

const IN_USE: u32 = 0;
/// Connected and not used yet.
const NEW: u32 = 1;
const IDLE: u32 = 2;
/// To be closed by the next read, unless it is written to before.
const CLOSING: u32 = 3;
/// The states take the lowest two bits. The others count what was written.
const STATES: u32 = 0b11;
const WRITTEN: u32 = 0b100;

/// A new connection is usually about to be used. But the request that made it may have taken another
/// one, which has become idle meanwhile.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// The end of a connection that was closed here, before anything of a request was written to it.
#[derive(Debug)]
pub struct ClosedUnused;

impl fmt::Display for ClosedUnused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was closed to make room for another one")
    }
}

impl std::error::Error for ClosedUnused {}

/// The connections of one HTTP client.
#[derive(Default)]
pub struct Connections(Mutex<Vec<Weak<Usage>>>);

/// How one connection is used. The HTTP client attaches it to each answer.
#[derive(Clone)]
pub struct ConnectionUsage(Arc<Usage>);

#[derive(Default)]
struct Usage {
    state: AtomicU32,
    connected: OnceLock<Instant>,
    reader: Mutex<Option<Waker>>,
}

impl Connections {
    /// A connection that is being made.
    pub fn add(&self) -> ConnectionUsage {
        let usage = Arc::new(Usage::default());
        let mut list = self.lock();
        list.retain(|other| other.strong_count() > 0);
        list.push(Arc::downgrade(&usage));
        ConnectionUsage(usage)
    }

    /// Closes those that no request uses.
    pub fn close_idle(&self) {
        let all: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        all.iter().for_each(|usage| usage.close_if_idle());
    }

    /// Whether there is a new one.
    #[cfg(test)]
    pub fn is_any_new(&self) -> bool {
        let is_new = |usage: Arc<Usage>| usage.state.load(Ordering::Acquire) & STATES == NEW;
        self.lock().iter().filter_map(Weak::upgrade).any(is_new)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Usage>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionUsage {
    /// The connection was made, and nothing was requested yet.
    pub fn connected(&self) {
        self.0.connected.get_or_init(Instant::now);
        self.0.change(|state| NEW | state & !STATES);
    }

    /// The request whose answer begins now.
    pub fn request(&self) -> Answered {
        Answered { usage: Arc::clone(&self.0), state: self.0.state.load(Ordering::Acquire) }
    }

    /// Something is being sent.
    pub fn written(&self) {
        self.0.change(|state| IN_USE | (state & !STATES).wrapping_add(WRITTEN));
    }

    /// Fails if the connection is to be closed now. If not, `waker` is woken when it is.
    pub fn check_open(&self, waker: &Waker) -> io::Result<()> {
        if self.0.state.load(Ordering::Acquire) & STATES == CLOSING {
            return Err(io::Error::other(ClosedUnused));
        }
        let mut reader = self.0.reader();
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
        Ok(())
    }
}

/// A request that is being answered. The HTTP client may give its connection to another request as
/// soon as the end of the answer has arrived, which is before the answer is read to its end.
pub struct Answered {
    usage: Arc<Usage>,
    state: u32,
}

impl Answered {
    /// The answer was read to its end.
    pub fn read(&self) {
        let idle = IDLE | self.state & !STATES;
        let _ = self.usage.state.compare_exchange(self.state, idle, Ordering::AcqRel, Ordering::Relaxed);
    }
}

impl Usage {
    fn change(&self, change: impl Fn(u32) -> u32) {
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| Some(change(state)));
    }

    fn close_if_idle(&self) {
        let state = self.state.load(Ordering::Acquire);
        let is_idle = match state & STATES {
            NEW => self.connected.get().is_some_and(|at| at.elapsed() > LEFT_ALONE),
            state => state == IDLE,
        };
        let closing = CLOSING | state & !STATES;
        if is_idle
            && self.state.compare_exchange(state, closing, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            && let Some(waker) = self.reader().take()
        {
            waker.wake();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(usage: &ConnectionUsage) -> u32 {
        usage.0.state.load(Ordering::Acquire) & STATES
    }

    #[test]
    fn the_end_of_an_answer_does_not_free_the_connection_of_the_next_request() {
        let connections = Connections::default();
        let usage = connections.add();
        usage.connected();
        usage.written();
        let first = usage.request();
        usage.written();
        first.read();
        assert_eq!(state(&usage), IN_USE);
        usage.request().read();
        assert_eq!(state(&usage), IDLE);
        connections.close_idle();
        assert_eq!(state(&usage), CLOSING);
        usage.written();
        assert!(usage.check_open(Waker::noop()).is_ok());
    }

    #[test]
    fn a_new_connection_is_left_alone_for_a_second_from_when_it_is_connected() {
        let connections = Connections::default();
        let usage = connections.add();
        std::thread::sleep(LEFT_ALONE);
        usage.connected();
        connections.close_idle();
        assert_eq!(state(&usage), NEW);
        std::thread::sleep(LEFT_ALONE);
        connections.close_idle();
        assert!(usage.check_open(Waker::noop()).is_err());
    }
}
