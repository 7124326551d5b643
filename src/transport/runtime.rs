//! Single-threaded tokio runtimes, tuned to be driven by the callers of a library.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;
use crate::sys::StandardDescriptors;
use crate::sys::errors::EVENT_LOOP;

/// Check the timer every 4 polls, so that a peer that floods us cannot delay the deadline.
const EVENT_INTERVAL: u32 = 4;
const TIMER_PERIOD: Duration = Duration::from_secs(1);

/// A runtime that works only while a thread drives it.
pub fn new_runtime() -> Result<Runtime, Error> {
    let what = || format!("no event loop ({EVENT_LOOP}) for another connection");
    build().map_err(|reason| Error::exhausted(&what(), &reason))
}

fn build() -> io::Result<Runtime> {
    let _guard = StandardDescriptors::occupy()?;
    Builder::new_current_thread().enable_io().enable_time().event_interval(EVENT_INTERVAL).build()
}

/// Keeps a timer armed that ends before any usual deadline. Without it, the timer of each call
/// would be the earliest one, for which the runtime wakes itself through a descriptor: two more
/// system calls.
pub async fn keep_timer_armed() {
    loop {
        tokio::time::sleep(TIMER_PERIOD).await;
    }
}

/// Lets the driver poll every socket once. `yield_now` has the same effect, but wakes the runtime
/// through a descriptor: two more system calls.
pub async fn poll_idle_sockets() {
    let mut was_polled = false;
    poll_fn(|context| {
        if std::mem::replace(&mut was_polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
