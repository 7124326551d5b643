//! How long one connection may keep its runtime busy before others get their turn.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A peer that floods us can make each read expensive. So the clock counts, not the bytes.
const LONGEST: Duration = Duration::from_micros(100);
/// One read brings up to 400 KB.
const MAX_READS: u32 = 4;

/// The reads of a connection since its last wait.
#[derive(Default)]
pub struct Slice {
    reads: u32,
    /// When the second of them was done. An ordinary answer takes one, and no look at the clock.
    begun: Option<Instant>,
}

impl Slice {
    /// Whether the connection has to wait. It is then polled again after the runtime has looked at
    /// its timers and sockets.
    #[inline]
    pub fn is_over(&mut self, context: &Context<'_>) -> bool {
        let is_over = self.reads >= MAX_READS || self.begun.is_some_and(|begun| begun.elapsed() > LONGEST);
        if is_over {
            *self = Self::default();
            defer(context);
        }
        is_over
    }

    /// Counts a read. If there was nothing to read, the next one begins a new slice.
    #[inline]
    pub fn count<T>(&mut self, read: &Poll<T>) {
        if read.is_pending() {
            *self = Self::default();
            return;
        }
        self.reads += 1;
        if self.reads > 1 {
            self.begun.get_or_insert_with(Instant::now);
        }
    }
}

/// Wakes the task after the next look at the timers. A plain wake would have it polled four times
/// before that.
fn defer(context: &Context<'_>) {
    let mut context = Context::from_waker(context.waker());
    let _ = pin!(tokio::task::yield_now()).poll(&mut context);
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::Waker;
    use std::thread;

    use super::*;
    use crate::transport::new_runtime;

    const READ: Poll<()> = Poll::Ready(());

    #[test]
    fn a_slice_ends_after_some_reads_or_one_that_takes_long() {
        let context = Context::from_waker(Waker::noop());
        let mut slice = Slice::default();
        for _ in 0..100 {
            assert!(!slice.is_over(&context));
            slice.count(&READ);
            slice.count(&Poll::<()>::Pending);
        }
        (0..MAX_READS).for_each(|_| slice.count(&READ));
        assert!(slice.is_over(&context) && !slice.is_over(&context));
        (0..2).for_each(|_| slice.count(&READ));
        thread::sleep(LONGEST);
        assert!(slice.is_over(&context) && !slice.is_over(&context));
    }

    #[test]
    fn the_timers_are_looked_at_after_each_slice() {
        let runtime = new_runtime().unwrap();
        let late_reads = Arc::new(AtomicU32::new(0));
        let deadline = Arc::new(Mutex::new(Instant::now()));
        let (count, end, mut slice) = (Arc::clone(&late_reads), Arc::clone(&deadline), Slice::default());
        runtime.spawn(poll_fn(move |context| {
            while !slice.is_over(context) {
                let is_late = Instant::now() > *end.lock().unwrap();
                count.fetch_add(u32::from(is_late), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(3));
                slice.count(&READ);
            }
            Poll::<()>::Pending
        }));
        runtime.block_on(async {
            for _ in 0..10 {
                // A timer ends up to 1 ms late.
                let after = Duration::from_millis(10);
                *deadline.lock().unwrap() = Instant::now() + after + Duration::from_millis(1);
                late_reads.store(0, Ordering::Relaxed);
                tokio::time::sleep(after).await;
                let late_reads = late_reads.load(Ordering::Relaxed);
                assert!(late_reads <= 2, "{late_reads} reads after the deadline");
            }
        });
    }
}
