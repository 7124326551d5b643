//! What surrounds each export: nothing that happens inside may reach the host except as a status.

use std::any::Any;
use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{late, text};
use crate::error::{ANCHOR_INTERNAL, ANCHOR_OK, Error};

/// The boundary of an export that may touch a socket. What `body` returns goes to `conclude`, and the host is told of a
/// success if `body` did not fail: nothing that comes after the decision may change it.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn network<T>(
    error: *mut *mut c_char,
    body: impl FnOnce() -> Result<T, Error>,
    conclude: impl FnOnce(T),
) -> i32 {
    let _cancellation = CancellationOff::new();
    late::with_thread_locals(|| {
        let result = caught(body).unwrap_or_else(Err);
        // SAFETY: the caller promised that `error` is NULL or may be written.
        let status = unsafe { report(error, &result) };
        if let Ok(value) = result {
            // A panic here comes too late to matter.
            let _ = caught(|| conclude(value));
        }
        status
    })
    .unwrap_or_else(|failure| {
        // SAFETY: as above.
        unsafe { report(error, &Err::<(), _>(failure)) }
    })
}

/// The boundary of an export that works in memory only: it catches panics and fills `*error`.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn local(error: *mut *mut c_char, body: impl FnOnce() -> Result<(), Error>) -> i32 {
    let result = caught(body).unwrap_or_else(Err);
    // SAFETY: the caller's promise about `error` is the one that `report` asks for.
    unsafe { report(error, &result) }
}

/// The status of a result, and its message in `*error`.
///
/// # Safety
///
/// `error` is NULL or points to a pointer that may be written.
pub unsafe fn report<T>(error: *mut *mut c_char, result: &Result<T, Error>) -> i32 {
    if !error.is_null() {
        let message = match result {
            Err(failure) => caught(|| text::give_out(&failure.message())).unwrap_or(ptr::null_mut()),
            Ok(_) => ptr::null_mut(),
        };
        // SAFETY: `error` is not NULL, and the caller promised that it may be written.
        unsafe { *error = message };
    }
    result.as_ref().map_or_else(Error::status, |_| ANCHOR_OK)
}

/// A boundary for exports without `error`.
pub fn bare(body: impl FnOnce() -> Result<(), Error>) -> i32 {
    match caught(body) {
        Ok(result) => result.map_or_else(|failure| failure.status(), |()| ANCHOR_OK),
        Err(_) => ANCHOR_INTERNAL,
    }
}

/// Runs `body`; a panic in it becomes an error and prints nothing.
pub fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Error> {
    silence_panics();
    let outer = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    QUIET.set(outer);
    result.map_err(|payload| {
        let error = panic_error(payload.as_ref());
        // Dropping a payload may itself panic; there is nobody left to tell.
        std::mem::forget(payload);
        error
    })
}

fn panic_error(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message");
    if text.contains("can't spawn") {
        return Error::ResourceExhausted("no thread can be started to look up the host name; raise the limit".into());
    }
    if text.contains("mmap failed") {
        return Error::ResourceExhausted("no memory for a stack; call from a thread with a larger one".into());
    }
    Error::Internal(text.to_owned())
}

thread_local! {
    /// Whether a panic on this thread is the library's own.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Panics inside the library leave the host's stderr alone; those of a Rust host are reported as before.
fn silence_panics() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if !DONE.load(Ordering::Relaxed) && !DONE.swap(true, Ordering::Relaxed) {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.try_with(Cell::get).unwrap_or(true) {
                before(info);
            }
        }));
    }
}

/// For threads that the library starts: the host's signal handlers must not run on them, and no panic is printed.
pub fn quiet_thread() {
    QUIET.set(true);
    block_signals();
}

/// Blocks every signal but those of the thread's own faults, as a blocked one would end the process without its
/// handler. Returns the mask that was there before.
fn block_signals() -> libc::sigset_t {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: sigfillset initialises the set, sigdelset and pthread_sigmask then only read and change it, and the latter
    // initialises `before`; it fails only for a wrong first argument.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fault in
            [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP, libc::SIGSYS]
        {
            libc::sigdelset(all.as_mut_ptr(), fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}

/// While a thread is started, which begins with the mask of this one: not even its first instructions run a handler.
pub struct SignalsBlocked {
    before: libc::sigset_t,
}

impl SignalsBlocked {
    pub fn new() -> Self {
        Self { before: block_signals() }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set is initialised, and no old one is asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut()) };
    }
}

/// While a download may be written: SIGXFSZ, which a file raises that outgrows the limit for files, would end the host.
/// Sockets raise nothing: what is sent, is sent with MSG_NOSIGNAL.
pub struct FileSignalBlocked {
    before: libc::sigset_t,
    /// What to consume: one that was pending before the call is the host's business.
    ours: bool,
}

impl FileSignalBlocked {
    pub fn new() -> Self {
        let mut before = MaybeUninit::uninit();
        // SAFETY: the set given is initialised, and pthread_sigmask initialises `before`; it fails only for a wrong first
        // argument. sigismember reads an initialised set.
        let (before, was_blocked) = unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &file_signal(), before.as_mut_ptr());
            let before = before.assume_init();
            (before, libc::sigismember(&before, libc::SIGXFSZ) == 1)
        };
        // A signal that was not blocked cannot have been pending on this thread.
        Self { before, ours: !(was_blocked && is_pending()) }
    }
}

impl Drop for FileSignalBlocked {
    fn drop(&mut self) {
        if self.ours {
            consume();
        }
        // SAFETY: the set is initialised, and no old one is asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut()) };
    }
}

fn file_signal() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set before anything reads it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: sigpending initialises the set unless it fails, which it cannot with a valid pointer.
    unsafe { libc::sigpending(pending.as_mut_ptr()) == 0 && libc::sigismember(pending.as_ptr(), libc::SIGXFSZ) == 1 }
}

/// Takes the signal if it is pending, without waiting.
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
fn consume() {
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the set and the timespec are initialised, and no siginfo is asked for. A zero timeout never waits.
    while unsafe { libc::sigtimedwait(&file_signal(), ptr::null_mut(), &at_once) } != -1 || interrupted() {}
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
fn consume() {
    let mut consumed = 0;
    // SAFETY: the set is initialised; sigwait is entered only when it cannot wait, with valid pointers.
    while is_pending() && unsafe { libc::sigwait(&file_signal(), &mut consumed) } != 0 {}
}

#[cfg(not(any(target_os = "macos", target_os = "ios")))]
fn interrupted() -> bool {
    std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
}

/// `pthread_cancel` waits until the call is over: unwinding by it through foreign frames would end the process.
struct CancellationOff {
    before: c_int,
}

unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
const PTHREAD_CANCEL_DISABLE: c_int = 0;
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const PTHREAD_CANCEL_DISABLE: c_int = 1;

impl CancellationOff {
    fn new() -> Self {
        let mut before = 0;
        // SAFETY: POSIX's own function with its documented signature and a valid pointer.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut before) };
        Self { before }
    }
}

impl Drop for CancellationOff {
    fn drop(&mut self) {
        // SAFETY: as above; the state is the one that this thread had before.
        unsafe { pthread_setcancelstate(self.before, &mut 0) };
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_panic_becomes_a_status_and_a_message() {
        let mut message = ptr::null_mut();
        // SAFETY: the pointer is a live local's.
        let status = unsafe { network(&mut message, || panic!("on purpose"), |()| ()) };
        assert_eq!(status, ANCHOR_INTERNAL);
        // SAFETY: a failure's message is a string.
        let text = unsafe { CStr::from_ptr(message) }.to_str().unwrap();
        assert_eq!(text, "a fault inside the library, please report it: on purpose");
        assert!(text::take_back(message.cast()));
        assert_eq!(bare(|| panic!("again")), ANCHOR_INTERNAL);
    }

    #[test]
    fn what_a_file_raises_inside_is_gone_and_the_mask_is_restored() {
        // SAFETY: raise has no preconditions. Without the guard this ends the test process.
        unsafe {
            let guard = FileSignalBlocked::new();
            libc::raise(libc::SIGXFSZ);
            assert!(is_pending());
            drop(guard);
            let mut now = MaybeUninit::uninit();
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), now.as_mut_ptr());
            assert_eq!(libc::sigismember(now.as_ptr(), libc::SIGXFSZ), 0);
        }
        assert!(!is_pending());
    }

    #[test]
    fn what_was_pending_before_is_the_host_s() {
        // SAFETY: the sets are initialised, and raise has no preconditions; the signal is blocked, and taken at the end.
        unsafe {
            let mut before = MaybeUninit::uninit();
            libc::pthread_sigmask(libc::SIG_BLOCK, &file_signal(), before.as_mut_ptr());
            libc::raise(libc::SIGXFSZ);
            drop(FileSignalBlocked::new());
            assert!(is_pending());
            consume();
            assert!(!is_pending());
            libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
        }
    }
}
