//! Who holds which session's recording paused.
//!
//! Holds of one session within one client are counted, so that only the first pauses and only the last resumes. They
//! take turns: a pause that overtook another hold's resume on the way would leave a body running while it is recorded.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::process::PerProcess;

/// A step of a hold.
#[derive(Clone, Copy, PartialEq)]
pub enum Turn {
    Begin,
    End,
}

/// The holds of one session.
#[derive(Default)]
struct Session {
    count: AtomicUsize,
    /// Whoever holds this may talk to the API about the session.
    turn: tokio::sync::Mutex<()>,
}

/// The holds of one client, which a forked child begins anew.
pub struct Holds {
    sessions: PerProcess<Mutex<HashMap<String, Arc<Session>>>>,
}

impl Holds {
    pub fn new() -> Self {
        Self { sessions: PerProcess::new() }
    }

    /// Ends one hold of the session, before anything that may fail: a resume that fails is reported, not owed. True if
    /// it was the last, and the recording is to be resumed.
    pub fn end(&self, session: &str) -> Result<bool, Error> {
        let entry = self.entry(session);
        let less = |count: usize| count.checked_sub(1);
        match entry.session.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, less) {
            Ok(before) => Ok(before == 1),
            Err(_) => Err(Error::argument(
                "session_id",
                format_args!("{session:?} is not held: each anchor_pause_end needs an anchor_pause_begin before it"),
            )),
        }
    }

    /// Waits for the session's turn, and does the `work` unless another hold makes it needless: nobody pauses what is
    /// held, and nobody resumes it.
    pub async fn take(
        &self,
        turn: Turn,
        session: &str,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let entry = self.entry(session);
        let _turn = entry.session.turn.lock().await;
        let count = &entry.session.count;
        let if_held = |held: usize| (held > 0).then_some(if turn == Turn::Begin { held + 1 } else { held });
        if count.fetch_update(Ordering::AcqRel, Ordering::Acquire, if_held).is_ok() {
            return Ok(());
        }
        work.await?;
        if turn == Turn::Begin {
            count.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    fn entry<'a>(&'a self, session: &'a str) -> Entry<'a> {
        let shared = Arc::clone(self.sessions().entry(session.to_owned()).or_default());
        Entry { holds: self, name: session, session: shared }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.sessions.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The use of a session; the last one that leaves no hold takes it out of the map, also when its call is given up
/// half-way.
struct Entry<'a> {
    holds: &'a Holds,
    name: &'a str,
    session: Arc<Session>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut sessions = self.holds.sessions();
        // The map's and this one: others are added only under the map's lock.
        if Arc::strong_count(&self.session) == 2 && self.session.count.load(Ordering::Acquire) == 0 {
            sessions.remove(self.name);
        }
    }
}
