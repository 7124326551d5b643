//! Threads that the library starts.
//!
//! The caller's thread does the work, with three exceptions: each queue has a worker, host names
//! are looked up on resolver threads, and a call that is made while its thread is ending runs on a
//! short-lived thread. None of them runs the host's signal handlers or prints a panic.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::lent::Lent;
use super::panics::silence_this_thread;
use super::system::signal_mask::{SignalsBlocked, block_signals};
use super::system::thread_setup::{leave_real_time, speak_english};
use crate::error::Error;

/// A call takes 81 KB at most. The rest is for the host's functions and the system's libraries.
const STACK_BYTES: usize = 512 * 1024;

/// Makes this thread quiet, and one of the normal scheduling class: every thread that works for
/// several callers does so first.
pub fn make_quiet() {
    silence_this_thread();
    block_signals();
    leave_real_time();
    speak_english();
}

/// Starts a quiet thread.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let _signals = SignalsBlocked::new();
    Builder::new().name(name.into()).stack_size(STACK_BYTES).spawn(move || {
        make_quiet();
        work();
    })
}

/// Identifies this thread among all that are alive.
pub fn current() -> usize {
    thread_local! {
        static MARK: u8 = const { 0 };
    }
    MARK.with(|mark| (&raw const *mark).addr())
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

/// Runs `future` on this thread without a runtime. Returns `None` if it is not done within the
/// timeout. Panics if the clock cannot be read.
pub fn block_on<F: Future>(future: F, timeout: Option<Duration>) -> Option<F::Output> {
    let wake_up = Arc::new(WakeUp::default());
    let waker = Waker::from(Arc::clone(&wake_up));
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(done);
        }
        if !wake_up.wait(deadline) {
            return None;
        }
    }
}

/// Wakes a thread that waits. `std::thread::park_timeout` would abort the process if the clock
/// cannot be read.
#[derive(Default)]
struct WakeUp {
    is_due: Mutex<bool>,
    changed: Condvar,
}

impl WakeUp {
    /// Waits until it is due. Returns false after the deadline.
    fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut is_due = self.lock();
        while !std::mem::take(&mut *is_due) {
            is_due = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(is_due).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => self.changed.wait_timeout(is_due, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        *self.lock() = true;
        self.changed.notify_one();
    }
}

fn has_thread_locals() -> bool {
    !tokio::runtime::Handle::try_current().is_err_and(|reason| reason.is_thread_local_destroyed())
}

fn on_short_lived_thread<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    // SAFETY: this thread waits in `join` until the other one has ended.
    let work = unsafe { Lent::new(work) };
    let body = move || {
        // It keeps the scheduling class, because it does the work of its caller alone.
        silence_this_thread();
        block_signals();
        let result = catch_unwind(AssertUnwindSafe(work.into_inner()));
        // SAFETY: this thread ends now.
        unsafe { Lent::new(result) }
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
