//! Enough stack for a call, on threads and coroutines whose stacks the host made small.
//!
//! A call needs about 81 KB of stack, most of it in TLS. If less is left, the library's part of a
//! call runs on a temporary stack. So it does if the bounds are unknown: a coroutine's stack is not
//! that of its thread, and the system may be unable to tell.

use std::cell::Cell;
use std::io;
use std::ptr;

use crate::error::Error;

#[cfg(target_os = "linux")]
use super::standard_descriptors::StandardDescriptors;

/// Twice the deepest call (81 KB over TLS), so that the host's signal handlers have room as well.
const NEEDED_BYTES: usize = 162 * 1024;
/// The size of a temporary stack. The kernel provides its pages as they are touched.
const TEMPORARY_BYTES: usize = 512 * 1024;
/// Below a temporary stack, so that an overflow is a fault and not a write to other memory. A
/// multiple of every page size in use.
const GUARD_BYTES: usize = 64 * 1024;

/// Runs `work` on the caller's stack or, if too little of it is left, on a temporary one. Fails
/// without running it if there is no memory for that. `work` must not panic, because on a small
/// stack there is no room to unwind, and must not call functions of the host, which would run on a
/// stack that they do not know.
pub fn with_enough_stack<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    if is_enough_left() {
        return Ok(work());
    }
    let stack = TemporaryStack::new()
        .map_err(|reason| Error::exhausted("no memory for a stack, call from a thread with a larger one", &reason))?;
    let mut result = None;
    stack.run(|| result = Some(work()));
    result.ok_or_else(|| Error::Internal("the work on a temporary stack did not run".into()))
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

#[cfg(target_os = "linux")]
fn bounds() -> Option<(usize, usize)> {
    use std::mem::MaybeUninit;

    // For the first thread of a process it opens a file.
    let _guard = StandardDescriptors::occupy().ok()?;
    let mut attributes = MaybeUninit::uninit();
    let (mut end, mut size) = (ptr::null_mut(), 0);
    // SAFETY: pthread_getattr_np initialises the attributes if it returns 0. Only then are they
    // read and destroyed, with valid pointers.
    let is_known = unsafe {
        libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) == 0 && {
            let is_known = libc::pthread_attr_getstack(attributes.as_ptr(), &mut end, &mut size) == 0;
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            is_known
        }
    };
    is_known.then(|| (end.addr(), end.addr().saturating_add(size)))
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
fn bounds() -> Option<(usize, usize)> {
    // SAFETY: both read the attributes of the current thread, which exists.
    let (begin, size) = unsafe {
        (
            libc::pthread_get_stackaddr_np(libc::pthread_self()).addr(),
            libc::pthread_get_stacksize_np(libc::pthread_self()),
        )
    };
    Some((begin.checked_sub(size)?, begin))
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "ios")))]
fn bounds() -> Option<(usize, usize)> {
    None
}

/// A mapping whose lowest bytes cannot be accessed.
struct TemporaryStack(*mut libc::c_void);

impl TemporaryStack {
    fn new() -> io::Result<Self> {
        let (size, flags) = (GUARD_BYTES + TEMPORARY_BYTES, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new private mapping at an address that the kernel chooses touches no existing
        // memory.
        let mapping = unsafe { libc::mmap(ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
        if mapping == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let stack = Self(mapping);
        // SAFETY: the range is the beginning of the mapping made above, which nothing uses yet.
        match unsafe { libc::mprotect(mapping, GUARD_BYTES, libc::PROT_NONE) } {
            0 => Ok(stack),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn run(&self, work: impl FnOnce()) {
        let base = self.0.cast::<u8>().wrapping_add(GUARD_BYTES);
        // SAFETY: the range is writable, aligned to a page and used by nobody else. The work does
        // not unwind, which `with_enough_stack` demands of it.
        unsafe { psm::on_stack(base, TEMPORARY_BYTES, work) };
    }
}

impl Drop for TemporaryStack {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` with this size, and nothing runs on it any more.
        unsafe { libc::munmap(self.0, GUARD_BYTES + TEMPORARY_BYTES) };
    }
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
        let mut far = 0;
        TemporaryStack::new().unwrap().run(|| far = distance());
        assert!(far > 4096, "{far}");
    }
}
