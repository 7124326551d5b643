//! A fork waits while other threads use the cryptography.
//!
//! The cryptography has locks of its own. If a thread held one during a fork, it would stay locked
//! in the child, whose first connection over TLS would wait for ever. So a fork first lets the
//! threads finish that are inside, which takes about a millisecond, and keeps others out meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::per_process::PerProcess;
use super::system::fork;

/// The longest wait: of a fork, and of a thread that would enter.
const PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_micros(50);

/// A child has a gate of its own, because the threads inside the parent's do not exist there.
static GATE: PerProcess<Gate> = PerProcess::new();

#[derive(Default)]
struct Gate {
    inside: AtomicUsize,
    forks: AtomicUsize,
}

/// While it lives, a fork waits. It must not live long.
pub struct Inside(&'static Gate);

impl Inside {
    pub fn enter() -> Self {
        register_handlers();
        let gate = GATE.get_or_init(Gate::default);
        gate.inside.fetch_add(1, Ordering::SeqCst);
        if gate.forks.load(Ordering::SeqCst) != 0 {
            gate.inside.fetch_sub(1, Ordering::SeqCst);
            wait_until_zero(&gate.forks);
            gate.inside.fetch_add(1, Ordering::SeqCst);
        }
        Self(gate)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

fn wait_until_zero(number: &AtomicUsize) {
    let begun = Instant::now();
    while number.load(Ordering::SeqCst) != 0 && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
    }
}

fn register_handlers() {
    static ARE_REGISTERED: AtomicBool = AtomicBool::new(false);
    if !ARE_REGISTERED.load(Ordering::Relaxed) && !ARE_REGISTERED.swap(true, Ordering::Relaxed) {
        // Both handlers run in the parent, where they may allocate and sleep.
        fork::call_at_forks(Some(before_fork), Some(after_fork), None);
    }
}

extern "C" fn before_fork() {
    let gate = GATE.get_or_init(Gate::default);
    gate.forks.fetch_add(1, Ordering::SeqCst);
    wait_until_zero(&gate.inside);
}

extern "C" fn after_fork() {
    // If the handlers were registered during this fork, only this one may run.
    let one_less = |forks: usize| forks.checked_sub(1);
    let _ = GATE.get_or_init(Gate::default).forks.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
}
