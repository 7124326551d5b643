//! Room on the calling thread's stack, which a host may have made small.

use std::cell::Cell;

/// What the deepest call takes, 71 KB over TLS, and as much again for the host's signal handlers.
const NEEDED_BYTES: usize = 136 * 1024;
/// Mapped for the length of `work`, page by page as it is touched.
const GIVEN_BYTES: usize = 512 * 1024;

/// Does `work` where it has room: on the caller's stack or, if too little of it is left, on one of its own. Nothing of
/// the host's may run inside, as it would find itself on a stack that it does not know.
pub fn roomy<T>(work: impl FnOnce() -> T) -> T {
    match is_roomy() {
        true => work(),
        false => stacker::grow(GIVEN_BYTES, work),
    }
}

thread_local! {
    /// Where the thread's stack ends and begins; `None` until it was asked for. It has no destructor, so that it is
    /// there until the thread is gone.
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Whether enough is left of the thread's own stack. A coroutine's, which the system does not know, never counts.
fn is_roomy() -> bool {
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
    // SAFETY: pthread_getattr_np initialises the attributes if it returns 0; only then are they read and destroyed, with
    // valid pointers.
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

    fn place() -> usize {
        let here = 0_u8;
        (&raw const here).addr()
    }

    /// How far from the caller's frame the work was done.
    fn distance() -> usize {
        place().abs_diff(roomy(place))
    }

    #[test]
    fn only_a_small_stack_is_left() {
        let on = |bytes| thread::Builder::new().stack_size(bytes).spawn(distance).unwrap().join().unwrap();
        assert!(on(1024 * 1024) < 4096);
        assert!(on(64 * 1024) > 64 * 1024);
    }

    #[test]
    fn a_stack_that_the_system_does_not_know_is_left() {
        // As in a coroutine: within a stack of its own whose size nobody told.
        let far = stacker::grow(1024 * 1024, distance);
        assert!(far > 4096, "{far}");
    }

    #[test]
    fn a_panic_passes_through() {
        let thread = thread::Builder::new().stack_size(64 * 1024);
        let end = thread.spawn(|| roomy(|| std::panic::resume_unwind(Box::new(7)))).unwrap().join();
        assert!(matches!(end, Err(payload) if payload.downcast_ref() == Some(&7)));
    }
}
