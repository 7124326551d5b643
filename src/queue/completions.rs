//! The completed calls of a queue, until the host takes them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;

use crate::config::Log;
use crate::error::{Error, Report};
use crate::exchange::Hold;
use crate::sys::Readiness;

/// How a call ended.
pub struct Completion {
    pub tag: u64,
    pub result: Result<Option<Hold>, Report>,
    pub log: Option<Arc<Log>>,
    /// Log lines that were deferred.
    pub lines: Vec<(i32, String)>,
}

impl Completion {
    /// Delivers the log lines, on the thread that takes the completion.
    pub fn deliver_log(&mut self) {
        for (level, line) in std::mem::take(&mut self.lines) {
            if let Some(log) = &self.log {
                log.write(level, &line);
            }
        }
    }
}

/// The completions that wait for the host, and the number of calls that will complete.
#[derive(Default)]
pub struct Completions {
    list: Mutex<List>,
    arrival: Condvar,
    /// Made when the host asks for it.
    readiness: OnceBox<Readiness>,
    /// Calls that are running, or complete and not yet taken.
    calls: AtomicUsize,
}

#[derive(Default)]
struct List {
    waiting: VecDeque<Completion>,
    is_closed: bool,
}

impl Completions {
    /// Reserves room for one more call, or returns `None` if there are `capacity` calls.
    pub fn reserve(&self, capacity: usize) -> Option<Reservation<'_>> {
        let increment = |calls: usize| (calls < capacity).then_some(calls + 1);
        self.calls.fetch_update(Ordering::AcqRel, Ordering::Acquire, increment).ok()?;
        Some(Reservation(self))
    }

    /// Readable while completions wait.
    pub fn descriptor(&self) -> Result<i32, Error> {
        // Under the lock, so that no completion arrives unnoticed.
        let list = self.lock();
        let readiness = self.readiness.get_or_try_init(|| Readiness::new().map(Box::new))?;
        if !list.waiting.is_empty() {
            readiness.set();
        }
        Ok(readiness.descriptor())
    }

    pub fn push(&self, completion: Completion) {
        let mut list = self.lock();
        if list.is_closed {
            return;
        }
        list.waiting.push_back(completion);
        if list.waiting.len() == 1
            && let Some(readiness) = self.readiness.get()
        {
            readiness.set();
        }
        drop(list);
        self.arrival.notify_one();
    }

    /// The oldest completion, or `None` if there was none within the timeout.
    pub fn next(&self, timeout: Duration) -> Result<Option<Completion>, Error> {
        let deadline = Instant::now() + timeout;
        let mut list = self.lock();
        loop {
            if list.is_closed {
                return Err(Error::InvalidHandle(
                    "queue: it was freed by another thread while this one waited: stop using it".into(),
                ));
            }
            if let Some(completion) = self.take(&mut list) {
                return Ok(Some(completion));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            list = self.arrival.wait_timeout(list, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Wakes all waiting threads, and drops later completions.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.arrival.notify_all();
    }

    fn take(&self, list: &mut List) -> Option<Completion> {
        let completion = list.waiting.pop_front()?;
        if list.waiting.is_empty()
            && let Some(readiness) = self.readiness.get()
        {
            readiness.clear();
        }
        self.calls.fetch_sub(1, Ordering::AcqRel);
        Some(completion)
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for a call. It is released on drop unless the call was begun.
pub struct Reservation<'a>(&'a Completions);

impl Reservation<'_> {
    /// Keeps the room until the completion is taken.
    pub fn commit(self) {
        std::mem::forget(self);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
    }
}
