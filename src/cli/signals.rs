//! Signals that would end the process, recorded instead.

use std::io;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sys::signals::{Blocked, Received};

/// Once this exists, no signal that can be caught ends the process.
pub struct Signals {
    blocked: Blocked,
    received: Mutex<Vec<i32>>,
}

impl Signals {
    pub fn catch() -> io::Result<Self> {
        Ok(Self { blocked: Blocked::new()?, received: Mutex::default() })
    }

    /// The numbers of all signals received so far, the earliest first.
    pub fn received(&self) -> Vec<i32> {
        while let Some(signal) = self.blocked.take() {
            self.record(signal);
        }
        self.numbers().clone()
    }

    /// Waits for the next signal. Returns `None` if a child may have ended instead.
    pub fn wait(&self) -> Option<Received> {
        self.record(self.blocked.wait()?)
    }

    /// Makes `command` start with these signals unblocked.
    pub fn unblock_in(&self, command: &mut Command) {
        self.blocked.unblock_in(command);
    }

    fn record(&self, signal: Received) -> Option<Received> {
        // SIGCHLD would not have ended the process.
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
