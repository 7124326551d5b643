//! The signal mask of the current thread.

use std::mem::MaybeUninit;
use std::ptr;

/// Blocks every signal on this thread, except those that its own faults raise: a blocked fault
/// would end the process without running its handler. Returns the mask from before.
pub fn block_signals() -> libc::sigset_t {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: sigfillset initialises `all`, which sigdelset changes and pthread_sigmask reads.
    // pthread_sigmask initialises `before`; it fails only for a wrong first argument.
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

/// Blocks all signals while a thread is started. The new thread inherits the mask, so that not even
/// its first instructions run a handler of the host.
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
        // SAFETY: the set is initialised, and the old mask is not asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut()) };
    }
}

/// Blocks SIGXFSZ while a download may be written. The kernel raises it when a file reaches its
/// size limit, and it would end the host. (Sockets raise nothing: they are written with
/// MSG_NOSIGNAL.)
pub struct FileSignalBlocked {
    before: libc::sigset_t,
    /// Whether a pending signal was raised by this call. One that was pending before belongs to the
    /// host.
    is_ours: bool,
}

impl FileSignalBlocked {
    pub fn new() -> Self {
        let mut before = MaybeUninit::uninit();
        // SAFETY: the given set is initialised. pthread_sigmask initialises `before`; it fails only
        // for a wrong first argument. sigismember reads an initialised set.
        let (before, was_blocked) = unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &file_signal(), before.as_mut_ptr());
            let before = before.assume_init();
            (before, libc::sigismember(&before, libc::SIGXFSZ) == 1)
        };
        // A signal that was not blocked cannot have been pending on this thread.
        Self { before, is_ours: !(was_blocked && is_pending()) }
    }
}

impl Drop for FileSignalBlocked {
    fn drop(&mut self) {
        if self.is_ours {
            consume();
        }
        // SAFETY: the set is initialised, and the old mask is not asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut()) };
    }
}

fn file_signal() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set before it is read.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: sigpending initialises the set if it returns 0.
    unsafe { libc::sigpending(pending.as_mut_ptr()) == 0 && libc::sigismember(pending.as_ptr(), libc::SIGXFSZ) == 1 }
}

/// Takes SIGXFSZ if it is pending, without waiting.
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
fn consume() {
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the set and the time are initialised, and no siginfo is asked for.
    while unsafe { libc::sigtimedwait(&file_signal(), ptr::null_mut(), &at_once) } != -1 || interrupted() {}
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
fn consume() {
    let mut consumed = 0;
    // SAFETY: the set is initialised, and sigwait does not wait for a signal that is pending.
    while is_pending() && unsafe { libc::sigwait(&file_signal(), &mut consumed) } != 0 {}
}

#[cfg(not(any(target_os = "macos", target_os = "ios")))]
fn interrupted() -> bool {
    std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_raised_inside_is_consumed_and_the_mask_restored() {
        // SAFETY: raise has no preconditions. Without the guard it would end the test process.
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
    fn a_signal_pending_before_is_left_to_the_host() {
        // SAFETY: the sets are initialised, and raise has no preconditions. The signal is blocked,
        // and consumed at the end.
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
