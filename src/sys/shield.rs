//! The library's parts of a call, shielded from the host, and the host from them.
//!
//! A call is a sequence of such parts, with the host's functions in between. While a function of
//! the host runs, nothing of its thread is changed: it may switch to a coroutine that makes another
//! call on this thread, and it may end the thread.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::panics::caught;
use super::stack::with_enough_stack;
use super::system::cancellation::CancellationOff;
use crate::error::Error;

/// Runs `work` with enough stack, and defers `pthread_cancel`. A panic in it becomes an error, and
/// nothing is printed. `work` must not call functions of the host.
pub fn shielded<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    let _cancellation = CancellationOff::new();
    deep(work)
}

/// Runs `work`, which is shielded already, with enough stack.
pub fn deep<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    // The panic ends on the stack that has room for it.
    with_enough_stack(|| caught(work))?
}

/// Like `shielded`, for work that needs little stack: it runs on the caller's, and cannot fail for
/// want of another one.
pub fn shielded_here<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    let _cancellation = CancellationOff::new();
    caught(work)
}

/// A value whose drop is shielded.
pub struct Shielded<T>(ManuallyDrop<T>);

impl<T> Shielded<T> {
    pub fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Shielded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Shielded<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Shielded<T> {
    fn drop(&mut self) {
        let mut is_dropped = false;
        let mut drop_value = || {
            is_dropped = true;
            // SAFETY: this runs once, and the value is not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        };
        let _ = shielded(&mut drop_value);
        // Without a stack for it, the value is dropped on this one.
        if !is_dropped {
            let _ = shielded_here(|| {
                // SAFETY: it was not dropped above, and is not used afterwards.
                unsafe { ManuallyDrop::drop(&mut self.0) }
            });
        }
    }
}
