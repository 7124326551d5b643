//! Counting how often one client holds each session paused.
//!
//! Only the API knows whether a recording is paused, and another process or a person may have
//! resumed it. So every hold sends its own pause. Only the resume is counted: the release of the
//! last hold sends it.
//!
//! If a pause and a resume of one session overtook each other on the network, a block would run
//! while it is recorded. So a resume waits until no pause is in flight, and pauses wait for a
//! resume. Pauses do not wait for each other. A call that would wait for another one of its own
//! thread fails instead: that call is suspended in a function of the host, so it would never end.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::error::Error;
use crate::sys::{Blocked, BlockedThread, BlockedThreads, PerProcess, fork};
use crate::text::quoted;

/// What a request does to the pause count.
#[derive(Clone, Copy, PartialEq)]
pub enum PauseOp {
    Acquire,
    Release,
}

#[derive(Default)]
struct Session {
    count: AtomicUsize,
    /// Held shared by pauses in flight, and exclusively by the resume.
    order: Arc<RwLock<()>>,
    /// The calls that hold `order` or wait for it.
    callers: Arc<BlockedThreads>,
}

/// The sessions of one process. A session is listed while it is held, or while a call uses it.
struct Sessions {
    process: u64,
    by_id: Mutex<HashMap<String, Arc<Session>>>,
}

/// The pause count of one client. It is empty in a forked child.
pub struct PauseCount {
    sessions: PerProcess<Arc<Sessions>>,
}

impl PauseCount {
    pub fn new() -> Self {
        Self { sessions: PerProcess::new() }
    }

    /// Ends one hold of the session. Returns true if it was the last one, so that a resume must be
    /// sent.
    ///
    /// This happens before anything that can fail: a failed resume is reported, and the hold is
    /// over.
    pub fn release(&self, session: &str) -> Result<bool, Error> {
        let decrement = |count: usize| count.checked_sub(1);
        match self.entry(session).session.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, decrement) {
            Ok(before) => Ok(before == 1),
            Err(_) => Err(Error::argument(
                "session_id",
                format_args!(
                    "{} is not held paused: call anchor_pause_begin before each anchor_pause_end",
                    quoted(session)
                ),
            )),
        }
    }

    /// Runs `pause` for a call that blocks `thread`, and counts a hold if it succeeds.
    pub async fn acquire(
        &self,
        session: &str,
        thread: BlockedThread,
        pause: impl Future<Output = Result<(), Error>>,
    ) -> Result<Hold, Error> {
        let entry = self.entry(session);
        let order = entry.turn(thread, Arc::clone(&entry.session.order).read_owned()).await?;
        pause.await?;
        entry.session.count.fetch_add(1, Ordering::AcqRel);
        Ok(Hold { entry: Some(entry), order: Some(order), is_kept: false })
    }

    /// Runs `resume` for a call that blocks `thread` after the last release, unless a new hold has
    /// begun since.
    pub async fn resume(
        &self,
        session: &str,
        thread: BlockedThread,
        resume: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let entry = self.entry(session);
        let _exclusive = entry.turn(thread, entry.session.order.write()).await?;
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

/// A use of a session by a call. The last use removes the session from the list unless it is held.
struct Entry {
    sessions: Arc<Sessions>,
    id: String,
    session: Arc<Session>,
}

impl Entry {
    /// Waits for `lock`, the turn of a call that blocks `thread`.
    async fn turn<L: Future>(&self, thread: BlockedThread, lock: L) -> Result<Turn<L::Output>, Error> {
        let caller = self.session.callers.add(thread, 1);
        let mut lock = pin!(lock);
        let guard = poll_fn(|context| match lock.as_mut().poll(context) {
            Poll::Ready(guard) => Poll::Ready(Ok(guard)),
            Poll::Pending if self.session.callers.taken_by(thread) > 1 => Poll::Ready(Err(Error::argument(
                "session_id",
                format_args!(
                    "{} is being paused or resumed by another call of this thread, which is suspended in its \
                     progress or log function: let that call return first; nothing was sent",
                    quoted(&self.id)
                ),
            ))),
            Poll::Pending => Poll::Pending,
        });
        Ok(Turn { _guard: guard.await?, _caller: caller })
    }
}

/// The turn of a call: it holds `order`.
struct Turn<G> {
    _guard: G,
    _caller: Blocked,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        // The two are the list's and this one. References are added only under the lock of the
        // list.
        if Arc::strong_count(&self.session) == 2 && self.session.count.load(Ordering::Acquire) == 0 {
            sessions.remove(&self.id);
        }
    }
}

/// A confirmed pause, until the host learns of it. If this is dropped before, the session is not
/// held: a host that sees a failure will not end the hold.
pub struct Hold {
    entry: Option<Entry>,
    /// Keeps a resume waiting until it is known whether the hold counts.
    order: Option<Turn<OwnedRwLockReadGuard<()>>>,
    /// Whether the host owns the hold.
    is_kept: bool,
}

impl Hold {
    /// Lets a waiting resume continue. It will find the session held.
    pub fn settle(&mut self) {
        self.order = None;
    }

    /// The host learns of the hold and owns it from here. Cannot fail.
    pub fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        if entry.sessions.process != fork::generation() {
            // In a forked child, locks that the parent's threads hold stay locked.
            std::mem::forget((entry, self.order.take()));
            return;
        }
        if !self.is_kept {
            entry.session.count.fetch_sub(1, Ordering::AcqRel);
        }
        drop(self.order.take());
        drop(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_listed_only_while_it_is_held() {
        let count = PauseCount::new();
        let listed = || count.entry("other").sessions.lock().contains_key("demo");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let failed = count.acquire("demo", None, async { Err(Error::Internal(String::new())) }).await;
            assert!(failed.is_err() && !listed());
            let mut hold = count.acquire("demo", None, async { Ok(()) }).await.unwrap();
            hold.keep();
            drop(hold);
            assert!(listed());
            assert_eq!(count.release("demo"), Ok(true));
            count.resume("demo", None, async { Ok(()) }).await.unwrap();
            assert!(!listed());
        });
    }

    #[test]
    fn a_call_does_not_wait_for_another_one_of_its_own_thread() {
        let count = PauseCount::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let ok = async || Ok(());
            let first = count.acquire("demo", Some(1), ok()).await.unwrap();
            // Pauses do not wait for each other.
            drop(count.acquire("demo", Some(1), ok()).await.unwrap());
            assert!(matches!(count.resume("demo", Some(1), ok()).await, Err(Error::InvalidArgument(_))));
            // A resume on another thread waits, and nobody of the first thread may queue behind it.
            let resume = count.resume("demo", Some(2), ok());
            let behind = async {
                tokio::task::yield_now().await;
                let behind = count.acquire("demo", Some(1), ok()).await;
                drop(first);
                behind
            };
            let (resumed, behind) = tokio::join!(resume, behind);
            assert_eq!(resumed, Ok(()));
            assert!(matches!(behind, Err(Error::InvalidArgument(_))));
        });
    }
}
