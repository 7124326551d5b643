//! Permits whose number may change while some are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::sys::caught;

/// A number of permits.
pub struct Permits {
    semaphore: Arc<Semaphore>,
    number: AtomicUsize,
    /// The permits that are taken and will not come back, because the number was lowered.
    surplus: AtomicUsize,
}

impl Permits {
    pub(super) const MAX: usize = Semaphore::MAX_PERMITS / 2;

    pub fn new(number: usize) -> Self {
        let semaphore = Arc::new(Semaphore::new(number));
        Self { semaphore, number: AtomicUsize::new(number), surplus: AtomicUsize::new(0) }
    }

    pub fn number(&self) -> usize {
        self.number.load(Ordering::Relaxed)
    }

    /// Changes the number. Only one thread at a time may do so.
    pub fn set_number(&self, number: usize) {
        let old = self.number.swap(number, Ordering::Relaxed);
        let removed = old.saturating_sub(number);
        self.surplus.fetch_add(removed - self.semaphore.forget_permits(removed), Ordering::Relaxed);
        let added = number.saturating_sub(old);
        self.semaphore.add_permits(added - self.take_surplus(added));
    }

    /// Takes permits if they are free.
    pub fn try_take(&'static self, permits: usize) -> Option<Room> {
        let permits = u32::try_from(permits).ok()?;
        let taken = Arc::clone(&self.semaphore).try_acquire_many_owned(permits).ok()?;
        Some(Room { permits: self, taken: Some(taken) })
    }

    /// Waits for permits, as many as there are at most.
    pub async fn take(&'static self, permits: usize) -> Option<Room> {
        let permits = u32::try_from(permits.min(self.number())).ok()?;
        let taken = Arc::clone(&self.semaphore).acquire_many_owned(permits).await.ok()?;
        Some(Room { permits: self, taken: Some(taken) })
    }

    /// Takes back at most so many of those that are taken too many, and returns how many.
    fn take_surplus(&self, most: usize) -> usize {
        let mut taken = 0;
        let take = |surplus: usize| {
            taken = surplus.min(most);
            (taken > 0).then(|| surplus - taken)
        };
        // If there is none, nothing changes.
        let _ = self.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken
    }
}

/// Permits that are taken until this is dropped. Dropping it wakes the tasks that wait for permits,
/// and that panics if the host has closed the descriptors of a waiting runtime. Such a panic must not
/// disturb the end of this call.
pub struct Room {
    permits: &'static Permits,
    taken: Option<OwnedSemaphorePermit>,
}

impl Drop for Room {
    fn drop(&mut self) {
        let Some(mut taken) = self.taken.take() else { return };
        let surplus = self.permits.take_surplus(taken.num_permits());
        if let Some(gone) = taken.split(surplus) {
            gone.forget();
        }
        let _ = caught(|| drop(taken));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_changes_while_permits_are_taken_is_right_when_they_are_back() {
        let permits: &'static Permits = Box::leak(Box::new(Permits::new(10)));
        let free = || permits.semaphore.available_permits();
        let (seven, one) = (permits.try_take(7).unwrap(), permits.try_take(1).unwrap());
        permits.set_number(4);
        assert_eq!((permits.number(), free()), (4, 0));
        drop(one);
        assert_eq!(free(), 0, "of those that were taken, 4 are too many");
        permits.set_number(6);
        assert_eq!(free(), 0);
        drop(seven);
        assert_eq!(free(), 6);
        permits.set_number(8);
        assert_eq!(free(), 8);
        assert!(permits.try_take(9).is_none());
    }

    #[test]
    fn a_higher_number_lets_those_that_wait_go_on() {
        let permits: &'static Permits = Box::leak(Box::new(Permits::new(2)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _first = permits.take(5).await;
            let more = async { permits.set_number(3) };
            let (second, ()) = tokio::join!(permits.take(1), more);
            assert!(second.is_some() && permits.try_take(1).is_none());
        });
    }
}
