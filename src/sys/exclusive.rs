//! A value that one thread at a time may use. Nobody waits for it: a second thread is refused.
//!
//! A forked child can use it whatever the parent's threads were doing. The lock holds the process
//! that took it, so the lock of another process counts as free. The value behind it is whole at any
//! time, because a change makes a new one and stores a single pointer.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::system::fork;

/// Whether something is in use in this process. A parent's use does not count in its child.
#[derive(Default)]
pub struct InUse {
    /// The generation of the process that uses it, or 0.
    process: AtomicU64,
}

impl InUse {
    /// Begins a use. Returns false if there is one in this process.
    pub fn begin(&self) -> bool {
        let (found, process) = (self.process.load(Ordering::Relaxed), fork::generation());
        found != process && self.process.compare_exchange(found, process, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Ends the use that began in this process. In its child this does nothing.
    pub fn end(&self) {
        let _ = self.process.compare_exchange(fork::generation(), 0, Ordering::Release, Ordering::Relaxed);
    }
}

/// A value, which begins as the default.
pub struct Exclusive<T> {
    in_use: InUse,
    /// A box, which only the user may read or replace. Null stands for the default.
    value: AtomicPtr<T>,
}

impl<T: Default> Exclusive<T> {
    /// Reads the value, or returns `None` if another thread uses it.
    pub fn read<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let _use = Use::begin(&self.in_use)?;
        Some(self.read_in_use(read))
    }

    /// Replaces the value by what `make` makes of it, or returns `None` if another thread uses it.
    pub fn replace(&self, make: impl FnOnce(&T) -> T) -> Option<()> {
        let in_use = Use::begin(&self.in_use)?;
        let new = Box::new(self.read_in_use(make));
        let old = self.value.swap(Box::into_raw(new), Ordering::AcqRel);
        drop(in_use);
        free(old);
        Some(())
    }

    /// Replaces the value by the default, or returns `None` if another thread uses it.
    pub fn clear(&self) -> Option<()> {
        let in_use = Use::begin(&self.in_use)?;
        let old = self.value.swap(ptr::null_mut(), Ordering::AcqRel);
        drop(in_use);
        free(old);
        Some(())
    }

    fn read_in_use<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        let value = self.value.load(Ordering::Acquire);
        // SAFETY: the pointer is null or that of a box, which lives until this thread or a later
        // user replaces it.
        match unsafe { value.as_ref() } {
            Some(value) => read(value),
            None => read(&T::default()),
        }
    }
}

/// Frees a value that nobody can find any more.
fn free<T>(value: *mut T) {
    if !value.is_null() {
        // SAFETY: the pointer came from a box, and nobody else has a reference to the value.
        drop(unsafe { Box::from_raw(value) });
    }
}

impl<T> Default for Exclusive<T> {
    fn default() -> Self {
        Self { in_use: InUse::default(), value: AtomicPtr::default() }
    }
}

impl<T> Drop for Exclusive<T> {
    fn drop(&mut self) {
        free(*self.value.get_mut());
    }
}

// SAFETY: it owns its value as a box does, and lets one thread at a time read or replace it.
unsafe impl<T: Send> Send for Exclusive<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Exclusive<T> {}

/// A use, which ends on drop.
struct Use<'a>(&'a InUse);

impl<'a> Use<'a> {
    fn begin(in_use: &'a InUse) -> Option<Self> {
        in_use.begin().then(|| Self(in_use))
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_user_is_refused_until_the_first_is_done() {
        let value = Exclusive::<i32>::default();
        value.replace(|_| 1);
        let nested = value.replace(|old| {
            assert_eq!(value.read(|_| ()), None);
            assert_eq!(value.replace(|old| *old), None);
            old + 1
        });
        assert_eq!((nested, value.read(|value| *value)), (Some(()), Some(2)));
    }

    #[test]
    fn a_panic_ends_the_use_and_keeps_the_value() {
        let value = Exclusive::<i32>::default();
        value.replace(|_| 1);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| value.replace(|_| panic!("on purpose"))));
        assert!(result.is_err());
        assert_eq!(value.read(|value| *value), Some(1));
        assert_eq!((value.clear(), value.read(|value| *value)), (Some(()), Some(0)));
    }
}
