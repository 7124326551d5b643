//! Values that each process of a chain of forks makes for itself.

use once_cell::race::OnceBox;

use crate::ffi::fork;

/// A value made at its first use in each process. What a parent process made is never touched again in the child,
/// not even to drop it: its locks may be held by threads that no longer exist, and its sockets are the parent's.
pub struct PerProcess<T> {
    first: OnceBox<Entry<T>>,
}

/// The value of one process, and the place for that of its first child to come here.
struct Entry<T> {
    generation: u64,
    value: Option<T>,
    child: OnceBox<Entry<T>>,
}

impl<T> PerProcess<T> {
    pub const fn new() -> Self {
        Self { first: OnceBox::new() }
    }

    /// This process's value, made by `make` if there is none yet. Never waits: threads that race each make one,
    /// and the first is kept, because a lock held by another thread would stay held in a forked child.
    pub fn get_or_try_init<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let generation = fork::generation();
        let mut make = Some(make);
        let mut place = &self.first;
        loop {
            let entry = match place.get() {
                Some(entry) => entry,
                None => {
                    let Some(make) = make.take() else { continue };
                    let made = Entry { generation, value: Some(make()?), child: OnceBox::new() };
                    place.get_or_init(|| Box::new(made))
                }
            };
            match &entry.value {
                Some(value) if entry.generation == generation => return Ok(value),
                _ => place = &entry.child,
            }
        }
    }

    /// As `get_or_try_init`, for a value that can always be made.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        match self.get_or_try_init(|| Ok::<T, std::convert::Infallible>(make())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}

impl<T> Drop for Entry<T> {
    fn drop(&mut self) {
        if self.generation != fork::generation() {
            std::mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_a_failure_is_not_kept() {
        let cell = PerProcess::new();
        assert_eq!(cell.get_or_try_init(|| Err::<u8, _>("no")), Err("no"));
        assert_eq!(*cell.get_or_init(|| 1), 1);
        assert_eq!(*cell.get_or_init(|| 2), 1);
    }
}
