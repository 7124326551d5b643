//! Values that each process makes for itself after a fork.
//!
//! What a parent made is never touched in the child, not even to drop it: its locks may be held by
//! threads that do not exist in the child, and its sockets belong to the parent. So the values form
//! a list with one entry per process, and a child appends its own.

use once_cell::race::OnceBox;

use super::system::fork;

/// A value that is made at its first use in each process.
pub struct PerProcess<T> {
    first: OnceBox<Entry<T>>,
}

/// The value of one process, and the entry of the first child that needed one.
struct Entry<T> {
    generation: u64,
    value: Option<T>,
    child: OnceBox<Entry<T>>,
}

impl<T> PerProcess<T> {
    pub const fn new() -> Self {
        Self { first: OnceBox::new() }
    }

    /// Returns this process's value, made by `make` at the first use. Never waits: threads that
    /// race each make a value and the first one is kept, because a lock that another thread holds
    /// during a fork would stay locked in the child.
    pub fn get_or_try_init<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let generation = fork::generation();
        let mut make = Some(make);
        let mut next = &self.first;
        loop {
            let entry = match next.get() {
                Some(entry) => entry,
                None => {
                    let Some(make) = make.take() else { continue };
                    let made = Entry { generation, value: Some(make()?), child: OnceBox::new() };
                    next.get_or_init(|| Box::new(made))
                }
            };
            match &entry.value {
                Some(value) if entry.generation == generation => return Ok(value),
                _ => next = &entry.child,
            }
        }
    }

    /// Like `get_or_try_init`, for a value that can always be made.
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
    fn a_value_is_made_once_and_a_failure_is_not_cached() {
        let cell = PerProcess::new();
        assert_eq!(cell.get_or_try_init(|| Err::<u8, _>("no")), Err("no"));
        assert_eq!(*cell.get_or_init(|| 1), 1);
        assert_eq!(*cell.get_or_init(|| 2), 1);
    }
}
