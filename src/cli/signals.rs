//! The signals that would end the process, noted instead of obeyed.

use std::io;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sys::signals::{Blocked, Received};

/// As long as the process lives, no signal that can be caught ends it.
pub struct Signals {
    blocked: Blocked,
    received: Mutex<Vec<i32>>,
}

impl Signals {
    pub fn catch() -> io::Result<Self> {
        Ok(Self { blocked: Blocked::new()?, received: Mutex::default() })
    }

    /// The numbers of all that have come so far, the earliest first.
    pub fn received(&self) -> Vec<i32> {
        while let Some(signal) = self.blocked.take() {
            self.note(signal);
        }
        self.numbers().clone()
    }

    /// Waits for the next signal. None if something else may have happened: perhaps a child has
    /// ended.
    pub fn wait(&self) -> Option<Received> {
        self.note(self.blocked.wait()?)
    }

    /// Lets `command` start with none of these signals blocked.
    pub fn unblock_in(&self, command: &mut Command) {
        self.blocked.unblock_in(command);
    }

    fn note(&self, signal: Received) -> Option<Received> {
        // It would not have ended the process.
        if signal.number == libc::SIGCHLD {
            return None;
        }
        self.numbers().push(signal.number);
        Some(signal)
    }

    fn numbers(&self) -> MutexGuard<'_, Vec<i32>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
