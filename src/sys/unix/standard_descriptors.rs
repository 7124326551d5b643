//! Descriptors 0 to 2 of a host that has closed them.
//!
//! A new descriptor gets the lowest free number. If that is the number of standard output, what the
//! host prints goes into a video or a request. So a placeholder occupies each free number below 3
//! while the library makes descriptors. A placeholder can be neither read nor written: for the host
//! it behaves like a closed descriptor.

use std::ffi::c_int;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::fork_gate::Inside;
use super::super::per_process::PerProcess;
use super::fork;

/// The numbers of standard input, output and error.
const NUMBERS: [c_int; 3] = [0, 1, 2];

/// While it lives, no new descriptor of this process gets a number below 3.
pub struct StandardDescriptors {
    /// `None` if the host has all three open.
    _occupied: Option<Occupied>,
}

struct Occupied {
    guards: &'static Mutex<usize>,
    process: u64,
}

/// Which numbers have placeholders. Changed only under the lock of the number of guards. A forked
/// child inherits this together with the placeholders.
static ARE_PLACEHOLDERS: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

impl StandardDescriptors {
    /// Occupies the free numbers. On failure, a descriptor that is made now may get one of them.
    pub fn occupy() -> io::Result<Self> {
        if are_all_of_host()? {
            return Ok(Self { _occupied: None });
        }
        // The guards of this process, of which the last closes the placeholders. A forked child has
        // a number and a lock of its own.
        static GUARDS: PerProcess<Mutex<usize>> = PerProcess::new();
        let guards = GUARDS.get_or_init(Mutex::default);
        let mut locked = lock(guards);
        *locked += 1;
        // From here on, dropping the guard undoes what was done.
        let guard = Self { _occupied: Some(Occupied { guards, process: fork::generation() }) };
        let result = occupy_free_numbers();
        drop(locked);
        result.map(|()| guard)
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        if self.process != fork::generation() {
            // This is a child, which has guards of its own.
            return;
        }
        let mut guards = lock(self.guards);
        *guards = guards.saturating_sub(1);
        if *guards == 0 {
            close_placeholders();
        }
    }
}

fn occupy_free_numbers() -> io::Result<()> {
    // A child must know every placeholder that it inherits.
    let _no_fork = Inside::enter();
    loop {
        let placeholder = open_placeholder()?;
        match NUMBERS.into_iter().zip(&ARE_PLACEHOLDERS).find(|(number, _)| *number == placeholder) {
            Some((_, is_placeholder)) => is_placeholder.store(true, Ordering::Relaxed),
            None => {
                close(placeholder);
                return Ok(());
            }
        }
    }
}

fn close_placeholders() {
    let _no_fork = Inside::enter();
    for (number, is_placeholder) in NUMBERS.into_iter().zip(&ARE_PLACEHOLDERS) {
        // The host may have put a descriptor of its own in its place.
        if is_placeholder.swap(false, Ordering::Relaxed) && matches!(user_of(number), Ok(User::Placeholder)) {
            close(number);
        }
    }
}

fn lock(guards: &Mutex<usize>) -> MutexGuard<'_, usize> {
    guards.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who uses a number.
enum User {
    Nobody,
    Host,
    Placeholder,
}

fn are_all_of_host() -> io::Result<bool> {
    for number in NUMBERS {
        if !matches!(user_of(number)?, User::Host) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A descriptor that can be neither read nor written, in every root folder.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PLACEHOLDER_FLAGS: c_int = libc::O_PATH | libc::O_CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PLACEHOLDER_FLAGS: c_int = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn user_of(number: c_int) -> io::Result<User> {
    // SAFETY: F_GETFL takes no argument, and fails for a number without a descriptor.
    match unsafe { libc::fcntl(number, libc::F_GETFL) } {
        -1 => nobody_or_error(),
        flags if flags & libc::O_PATH != 0 => Ok(User::Placeholder),
        _ => Ok(User::Host),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn user_of(number: c_int) -> io::Result<User> {
    let mut found = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: fstat writes the one struct that it is given, for which zero is valid as well.
    let (result, mode) = unsafe { (libc::fstat(number, found.as_mut_ptr()), found.assume_init().st_mode) };
    match result {
        -1 => nobody_or_error(),
        _ if mode & libc::S_IFMT == libc::S_IFDIR => Ok(User::Placeholder),
        _ => Ok(User::Host),
    }
}

fn nobody_or_error() -> io::Result<User> {
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::EBADF) => Ok(User::Nobody),
        error => Err(error),
    }
}

fn open_placeholder() -> io::Result<c_int> {
    loop {
        // SAFETY: the path is a string, and these flags take no third argument.
        match unsafe { libc::open(c"/".as_ptr(), PLACEHOLDER_FLAGS) } {
            -1 => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
            number => return Ok(number),
        }
    }
}

fn close(number: c_int) {
    // SAFETY: every caller gives a placeholder, which nothing refers to.
    unsafe { libc::close(number) };
}
