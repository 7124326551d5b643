//! Which threads the holders of something block, so that nobody waits for a call of its own thread.
//!
//! A call that blocks its thread may be suspended in a function of the host, and another call made
//! there. If the second one waited for the first one, neither would ever end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The thread that a call blocks, or `None` for a call of a queue, which blocks none.
pub type BlockedThread = Option<usize>;

/// The calls that hold something or wait for it, with the amount that each of them takes.
#[derive(Default)]
pub struct BlockedThreads(Mutex<Vec<(BlockedThread, usize)>>);

/// One of them, until it is dropped.
pub struct Blocked {
    list: Arc<BlockedThreads>,
    entry: (BlockedThread, usize),
}

impl BlockedThreads {
    pub fn add(self: &Arc<Self>, thread: BlockedThread, amount: usize) -> Blocked {
        let entry = (thread, amount);
        self.lock().push(entry);
        Blocked { list: Arc::clone(self), entry }
    }

    /// What the calls of this thread take together. Nothing if it is `None`.
    pub fn taken_by(&self, thread: BlockedThread) -> usize {
        self.lock().iter().filter(|entry| entry.0.is_some() && entry.0 == thread).map(|entry| entry.1).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(BlockedThread, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let mut list = self.list.lock();
        if let Some(index) = list.iter().position(|entry| *entry == self.entry) {
            list.swap_remove(index);
        }
    }
}
