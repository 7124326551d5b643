//! Enough stack for a call, on threads and coroutines whose stacks the host made small.
//!
//! A call needs about 71 KB of stack, most of it in TLS. If less is left, the deep part of a call
//! runs on a temporary stack. A coroutine's stack counts as too small, because its bounds are
//! unknown.

use std::cell::Cell;

/// Twice the deepest call (71 KB over TLS), so that the host's signal handlers have room as well.
const NEEDED_BYTES: usize = 136 * 1024;
/// The size of a temporary stack. The kernel provides its pages as they are touched.
const TEMPORARY_BYTES: usize = 512 * 1024;

/// Runs `work` on the caller's stack or, if too little of it is left, on a temporary one. `work`
/// must not call functions of the host, which would run on a stack that they do not know.
pub fn with_enough_stack<T>(work: impl FnOnce() -> T) -> T {
    match is_enough_left() {
        true => work(),
        false => stacker::grow(TEMPORARY_BYTES, work),
    }
}

thread_local! {
    /// The lowest and the highest address of the thread's stack, `None` before the first call. It
    /// has no destructor, so it can be read until the thread has ended.
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Whether this code runs on the thread's own stack with enough of it left.
fn is_enough_left() -> bool {
    let here = 0_u8;
    let here = (&raw const here).addr();
    let (end, begin) = BOUNDS.get().unwrap_or_else(|| {
        let bounds = bounds();
        BOUNDS.set(Some(bounds));
        bounds
    });
    here < begin && here.saturating_sub(end) >= NEEDED_BYTES
}

#[cfg(target_os = "linux")]
fn bounds() -> (usize, usize) {
    use std::{mem::MaybeUninit, ptr};

    let mut attributes = MaybeUninit::uninit();
    let (mut end, mut size) = (ptr::null_mut(), 0);
    // SAFETY: pthread_getattr_np initialises the attributes if it returns 0. Only then are they
    // read and destroyed, with valid pointers.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return (0, usize::MAX);
        }
        libc::pthread_attr_getstack(attributes.as_ptr(), &mut end, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    (end.addr(), end.addr().saturating_add(size))
}

#[cfg(not(target_os = "linux"))]
fn bounds() -> (usize, usize) {
    let here = 0_u8;
    let left = stacker::remaining_stack().unwrap_or(usize::MAX);
    ((&raw const here).addr().saturating_sub(left), usize::MAX)
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
        address_of_a_local().abs_diff(with_enough_stack(address_of_a_local))
    }

    #[test]
    fn a_temporary_stack_replaces_a_small_one_only() {
        let on = |bytes| thread::Builder::new().stack_size(bytes).spawn(distance).unwrap().join().unwrap();
        assert!(on(1024 * 1024) < 4096);
        assert!(on(64 * 1024) > 64 * 1024);
    }

    #[test]
    fn a_temporary_stack_replaces_one_with_unknown_bounds() {
        // As in a coroutine, whose stack is not the thread's.
        let far = stacker::grow(1024 * 1024, distance);
        assert!(far > 4096, "{far}");
    }

    #[test]
    fn a_panic_unwinds_through_a_temporary_stack() {
        let thread = thread::Builder::new().stack_size(64 * 1024);
        let end = thread.spawn(|| with_enough_stack(|| std::panic::resume_unwind(Box::new(7)))).unwrap().join();
        assert!(matches!(end, Err(payload) if payload.downcast_ref() == Some(&7)));
    }
}
