//! One call: its deadline, its cancellation, and what it learnt.

use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::Error;
use crate::notices::Progress;
use crate::operation::Operation;
use crate::options;
use crate::process::PerProcess;

/// Not set for this call: the client's value counts.
const UNSET: u64 = u64::MAX;

/// What a call learnt, to be read after it.
#[derive(Default, Clone)]
pub struct Outcome {
    /// The last HTTP status that was answered; 0 if there was none.
    pub http_status: u16,
    /// Requests that were begun.
    pub attempts: u32,
    /// The API's name for the last request.
    pub request_id: Option<String>,
    /// How long the last answer asked to wait before the next request.
    pub retry_after: Option<Duration>,
    /// The JSON text of the last answer, if it was JSON.
    pub result: Option<String>,
}

/// The queue that calls complete through, and what tells this one from the others there.
#[derive(Clone, Copy)]
pub struct Bound {
    pub queue: usize,
    pub tag: u64,
}

/// What one call needs beyond its arguments. It may serve many calls, one at a time.
pub struct Call {
    timeout_ms: AtomicU64,
    max_retries: AtomicU64,
    cancelled: AtomicBool,
    wake: PerProcess<Notify>,
    /// Whoever sets this is alone with the two fields below.
    in_use: AtomicBool,
    progress: Mutex<Option<Arc<Progress>>>,
    outcome: Mutex<Outcome>,
    /// The queue's handle or 0, and the tag.
    queue: (AtomicUsize, AtomicU64),
    /// Bytes of the answer so far, and in total or 0.
    done: AtomicU64,
    total: AtomicU64,
}

impl Call {
    pub fn new() -> Self {
        Self {
            timeout_ms: AtomicU64::new(UNSET),
            max_retries: AtomicU64::new(UNSET),
            cancelled: AtomicBool::new(false),
            wake: PerProcess::new(),
            in_use: AtomicBool::new(false),
            progress: Mutex::default(),
            queue: Default::default(),
            outcome: Mutex::default(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        }
    }

    pub fn set_timeout_ms(&self, milliseconds: u64) {
        self.timeout_ms.store(milliseconds.min(UNSET - 1), Ordering::Relaxed);
    }

    pub fn set_max_retries(&self, retries: u32) {
        self.max_retries.store(u64::from(retries), Ordering::Relaxed);
    }

    /// Ends the call that is using this, or else the next one before it sends anything.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.wake.get_or_init(Notify::new).notify_one();
    }

    /// What the last call learnt; `None` while one is under way. Never waits.
    pub fn outcome(&self) -> Option<Outcome> {
        self.alone(|| self.outcome.try_lock().ok().map(|outcome| outcome.clone()))?
    }

    /// Bytes of the answer so far, and in total or 0 if that is not known; also while a call is under way.
    pub fn transferred(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Sets the function that is asked whether to go on; `None` while a call is under way.
    pub fn set_progress(&self, progress: Option<Arc<Progress>>) -> Option<()> {
        self.alone(|| self.progress.try_lock().ok().map(|mut place| *place = progress))?
    }

    /// Has the calls to come complete through a queue; `None` while one is under way.
    pub fn set_queue(&self, bound: Option<Bound>) -> Option<()> {
        let Bound { queue, tag } = bound.unwrap_or(Bound { queue: 0, tag: 0 });
        self.alone(|| {
            self.queue.0.store(queue, Ordering::Relaxed);
            self.queue.1.store(tag, Ordering::Relaxed);
        })
    }

    /// Where a call completes that begins now.
    pub fn queue(&self) -> Option<Bound> {
        let queue = self.queue.0.load(Ordering::Relaxed);
        (queue != 0).then(|| Bound { queue, tag: self.queue.1.load(Ordering::Relaxed) })
    }

    fn alone<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        if self.in_use.swap(true, Ordering::Acquire) {
            return None;
        }
        let result = work();
        self.in_use.store(false, Ordering::Release);
        Some(result)
    }

    /// Takes the object for one call, and forgets what the call before learnt.
    pub fn begin(&self) -> Result<Running<'_>, Error> {
        if self.in_use.swap(true, Ordering::Acquire) {
            return Err(Error::argument(
                "call",
                "is in use by another call: use one call object for each call that runs",
            ));
        }
        let running = Running { call: self };
        running.record(|outcome| *outcome = Outcome::default());
        running.transferred(0, 0);
        Ok(running)
    }

    /// Goes on with a call that was handed over, without ending it: that is for `release` to do.
    pub fn taken_over(&self) -> ManuallyDrop<Running<'_>> {
        ManuallyDrop::new(Running { call: self })
    }

    /// Ends a call that was handed over: the next one may begin.
    pub fn release(&self) {
        self.in_use.store(false, Ordering::Release);
    }
}

/// A call under way.
pub struct Running<'a> {
    call: &'a Call,
}

/// How work that was watched over ended.
pub enum Ended<T> {
    Done(T),
    Cancelled,
    TimedOut,
}

impl Running<'_> {
    /// For the thread that goes on with the call.
    pub fn hand_over(self) {
        let _ = ManuallyDrop::new(self);
    }

    /// Notes what was learnt.
    pub fn record(&self, note: impl FnOnce(&mut Outcome)) {
        // Whoever set `in_use` is alone with the outcome, so this never fails.
        if let Ok(mut outcome) = self.call.outcome.try_lock() {
            note(&mut outcome);
        }
    }

    /// Notes how much of the answer has come.
    pub fn transferred(&self, done: u64, total: u64) {
        self.call.done.store(done, Ordering::Relaxed);
        self.call.total.store(total, Ordering::Relaxed);
    }

    /// A call that was cancelled before it began must send nothing.
    pub fn check_cancelled(&self, operation: &Operation) -> Result<(), Error> {
        match self.call.cancelled.load(Ordering::Acquire) {
            true => Err(Error::Cancelled(format!(
                "cancelled before {operation}: nothing was sent; call again with a call object that is not cancelled"
            ))),
            false => Ok(()),
        }
    }

    /// The function that is asked whether to go on.
    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.call.progress.try_lock().ok()?.clone()
    }

    /// How long this call may take: what was set for it, else the client's default.
    pub fn timeout(&self, default: Duration) -> Result<Duration, Error> {
        match self.call.timeout_ms.load(Ordering::Relaxed) {
            UNSET => Ok(default),
            milliseconds => options::timeout("call: timeout_ms", milliseconds),
        }
    }

    /// How often a failed request is repeated: what was set for this call, else the client's default.
    pub fn max_retries(&self, default: u32) -> u32 {
        u32::try_from(self.call.max_retries.load(Ordering::Relaxed)).unwrap_or(default)
    }

    /// Work until it is done, cancelled or out of time.
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

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.call.release();
    }
}
