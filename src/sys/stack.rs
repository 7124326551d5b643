//! Enough stack for a call, on threads and coroutines whose stacks the host made small.
//!
//! A call needs about 81 KB of stack, most of it in TLS. If less is left, the library's part of a
//! call runs on a temporary stack. So it does if the bounds are unknown: a coroutine's stack is not
//! that of its thread, and the system may be unable to tell.

use std::cell::Cell;

use super::system::thread_stack::{bounds, on_temporary_stack};
use crate::error::Error;

/// Twice the deepest call (81 KB over TLS), so that the host's signal handlers have room as well.
const NEEDED_BYTES: usize = 162 * 1024;

/// Runs `work` on the caller's stack or, if too little of it is left, on a temporary one. Fails
/// without running it if there is no memory for that. `work` must not panic, because on a small
/// stack there is no room to unwind, and must not call functions of the host, which would run on a
/// stack that they do not know.
pub fn with_enough_stack<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    if is_enough_left() {
        return Ok(work());
    }
    on_temporary_stack(work)
        .map_err(|reason| Error::exhausted("no memory for a stack, call from a thread with a larger one", &reason))
}

/// A stack counts up to this size. If the limit is larger, or there is none, the bounds of the first
/// thread reach down to the heap, which grows towards the stack.
const LARGEST_BYTES: usize = 16 * 1024 * 1024;

thread_local! {
    /// The lowest and the highest address of the thread's stack, once they are known. It has no
    /// destructor, so it can be read until the thread has ended.
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Whether this code runs on the thread's own stack with enough of it left. Only a success is
/// remembered: what the system cannot tell now, it may be able to tell later.
fn is_enough_left() -> bool {
    let here = 0_u8;
    let here = (&raw const here).addr();
    let known = BOUNDS.get().or_else(|| {
        BOUNDS.set(bounds().map(|(end, begin)| (end.max(begin.saturating_sub(LARGEST_BYTES)), begin)));
        BOUNDS.get()
    });
    known.is_some_and(|(end, begin)| here < begin && here.checked_sub(end).is_some_and(|left| left >= NEEDED_BYTES))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn address_of_a_local() -> usize {
        let here = 0_u8;
        (&raw const here).addr()
    }

    /// The distance between the caller's frame and that of the work.
    fn distance() -> usize {
        address_of_a_local().abs_diff(with_enough_stack(address_of_a_local).unwrap())
    }

    #[test]
    fn a_temporary_stack_replaces_a_small_one_only() {
        let on = |bytes| thread::Builder::new().stack_size(bytes).spawn(distance).unwrap().join().unwrap();
        assert!(on(1024 * 1024) < 4096);
        // The system may map the temporary stack right below the thread's.
        assert!(on(64 * 1024) > 4096);
    }

    #[test]
    fn a_temporary_stack_replaces_one_with_unknown_bounds() {
        // As in a coroutine, whose stack is not the thread's.
        let far = on_temporary_stack(distance).unwrap();
        assert!(far > 4096, "{far}");
    }
}
