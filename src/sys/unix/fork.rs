//! Fork detection: which process this is.
//!
//! Process ids cost a system call and are reused. Handlers of `pthread_atfork` are skipped by
//! `_Fork` and by a raw `clone`. So the generation of a process is kept in a page that the kernel
//! wipes in every child (`MADV_WIPEONFORK`): reading it costs one load, and zero means "this is a
//! new process". On a system without such pages the id and a count of forks have to do.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// The page that holds the generation of this process.
static PAGE: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
/// The generation that this process or an ancestor used while no page could be mapped, or 0.
static WITHOUT_PAGE: AtomicU64 = AtomicU64::new(0);
/// Set in a generation that is made from a process id, so that it never equals a counted one.
const IS_ID: u64 = 1 << 63;
/// The forks between this process and the first one, counted while no page could be mapped. The
/// first process of each namespace has the same id.
static FORKS: AtomicU32 = AtomicU32::new(0);
/// The last counted generation. A child continues its parent's count.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A number that no ancestor of this process has used.
pub fn generation() -> u64 {
    let Some(page) = page() else {
        WITHOUT_PAGE.store(from_process_id(), Ordering::Release);
        return from_process_id();
    };
    let known = page.load(Ordering::Acquire);
    if known != 0 {
        return known;
    }
    // A process keeps the generation that it used before its page could be mapped.
    let earlier = WITHOUT_PAGE.load(Ordering::Acquire);
    let next =
        if earlier != 0 && earlier == from_process_id() { earlier } else { LAST.fetch_add(1, Ordering::Relaxed) + 1 };
    match page.compare_exchange(0, next, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => next,
        Err(first) => first,
    }
}

fn from_process_id() -> u64 {
    static ARE_FORKS_COUNTED: AtomicBool = AtomicBool::new(false);
    if !ARE_FORKS_COUNTED.load(Ordering::Acquire) {
        // If two threads do this at once, each fork counts twice.
        let is_registered = call_at_forks(None, None, Some(count_fork));
        ARE_FORKS_COUNTED.store(is_registered, Ordering::Release);
    }
    let forks = u64::from(FORKS.load(Ordering::Relaxed)) << 32;
    forks & !IS_ID | u64::from(std::process::id()) | IS_ID
}

extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// What a fork calls: before it, after it in the parent, and in the child.
type Handler = Option<unsafe extern "C" fn()>;

/// Has functions called at every fork from now on, or returns false.
pub fn call_at_forks(before: Handler, after: Handler, in_child: Handler) -> bool {
    // SAFETY: the handlers are functions of this library, which is never unloaded.
    unsafe { libc::pthread_atfork(before, after, in_child) == 0 }
}

fn page() -> Option<&'static AtomicU64> {
    let mut page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        page = map_page()?;
        if let Err(first) = PAGE.compare_exchange(ptr::null_mut(), page, Ordering::AcqRel, Ordering::Acquire) {
            unmap_page(page);
            page = first;
        }
    }
    // SAFETY: the pointer is page-aligned, and its page stays mapped for the life of the process.
    // Only the page of a thread that lost the race above is unmapped, and no other thread ever saw
    // it.
    Some(unsafe { &*page })
}

#[cfg(target_os = "linux")]
const PAGE_BYTES: usize = 4096;

/// A zeroed page that is wiped in forked children, or `None` if the kernel cannot provide one.
#[cfg(target_os = "linux")]
fn map_page() -> Option<*mut AtomicU64> {
    // SAFETY: a new private mapping at an address that the kernel chooses touches no existing
    // memory.
    let page = unsafe {
        libc::mmap(
            ptr::null_mut(),
            PAGE_BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if page == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the range is exactly the mapping made above.
    if unsafe { libc::madvise(page, PAGE_BYTES, libc::MADV_WIPEONFORK) } != 0 {
        unmap_page(page.cast());
        return None;
    }
    Some(page.cast())
}

#[cfg(target_os = "linux")]
fn unmap_page(page: *mut AtomicU64) {
    // SAFETY: the page was mapped by `map_page` with this size, and nothing refers to it.
    unsafe { libc::munmap(page.cast(), PAGE_BYTES) };
}

#[cfg(not(target_os = "linux"))]
fn map_page() -> Option<*mut AtomicU64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn unmap_page(_page: *mut AtomicU64) {}
