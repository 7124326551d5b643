//! Signals that the process asks for, instead of being interrupted by them.
//!
//! The signals stay blocked. The kernel keeps each one, with its sender, until [`Blocked::take`] or
//! [`Blocked::wait`] asks for it. Nothing runs in a signal handler, and no signal can slip in
//! between a check and the wait that follows it.
//!
//! A thread inherits the blocked signals of the thread that starts it, so the first thread must
//! block them before it starts another one. A fault of this process (a bad memory access, `abort`)
//! still ends it: a blocked signal does not stop those.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

/// Whether the system reports who sent a signal.
const SENDERS_ARE_KNOWN: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The signals that this process has blocked in order to ask for them.
pub struct Blocked {
    set: libc::sigset_t,
    /// The mask that a command starts with: the one that we were started with, without the signals
    /// in `set`.
    for_commands: libc::sigset_t,
}

/// A signal that has come.
#[derive(Clone, Copy)]
pub struct Received {
    pub number: c_int,
    /// The kernel sent it, for example for a key at the terminal. Always false where the system
    /// does not report senders.
    pub from_kernel: bool,
    /// This process sent it. Always false where the system does not report senders.
    from_us: bool,
}

impl Blocked {
    /// Blocks SIGCHLD and every signal that would end this process, except those that its parent
    /// set to be ignored.
    ///
    /// They stay blocked as long as the process lives.
    pub fn new() -> io::Result<Self> {
        let set = set_of((1..=last()).filter(|number| ends_the_process(*number)).chain([libc::SIGCHLD]));
        let mut before = MaybeUninit::uninit();
        // SAFETY: `set` is initialised, and `before` may be written to.
        let error = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, before.as_mut_ptr()) };
        if error != 0 {
            return Err(io::Error::from_raw_os_error(error));
        }
        // SAFETY: pthread_sigmask has succeeded, so it has initialised `before`.
        let before = unsafe { before.assume_init() };
        // With SIGCHLD ignored, the exit statuses of our children would be lost. Its default action
        // is to ignore it too, and a system may drop an ignored signal although it is blocked.
        // So it needs a handler. A program that we execute starts with the default again.
        set_disposition(libc::SIGCHLD, do_nothing as *const () as libc::sighandler_t);
        if contains(&set, libc::SIGPIPE) {
            // A system may drop an ignored signal although it is blocked.
            set_disposition(libc::SIGPIPE, libc::SIG_DFL);
        }
        let for_commands = set_of((1..=last()).filter(|number| contains(&before, *number) && !contains(&set, *number)));
        Ok(Self { set, for_commands })
    }

    /// The next signal that has already come.
    pub fn take(&self) -> Option<Received> {
        loop {
            let received = take(&self.set)?;
            if !is_our_own_write(received) {
                return Some(received);
            }
        }
    }

    /// Waits for the next signal. It may return without one, and is then called again.
    pub fn wait(&self) -> Option<Received> {
        wait(&self.set).filter(|received| !is_our_own_write(*received))
    }

    /// Lets `command` start with none of these signals blocked.
    ///
    /// Otherwise it would inherit our mask, and a signal that is passed on would not end it.
    pub fn unblock_in(&self, command: &mut Command) {
        let mask = self.for_commands;
        let set_mask = move || {
            // SAFETY: `mask` is initialised, and the old mask is not asked for.
            match unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &mask, ptr::null_mut()) } {
                0 => Ok(()),
                error => Err(io::Error::from_raw_os_error(error)),
            }
        };
        // SAFETY: `set_mask` runs between fork and exec. It calls pthread_sigmask alone, which is
        // async-signal-safe, and allocates nothing.
        unsafe { command.pre_exec(set_mask) };
    }
}

/// Sends any signal. rustix has no safe function for real-time signals.
pub fn send(process: libc::pid_t, number: c_int) -> io::Result<()> {
    // SAFETY: kill has no preconditions: it fails for a wrong number or process.
    if unsafe { libc::kill(process, number) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Ends this process by the default action of a signal.
///
/// It returns if the signal does not end the process. The first process of a container survives its
/// own signals.
pub fn end_process_by(number: c_int) {
    set_disposition(number, libc::SIG_DFL);
    // SAFETY: raise has no preconditions. The set is initialised; no old mask is asked for.
    unsafe {
        libc::raise(number);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set_of([number]), ptr::null_mut());
    }
}

/// Whether this signal, as we were started, ends the process and could be caught instead.
fn ends_the_process(number: c_int) -> bool {
    match number {
        libc::SIGKILL | libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => false,
        libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH => false,
        #[cfg(any(target_os = "macos", target_os = "ios"))]
        libc::SIGIO | libc::SIGINFO => false,
        // Rust's runtime has set it to be ignored, which hides what our parent chose: assume the
        // default. A write of our own to a closed pipe raises it as well, so leave it ignored where
        // the sender is unknown.
        libc::SIGPIPE => SENDERS_ARE_KNOWN,
        // The C library keeps some numbers to itself, and answers nothing for them.
        _ => disposition(number).is_some_and(|disposition| disposition != libc::SIG_IGN),
    }
}

/// Whether a write of this process raised it: to a pipe that nobody reads, or to a file at its size
/// limit. The write fails as well, so the signal adds nothing.
fn is_our_own_write(received: Received) -> bool {
    received.from_us && matches!(received.number, libc::SIGPIPE | libc::SIGXFSZ)
}

extern "C" fn do_nothing(_number: c_int) {}

/// The handler of a signal, SIG_DFL or SIG_IGN. None if the number is not a signal that a program
/// may use.
fn disposition(number: c_int) -> Option<libc::sighandler_t> {
    let mut found = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: no new action is given, and `found` may be written to. It is read only after
    // sigaction has initialised it.
    unsafe {
        let is_known = libc::sigaction(number, ptr::null(), found.as_mut_ptr()) == 0;
        is_known.then(|| found.assume_init().sa_sigaction)
    }
}

fn set_disposition(number: c_int, disposition: libc::sighandler_t) {
    // SAFETY: every caller gives SIG_DFL or `do_nothing`, which is async-signal-safe.
    unsafe { libc::signal(number, disposition) };
}

fn set_of(numbers: impl IntoIterator<Item = c_int>) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set before anything reads it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for number in numbers {
            libc::sigaddset(set.as_mut_ptr(), number);
        }
        set.assume_init()
    }
}

fn contains(set: &libc::sigset_t, number: c_int) -> bool {
    // SAFETY: the set is initialised; sigismember fails for a wrong number.
    unsafe { libc::sigismember(set, number) == 1 }
}

/// The highest number of a signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn last() -> c_int {
    libc::SIGRTMAX()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn take(set: &libc::sigset_t) -> Option<Received> {
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        // SAFETY: the set and the time are initialised, and sigtimedwait may write to what it is
        // given.
        match received(|info| unsafe { libc::sigtimedwait(set, info, &at_once) }) {
            None if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn wait(set: &libc::sigset_t) -> Option<Received> {
    // SAFETY: the set is initialised, and sigwaitinfo may write to what it is given.
    received(|info| unsafe { libc::sigwaitinfo(set, info) })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn received(ask: impl FnOnce(*mut libc::siginfo_t) -> c_int) -> Option<Received> {
    let mut info = MaybeUninit::zeroed();
    let number = ask(info.as_mut_ptr());
    // SAFETY: a siginfo_t consists of integers and pointers, for which zero is valid. So is si_pid
    // for every code.
    let (code, pid) = unsafe {
        let info: libc::siginfo_t = info.assume_init();
        (info.si_code, info.si_pid())
    };
    // A process cannot send another one a signal with a code above 0.
    let from_kernel = code > 0;
    let from_us = !from_kernel && u32::try_from(pid) == Ok(std::process::id());
    (number > 0).then_some(Received { number, from_kernel, from_us })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn last() -> c_int {
    31
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn take(set: &libc::sigset_t) -> Option<Received> {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: `pending` may be written to, and is read only after sigpending has initialised it.
    let pending = unsafe { (libc::sigpending(pending.as_mut_ptr()) == 0).then(|| pending.assume_init()) }?;
    // A signal that is pending is taken without waiting.
    wait(&set_of([(1..=last()).find(|number| contains(set, *number) && contains(&pending, *number))?]))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn wait(set: &libc::sigset_t) -> Option<Received> {
    let mut number = 0;
    // SAFETY: the set is initialised, and `number` may be written to.
    let error = unsafe { libc::sigwait(set, &mut number) };
    (error == 0).then_some(Received { number, from_kernel: false, from_us: false })
}
