//! Log lines and progress of a running call, and their delivery to the host.
//!
//! The work of a call is cut into slices. The host's functions run between two slices, never inside
//! one, so that no socket and no lock of the library waits for them, and nothing of the thread is
//! changed. A call that runs on the thread
//! of a queue defers its log lines until the host takes the completion.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::object::{CallGuard, Progress};
use crate::config::Log;
use crate::sys::threads;

/// The longest interval between two calls of a progress function.
const SLICE: Duration = Duration::from_millis(50);

enum Event {
    Progress { done: u64, total: u64 },
    Log { level: i32, line: String },
}

/// The events of one call that were not delivered yet.
pub struct CallEvents<'a> {
    call: &'a CallGuard<'a>,
    progress: Option<Arc<Progress>>,
    log: Option<Arc<Log>>,
    waiting: RefCell<VecDeque<Event>>,
    /// Whether delivery waits until the call is over, because another thread does the work.
    deferred: bool,
    /// The progress that was delivered last.
    last: Cell<(u64, u64)>,
    /// When the progress function is called next, even without progress. `None` until the next slice
    /// sets it: reading the clock may panic, and only panics in a slice are caught.
    due: Cell<Option<Instant>>,
    /// Whether that time has come.
    is_due: Cell<bool>,
}

impl<'a> CallEvents<'a> {
    pub fn new(call: &'a CallGuard<'a>, log: Option<Arc<Log>>) -> Self {
        let progress = call.progress();
        Self {
            call,
            progress,
            log,
            waiting: RefCell::default(),
            deferred: false,
            last: Cell::default(),
            due: Cell::default(),
            is_due: Cell::default(),
        }
    }

    /// For a call whose log lines are deferred: `take_lines` collects them.
    pub fn deferred(call: &'a CallGuard<'a>, log: Option<Arc<Log>>) -> Self {
        Self { progress: None, deferred: true, ..Self::new(call, log) }
    }

    /// The thread that the call blocks, `None` if it runs on the thread of a queue.
    pub fn blocked_thread(&self) -> Option<usize> {
        (!self.deferred).then(threads::current)
    }

    /// Whether functions of the host run during the call.
    pub fn are_delivered(&self) -> bool {
        !self.deferred && (self.progress.is_some() || self.log.is_some())
    }

    /// The call that the events are about.
    pub fn call(&self) -> &'a CallGuard<'a> {
        self.call
    }

    /// Records how much of the answer was received, and ends the slice if the host has a progress
    /// function.
    pub async fn progress(&self, done: u64, total: u64) {
        self.call.record_transferred(done, total);
        if self.progress.is_some() {
            self.push(Event::Progress { done, total }).await;
        }
    }

    /// A new attempt begins, which has `done` bytes from the start.
    pub fn begin_attempt(&self, done: u64) {
        self.call.record_transferred(done, 0);
        self.last.set((done, 0));
    }

    /// Adds a log line, and ends the slice if the host has a log function.
    pub async fn log(&self, level: i32, line: impl FnOnce() -> String) {
        if self.log.is_some() {
            self.push(Event::Log { level, line: line() }).await;
        }
    }

    async fn push(&self, event: Event) {
        self.waiting.borrow_mut().push_back(event);
        if !self.deferred {
            tokio::task::yield_now().await;
        }
    }

    /// Runs a slice of the work. Returns its result, or `None` when events should be delivered.
    pub async fn slice<W: Future>(&self, mut work: Pin<&mut W>) -> Option<W::Output> {
        let mut tick = pin!(async {
            match self.progress {
                Some(_) => {
                    let due = self.due.get().unwrap_or_else(|| Instant::now() + SLICE);
                    self.due.set(Some(due));
                    tokio::time::sleep_until(due).await;
                }
                None => std::future::pending().await,
            }
        });
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => {
                self.is_due.set(tick.as_mut().poll(context).is_ready());
                if self.is_due.get() || !self.waiting.borrow().is_empty() { Poll::Ready(None) } else { Poll::Pending }
            }
        })
        .await
    }

    /// Delivers the waiting events, and the last progress if it is time. Returns false if the host
    /// cancels the call.
    pub fn deliver(&self) -> bool {
        let mut was_asked = false;
        // One at a time: a function of the host may take long, or make calls of its own.
        while let Some(event) = self.next() {
            match event {
                Event::Log { level, line } => self.log_now(level, &line),
                Event::Progress { done, total } => {
                    was_asked = true;
                    self.last.set((done, total));
                    if !self.should_continue() {
                        return false;
                    }
                }
            }
        }
        was_asked || !self.is_due.get() || self.should_continue()
    }

    /// Delivers the remaining log lines when the work is done.
    pub fn flush_log(&self) {
        while let Some(event) = self.next() {
            if let Event::Log { level, line } = event {
                self.log_now(level, &line);
            }
        }
    }

    /// Adds a log line when the work is done.
    pub fn log_later(&self, level: i32, line: impl FnOnce() -> String) {
        if self.log.is_some() {
            self.waiting.borrow_mut().push_back(Event::Log { level, line: line() });
        }
    }

    fn log_now(&self, level: i32, line: &str) {
        if let Some(log) = &self.log {
            log.write(level, line);
        }
    }

    /// Takes the log lines that were deferred.
    pub fn take_lines(&self) -> Vec<(i32, String)> {
        let line = |event| match event {
            Event::Log { level, line } => Some((level, line)),
            Event::Progress { .. } => None,
        };
        self.waiting.take().into_iter().filter_map(line).collect()
    }

    fn next(&self) -> Option<Event> {
        self.waiting.borrow_mut().pop_front()
    }

    fn should_continue(&self) -> bool {
        let Some(progress) = &self.progress else { return true };
        let (done, total) = self.last.get();
        self.due.set(None);
        progress(done, total)
    }
}
