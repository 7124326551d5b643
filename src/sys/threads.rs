//! Threads that the library starts.
//!
//! The caller's thread does the work, with three exceptions: each queue has a worker, host names
//! are looked up on resolver threads, and a call that is made while its thread is ending runs on a
//! short-lived thread. None of them runs the host's signal handlers or prints a panic.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{Builder, JoinHandle};

use super::panics::silence_this_thread;
use super::signal_mask::{SignalsBlocked, block_signals};
use crate::error::Error;

/// A call takes 71 KB at most. The rest is for the host's functions and the system's libraries.
const STACK_BYTES: usize = 512 * 1024;

/// Makes this thread quiet: every thread of the library does so first.
pub fn make_quiet() {
    silence_this_thread();
    block_signals();
}

/// Starts a quiet thread.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let _signals = SignalsBlocked::new();
    Builder::new().name(name.into()).stack_size(STACK_BYTES).spawn(move || {
        make_quiet();
        work();
    })
}

/// Runs `work` on this thread, or on a short-lived one if this thread's thread-local values are
/// gone.
///
/// They are gone in a handler of `atexit`, in the destructor of a static object and in a late
/// destructor of a thread: exactly where a program resumes what it paused. The runtime cannot work
/// without them.
pub fn with_thread_locals<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    if has_thread_locals() { Ok(work()) } else { on_short_lived_thread(work) }
}

fn has_thread_locals() -> bool {
    !tokio::runtime::Handle::try_current().is_err_and(|reason| reason.is_thread_local_destroyed())
}

fn on_short_lived_thread<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    let work = Lent(work);
    let body = move || {
        make_quiet();
        Lent(catch_unwind(AssertUnwindSafe(work.into_inner())))
    };
    let builder = Builder::new().name("anchor-exit".into()).stack_size(STACK_BYTES);
    let started = {
        let _signals = SignalsBlocked::new();
        // SAFETY: the thread is joined below, so it ends before anything that `work` borrows.
        unsafe { builder.spawn_unchecked(body) }
    };
    let thread = started.map_err(|reason| Error::exhausted("no thread for a call at exit", &reason))?;
    match thread.join().map(Lent::into_inner) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) | Err(panic) => resume_unwind(panic),
    }
}

/// A value of the calling thread, used by another one while the calling thread waits.
struct Lent<T>(T);

// SAFETY: the two threads never use the value at once: its owner waits in `join` for the other's
// end.
unsafe impl<T> Send for Lent<T> {}

impl<T> Lent<T> {
    /// A method, so that a closure captures the wrapper and not the value in it.
    fn into_inner(self) -> T {
        self.0
    }
}
