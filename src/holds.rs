//! Who holds which session's recording paused.
//!
//! Holds of one session within one client are counted, so that only the first pauses and only the last resumes. They
//! take turns: a pause that overtook another hold's resume on the way would leave a body running while it is recorded.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::process::PerProcess;

/// A step of a hold.
#[derive(Clone, Copy)]
pub enum Turn {
    Begin,
    End,
}

/// The number of holds of one session; whoever holds the lock may talk to the API about it.
type Count = tokio::sync::Mutex<usize>;

/// The holds of one client, which a forked child begins anew.
pub struct Holds {
    sessions: PerProcess<Mutex<HashMap<String, Arc<Count>>>>,
}

impl Holds {
    pub fn new() -> Self {
        Self { sessions: PerProcess::new() }
    }

    /// Waits for the session's turn, and does the `work` if this is the first to begin or the last to end. An end
    /// counts even if its work fails: a resume that failed is reported, not owed.
    pub async fn take(
        &self,
        turn: Turn,
        session: &str,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let entry = self.entry(session);
        let mut count = entry.count.lock().await;
        match (turn, *count) {
            (Turn::Begin, 0) => work.await.inspect(|()| *count = 1),
            (Turn::Begin, _) => {
                *count += 1;
                Ok(())
            }
            (Turn::End, 0) => Err(Error::argument(
                "session_id",
                format_args!("{session:?} is not held: each anchor_pause_end needs an anchor_pause_begin before it"),
            )),
            (Turn::End, 1) => {
                *count = 0;
                work.await
            }
            (Turn::End, _) => {
                *count -= 1;
                Ok(())
            }
        }
    }

    fn entry<'a>(&'a self, session: &'a str) -> Entry<'a> {
        let count = Arc::clone(self.sessions().entry(session.to_owned()).or_default());
        Entry { holds: self, session, count }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Arc<Count>>> {
        self.sessions.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The use of a session's count; the last one that leaves no hold takes it out of the map, also when its call is
/// given up half-way.
struct Entry<'a> {
    holds: &'a Holds,
    session: &'a str,
    count: Arc<Count>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut sessions = self.holds.sessions();
        // The map's and this one: others are added only under the map's lock.
        if Arc::strong_count(&self.count) == 2 && self.count.try_lock().is_ok_and(|count| *count == 0) {
            sessions.remove(self.session);
        }
    }
}
