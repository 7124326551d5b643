//! How often each session is held paused by one client.
//!
//! Every begin sends its own pause, because somebody else may have resumed since the last one; the API alone knows whether
//! a recording is paused. Only the resume is counted: the last end sends it.
//!
//! A pause and a resume of one session must not overtake each other on the way, or a block would run while it is recorded.
//! So the resume waits until no pause is on its way, and pauses wait for the resume; pauses do not wait for each other.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::error::Error;
use crate::ffi::fork;
use crate::process::PerProcess;

/// What a call does to the count.
#[derive(Clone, Copy, PartialEq)]
pub enum PauseOp {
    Acquire,
    Release,
}

#[derive(Default)]
struct Session {
    count: AtomicUsize,
    /// Shared by the pauses, and exclusive for the resume.
    order: Arc<RwLock<()>>,
}

/// The sessions of one process. A session is listed while it is held or a call uses it.
struct Sessions {
    process: u64,
    by_id: Mutex<HashMap<String, Arc<Session>>>,
}

/// The count of one client. A forked child begins with an empty one.
pub struct PauseCount {
    sessions: PerProcess<Arc<Sessions>>,
}

impl PauseCount {
    pub fn new() -> Self {
        Self { sessions: PerProcess::new() }
    }

    /// Ends one hold of the session before anything that may fail: a resume that fails is reported, not owed. True if it was
    /// the last hold, so that the recording is to be resumed.
    pub fn release(&self, session: &str) -> Result<bool, Error> {
        let less = |count: usize| count.checked_sub(1);
        match self.entry(session).session.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, less) {
            Ok(before) => Ok(before == 1),
            Err(_) => Err(Error::argument(
                "session_id",
                format_args!("{session:?} is not held paused: call anchor_pause_begin before each anchor_pause_end"),
            )),
        }
    }

    /// Sends a pause, and counts it if it is confirmed.
    pub async fn acquire(&self, session: &str, pause: impl Future<Output = Result<(), Error>>) -> Result<Hold, Error> {
        let entry = self.entry(session);
        let order = Arc::clone(&entry.session.order).read_owned().await;
        pause.await?;
        entry.session.count.fetch_add(1, Ordering::AcqRel);
        Ok(Hold { entry: Some(entry), order: Some(order) })
    }

    /// Sends the resume after the last release, unless a new hold has begun since.
    pub async fn resume(&self, session: &str, resume: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        let entry = self.entry(session);
        let _exclusive = entry.session.order.write().await;
        if entry.session.count.load(Ordering::Acquire) > 0 {
            return Ok(());
        }
        resume.await
    }

    fn entry(&self, session: &str) -> Entry {
        let make = || Arc::new(Sessions { process: fork::generation(), by_id: Mutex::default() });
        let sessions = Arc::clone(self.sessions.get_or_init(make));
        let shared = Arc::clone(sessions.lock().entry(session.to_owned()).or_default());
        Entry { sessions, id: session.to_owned(), session: shared }
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A use of a session. The last one of a session that is not held takes it off the list, also when its call is dropped
/// half-way.
struct Entry {
    sessions: Arc<Sessions>,
    id: String,
    session: Arc<Session>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        // The map's and this one: others are added only under the map's lock.
        if Arc::strong_count(&self.session) == 2 && self.session.count.load(Ordering::Acquire) == 0 {
            sessions.remove(&self.id);
        }
    }
}

/// A confirmed pause that the host has not been told of. Dropped, it is not held: a host that sees a failure, or nothing at
/// all, will not end it.
pub struct Hold {
    entry: Option<Entry>,
    /// Until the host is told, no resume may rely on the count.
    order: Option<OwnedRwLockReadGuard<()>>,
}

impl Hold {
    /// Lets a resume of this session go on, which finds it held.
    pub fn settle(&mut self) {
        self.order = None;
    }

    /// The host is told that it holds the pause.
    pub fn keep(mut self) {
        if let Some(entry) = self.take_entry() {
            drop(self.order.take());
            drop(entry);
        }
    }

    /// `None` in a forked child, where what the parent's threads have locked stays locked.
    fn take_entry(&mut self) -> Option<Entry> {
        let entry = self.entry.take()?;
        if entry.sessions.process == fork::generation() {
            return Some(entry);
        }
        std::mem::forget((entry, self.order.take()));
        None
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(entry) = self.take_entry() {
            entry.session.count.fetch_sub(1, Ordering::AcqRel);
            drop(self.order.take());
            drop(entry);
        }
    }
}
