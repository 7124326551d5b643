//! The stack of a thread, and another one for work that needs more.

use std::io;
use std::ptr;

#[cfg(target_os = "linux")]
use super::standard_descriptors::StandardDescriptors;

/// The size of a temporary stack. The kernel provides its pages as they are touched.
const TEMPORARY_BYTES: usize = 512 * 1024;
/// Below a temporary stack, so that an overflow is a fault and not a write to other memory. A
/// multiple of every page size in use.
const GUARD_BYTES: usize = 64 * 1024;

/// The lowest and the highest address of this thread's stack, or `None` if the system cannot tell.
#[cfg(target_os = "linux")]
pub fn bounds() -> Option<(usize, usize)> {
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
pub fn bounds() -> Option<(usize, usize)> {
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
pub fn bounds() -> Option<(usize, usize)> {
    None
}

/// Runs `work`, which must not panic, on another stack. Fails without running it if there is none.
pub fn on_temporary_stack<T>(work: impl FnOnce() -> T) -> io::Result<T> {
    let mut result = None;
    TemporaryStack::new()?.run(|| result = Some(work()));
    result.ok_or_else(|| io::Error::other("the work on a temporary stack did not run"))
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
        // not unwind, which `on_temporary_stack` demands of it.
        unsafe { psm::on_stack(base, TEMPORARY_BYTES, work) };
    }
}

impl Drop for TemporaryStack {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` with this size, and nothing runs on it any more.
        unsafe { libc::munmap(self.0, GUARD_BYTES + TEMPORARY_BYTES) };
    }
}
