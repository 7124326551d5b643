//! What a call tells its host while it is under way.
//!
//! The host's functions run between two slices of work, never inside one: while they take their time, no socket and no
//! lock of the library waits for them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::call::Running;

/// A log line about an answer.
pub const ANCHOR_LOG_INFO: i32 = 20;
/// A log line about an attempt or a call that failed.
pub const ANCHOR_LOG_WARNING: i32 = 30;

/// The longest that a host with a progress function waits to be asked whether to go on.
const SLICE: Duration = Duration::from_millis(50);

/// Bytes of the answer so far, and in total or 0 if that is not known. False cancels the call.
pub type Progress = dyn Fn(u64, u64) -> bool + Send + Sync;
/// A level and one line.
pub type Log = dyn Fn(i32, &str) + Send + Sync;

enum Notice {
    Progress { done: u64, total: u64 },
    Log { level: i32, line: String },
}

/// The notices of one call that its host has not heard yet.
pub struct Notices<'a> {
    running: &'a Running<'a>,
    progress: Option<Arc<Progress>>,
    log: Option<Arc<Log>>,
    waiting: RefCell<VecDeque<Notice>>,
    /// Whether the host hears of it only when the call is over, as its thread does not do the work.
    later: bool,
    /// The progress that was told last.
    last: Cell<(u64, u64)>,
}

impl<'a> Notices<'a> {
    pub fn new(running: &'a Running<'a>, log: Option<Arc<Log>>) -> Self {
        let progress = running.progress();
        Self { running, progress, log, waiting: RefCell::default(), later: false, last: Cell::default() }
    }

    /// For a call whose log lines wait until `lines` asks for them.
    pub fn kept(running: &'a Running<'a>, log: Option<Arc<Log>>) -> Self {
        Self { progress: None, later: true, ..Self::new(running, log) }
    }

    /// Notes how much of the answer has come, and ends the slice if anyone listens.
    pub async fn progress(&self, done: u64, total: u64) {
        self.running.transferred(done, total);
        if self.progress.is_some() {
            self.push(Notice::Progress { done, total }).await;
        }
    }

    /// Ends the slice with a line for the log, if anyone listens.
    pub async fn log(&self, level: i32, line: impl FnOnce() -> String) {
        if self.log.is_some() {
            self.push(Notice::Log { level, line: line() }).await;
        }
    }

    async fn push(&self, notice: Notice) {
        self.waiting.borrow_mut().push_back(notice);
        if !self.later {
            tokio::task::yield_now().await;
        }
    }

    /// A slice of the work: its result, or nothing when it is time to tell.
    pub async fn slice<W: Future>(&self, mut work: Pin<&mut W>) -> Option<W::Output> {
        let mut tick = pin!(async {
            match self.progress {
                Some(_) => tokio::time::sleep(SLICE).await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if !self.waiting.borrow().is_empty() => Poll::Ready(None),
            Poll::Pending => tick.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    /// Tells the host all that waits, or else where things stand. False if it wants the call to end.
    pub fn tell(&self) -> bool {
        let mut asked = false;
        // Taken one by one: the host's function may take long, or make calls of its own.
        while let Some(notice) = self.next() {
            match notice {
                Notice::Log { level, line } => self.tell_log(level, || line),
                Notice::Progress { done, total } => {
                    asked = true;
                    self.last.set((done, total));
                    if !self.goes_on() {
                        return false;
                    }
                }
            }
        }
        asked || self.goes_on()
    }

    /// Tells the log what is left when the work is done; nobody needs to be asked any more.
    pub fn tell_rest(&self) {
        while let Some(notice) = self.next() {
            if let Notice::Log { level, line } = notice {
                self.tell_log(level, || line);
            }
        }
    }

    /// Tells the log at once: only between two slices.
    pub fn tell_log(&self, level: i32, line: impl FnOnce() -> String) {
        match &self.log {
            Some(_) if self.later => self.waiting.borrow_mut().push_back(Notice::Log { level, line: line() }),
            Some(log) => log(level, &line()),
            None => {}
        }
    }

    /// The lines that a log has not been told.
    pub fn lines(&self) -> Vec<(i32, String)> {
        let line = |notice| match notice {
            Notice::Log { level, line } => Some((level, line)),
            Notice::Progress { .. } => None,
        };
        self.waiting.take().into_iter().filter_map(line).collect()
    }

    fn next(&self) -> Option<Notice> {
        self.waiting.borrow_mut().pop_front()
    }

    fn goes_on(&self) -> bool {
        let (done, total) = self.last.get();
        self.progress.as_ref().is_none_or(|progress| progress(done, total))
    }
}
