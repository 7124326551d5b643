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
