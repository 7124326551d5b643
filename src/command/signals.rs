//! The signals that ask the process to end, noted instead of obeyed.

use std::fs;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Origin;

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// From its making on no such signal ends the process.
pub struct Signals {
    source: Mutex<SignalsInfo<WithOrigin>>,
    received: Mutex<Vec<i32>>,
}

impl Signals {
    pub fn catch() -> io::Result<Self> {
        let ignored = ignored();
        // What nohup or a shell has set to be ignored stays so, for a child too.
        let ending = ENDING.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
        let source = SignalsInfo::new(ending.chain([SIGCHLD]))?;
        Ok(Self { source: Mutex::new(source), received: Mutex::default() })
    }

    /// All that have come so far.
    pub fn received(&self) -> Vec<i32> {
        let new = locked(&self.source).pending();
        self.note(new);
        locked(&self.received).clone()
    }

    /// Waits for the next ones, or for the end of a child.
    pub fn wait(&self) -> Vec<Origin> {
        let new = locked(&self.source).wait();
        self.note(new)
    }

    fn note(&self, new: impl Iterator<Item = Origin>) -> Vec<Origin> {
        let new: Vec<_> = new.filter(|origin| origin.signal != SIGCHLD).collect();
        locked(&self.received).extend(new.iter().map(|origin| origin.signal));
        new
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The set of signals that this process was started to ignore, a bit for each; none where the system does not tell.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or_default()
}
