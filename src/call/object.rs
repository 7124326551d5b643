//! The call object, and the guard that reserves it for one call.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::outcome::Outcome;
use crate::config::checked_timeout;
use crate::error::Error;
use crate::operation::Operation;
use crate::sys::{Exclusive, InUse, PerProcess};

/// The host's progress function: the bytes received, and the total or 0 if it is unknown. Returning
/// false cancels the call.
pub type Progress = dyn Fn(u64, u64) -> bool + Send + Sync;

/// Marks a setting that was not set for this call: the client's value is used.
const UNSET: u64 = u64::MAX;

/// The queue that a call completes through, and the tag that its completion carries.
#[derive(Clone, Copy)]
pub struct QueueBinding {
    /// The handle of the queue.
    pub queue: usize,
    pub tag: u64,
}

/// Settings of one call, and what the call learned. It may be reused for many calls, one at a time.
pub struct Call {
    timeout_ms: AtomicU64,
    max_retries: AtomicU64,
    cancelled: AtomicBool,
    wake: PerProcess<Notify>,
    /// Reserves the object: only the thread that began the use may use the fields below.
    in_use: InUse,
    progress: Exclusive<Option<Arc<Progress>>>,
    outcome: Exclusive<Outcome>,
    /// The handle of the queue or 0, and the tag.
    queue: (AtomicUsize, AtomicU64),
    /// The bytes of the answer received so far, and the total or 0.
    done: AtomicU64,
    total: AtomicU64,
    is_anonymous: bool,
}

impl Call {
    pub fn new() -> Self {
        Self {
            timeout_ms: AtomicU64::new(UNSET),
            max_retries: AtomicU64::new(UNSET),
            cancelled: AtomicBool::new(false),
            wake: PerProcess::new(),
            in_use: InUse::default(),
            progress: Exclusive::default(),
            queue: Default::default(),
            outcome: Exclusive::default(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            is_anonymous: false,
        }
    }

    /// A call whose outcome nobody can read.
    pub fn anonymous() -> Self {
        Self { is_anonymous: true, ..Self::new() }
    }

    pub fn set_timeout_ms(&self, milliseconds: u64) {
        self.timeout_ms.store(milliseconds.min(UNSET - 1), Ordering::Relaxed);
    }

    pub fn set_max_retries(&self, retries: u32) {
        self.max_retries.store(u64::from(retries), Ordering::Relaxed);
    }

    /// Cancels the running call, or else the next one before it sends anything.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.wake.get_or_init(Notify::new).notify_one();
    }

    /// What the last call learned, or `None` while a call is running. Never waits.
    pub fn outcome(&self) -> Option<Outcome> {
        self.exclusive(|| self.outcome.read(Outcome::clone))?
    }

    /// The bytes of the answer received so far, and the total or 0 if it is unknown. May be read
    /// while a call is running.
    pub fn transferred(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Sets the progress function. Returns `None` while a call is running.
    pub fn set_progress(&self, progress: Option<Arc<Progress>>) -> Option<()> {
        self.exclusive(|| self.progress.replace(|_| progress))?
    }

    /// Sets the queue that later calls complete through. Returns `None` while a call is running.
    pub fn set_queue(&self, binding: Option<QueueBinding>) -> Option<()> {
        let QueueBinding { queue, tag } = binding.unwrap_or(QueueBinding { queue: 0, tag: 0 });
        self.exclusive(|| {
            self.queue.0.store(queue, Ordering::Relaxed);
            self.queue.1.store(tag, Ordering::Relaxed);
        })
    }

    /// The queue that a call completes through if it begins now.
    pub fn queue(&self) -> Option<QueueBinding> {
        let queue = self.queue.0.load(Ordering::Relaxed);
        (queue != 0).then(|| QueueBinding { queue, tag: self.queue.1.load(Ordering::Relaxed) })
    }

    /// Runs `work` while no call is running. Returns `None` if one is.
    fn exclusive<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        if !self.in_use.begin() {
            return None;
        }
        let result = work();
        self.in_use.end();
        Some(result)
    }

    /// Reserves the object for one call, and clears the outcome of the previous one.
    pub fn begin(&self) -> Result<CallGuard<'_>, Error> {
        if !self.in_use.begin() {
            return Err(Error::argument(
                "call",
                "is in use by another call: use one call object for each call that runs",
            ));
        }
        let guard = CallGuard { call: self, outcome: RefCell::default(), ends_call: true };
        self.outcome.clear();
        guard.record_transferred(0, 0);
        Ok(guard)
    }

    /// Resumes a call that was handed over to this thread. The call ends by `release`.
    pub fn resume(&self) -> CallGuard<'_> {
        CallGuard { call: self, outcome: RefCell::default(), ends_call: false }
    }

    /// Ends a call that was handed over, so that the next one may begin.
    pub fn release(&self) {
        self.in_use.end();
    }
}

/// A running call. Dropping it publishes the outcome, and ends the call unless it was handed over.
pub struct CallGuard<'a> {
    call: &'a Call,
    /// The outcome so far.
    outcome: RefCell<Outcome>,
    ends_call: bool,
}

/// How the work of a call ended.
pub enum Ended<T> {
    Done(T),
    Cancelled,
    TimedOut,
}

impl CallGuard<'_> {
    /// Leaves the call to another thread, which continues it by `Call::resume`.
    pub fn hand_over(mut self) {
        self.ends_call = false;
    }

    /// Records a part of the outcome.
    pub fn record(&self, note: impl FnOnce(&mut Outcome)) {
        note(&mut self.outcome.borrow_mut());
    }

    /// Records how much of the answer was received.
    pub fn record_transferred(&self, done: u64, total: u64) {
        self.call.done.store(done, Ordering::Relaxed);
        self.call.total.store(total, Ordering::Relaxed);
    }

    /// Fails if the call was cancelled: then nothing may be sent.
    pub fn check_cancelled(&self, operation: &Operation) -> Result<(), Error> {
        match self.call.cancelled.load(Ordering::Acquire) {
            true => Err(Error::Cancelled(format!(
                "cancelled before {operation}: nothing was sent; call again with a call object that is not cancelled"
            ))),
            false => Ok(()),
        }
    }

    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.call.progress.read(Option::clone)?
    }

    /// The timeout that was set for this call, or the client's default.
    pub fn timeout(&self, default: Duration) -> Result<Duration, Error> {
        match self.call.timeout_ms.load(Ordering::Relaxed) {
            UNSET => Ok(default),
            milliseconds => checked_timeout("call: timeout_ms", milliseconds),
        }
    }

    /// The number of retries that was set for this call, or the client's default.
    pub fn max_retries(&self, default: u32) -> u32 {
        u32::try_from(self.call.max_retries.load(Ordering::Relaxed)).unwrap_or(default)
    }

    /// Runs `work` until it is done, cancelled or out of time.
    pub async fn watch<W: Future>(&self, deadline: Instant, work: W) -> Ended<W::Output> {
        let mut work = pin!(tokio::time::timeout_at(deadline, work));
        let mut cancelled = pin!(self.cancelled());
        poll_fn(|context| {
            if cancelled.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ended::Cancelled);
            }
            work.as_mut().poll(context).map(|done| done.map_or(Ended::TimedOut, Ended::Done))
        })
        .await
    }

    async fn cancelled(&self) {
        while !self.call.cancelled.load(Ordering::Acquire) {
            self.call.wake.get_or_init(Notify::new).notified().await;
        }
    }
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        if !self.call.is_anonymous {
            // This never fails: the object is reserved for this call.
            self.call.outcome.replace(|_| self.outcome.take());
        }
        if self.ends_call {
            self.call.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_was_handed_over_and_given_up_keeps_what_it_learned() {
        let call = Call::new();
        call.begin().unwrap().hand_over();
        let resumed = call.resume();
        resumed.record(|outcome| outcome.request_id = Some("req-1".into()));
        drop(resumed);
        assert!(call.begin().is_err(), "the call ended before its completion");
        call.release();
        assert_eq!(call.outcome().unwrap().request_id.as_deref(), Some("req-1"));
    }
}
