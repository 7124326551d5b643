//! Calls on a thread whose thread-local values are gone.
//!
//! They are gone when a handler of `atexit`, the destructor of a static object or a late destructor of the thread runs: just
//! where a program resumes what it paused. The runtime cannot work there, so the call is made on a short-lived thread.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::guard;
use crate::cause;
use crate::error::Error;

/// A call takes 70 KB at most; the rest is room for the host's functions.
const STACK_BYTES: usize = 512 * 1024;

/// Runs `work` here, or on a thread of its own if this one can no longer hold what the runtime needs.
pub fn with_thread_locals<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    if are_there() { Ok(work()) } else { on_thread(work) }
}

fn are_there() -> bool {
    !tokio::runtime::Handle::try_current().is_err_and(|reason| reason.is_thread_local_destroyed())
}

fn on_thread<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    let work = Lent(work);
    let body = move || {
        guard::quiet_thread();
        Lent(catch_unwind(AssertUnwindSafe(work.into_inner())))
    };
    let builder = std::thread::Builder::new().name("anchor-exit".into()).stack_size(STACK_BYTES);
    let started = {
        let _signals = guard::SignalsBlocked::new();
        // SAFETY: the thread is joined below before this function returns, so everything that `work` borrows outlives it.
        unsafe { builder.spawn_unchecked(body) }
    };
    let thread = started
        .map_err(|reason| Error::ResourceExhausted(cause::exhausted("no thread for a call at exit", &reason)))?;
    match thread.join().map(Lent::into_inner) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) | Err(panic) => resume_unwind(panic),
    }
}

/// Something of the calling thread that another one uses while the calling thread waits.
struct Lent<T>(T);

// SAFETY: the two threads never use it at once: the owner waits in `join` for the other's end.
unsafe impl<T> Send for Lent<T> {}

impl<T> Lent<T> {
    /// A method, so that a closure takes the whole and not what is in it.
    fn into_inner(self) -> T {
        self.0
    }
}
