//! Which connections of an HTTP client are idle, so that they can be closed when another call needs
//! their place.
//!
//! The HTTP client does not report it. So an HTTP/1 connection counts as idle from the end of an answer
//! until something is written to it. HTTP/2 connections are left alone: a few of them serve many
//! requests.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

const IN_USE: u8 = 0;
/// Connected and not used yet.
const NEW: u8 = 1;
const IDLE: u8 = 2;
/// To be closed by the next read, unless it is written to before.
const CLOSING: u8 = 3;

/// A new connection may be about to be used, by a request that would fail if it were closed.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// The connections of one HTTP client.
#[derive(Default)]
pub struct Connections(Mutex<Vec<Weak<Usage>>>);

/// How one connection is used. The HTTP client attaches it to each answer.
#[derive(Clone)]
pub struct ConnectionUsage(Arc<Usage>);

struct Usage {
    state: AtomicU8,
    since: Instant,
    reader: Mutex<Option<Waker>>,
}

impl Connections {
    /// A connection that is being made.
    pub fn add(&self) -> ConnectionUsage {
        let usage = Arc::new(Usage { state: AtomicU8::new(IN_USE), since: Instant::now(), reader: Mutex::default() });
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

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Usage>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionUsage {
    /// The connection was made, and nothing was requested yet.
    pub fn connected(&self) {
        self.0.state.store(NEW, Ordering::Release);
    }

    /// The answer to the last request was read to its end.
    pub fn answered(&self) {
        self.0.state.store(IDLE, Ordering::Release);
    }

    /// Something is being sent.
    pub fn written(&self) {
        self.0.state.store(IN_USE, Ordering::Release);
    }

    /// Whether the connection is to be closed now. If not, `waker` is woken when it is.
    pub fn is_closing(&self, waker: &Waker) -> bool {
        if self.0.state.load(Ordering::Acquire) == CLOSING {
            return true;
        }
        let mut reader = self.0.reader();
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
        false
    }
}

impl Usage {
    fn close_if_idle(&self) {
        let close = |from| self.state.compare_exchange(from, CLOSING, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if (close(IDLE) || self.since.elapsed() > LEFT_ALONE && close(NEW))
            && let Some(waker) = self.reader().take()
        {
            waker.wake();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
