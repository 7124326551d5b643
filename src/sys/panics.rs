//! Panics of the library: caught, and silent.

use std::any::Any;
use std::cell::Cell;
use std::error::Error as StdError;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use super::random;
use super::system::library;
use crate::error::Error;

thread_local! {
    /// Whether a panic on this thread comes from the library.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`. A panic in it becomes an error, and nothing is printed.
pub fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Error> {
    install_hook();
    let outer = IS_QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    IS_QUIET.set(outer);
    result.map_err(|payload| {
        let error = error_from(payload.as_ref());
        // Dropping a payload may panic again, outside of any guard.
        std::mem::forget(payload);
        error
    })
}

/// Keeps panics of this thread silent until it ends: it belongs to the library.
pub fn silence_this_thread() {
    IS_QUIET.set(true);
}

fn error_from(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message");
    if text.contains("random data") || text.contains("/dev/random") {
        let reason: Box<dyn StdError> = match random::check() {
            Err(reason) => reason.into(),
            Ok(()) => text.into(),
        };
        return Error::exhausted("no random numbers (getrandom) for a table", reason.as_ref());
    }
    Error::Internal(text.to_owned())
}

/// Keeps panics of the library off the host's stderr. Those of a host that is written in Rust are
/// reported as before.
#[inline]
fn install_hook() {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if !IS_INSTALLED.load(Ordering::Relaxed) {
        install_hook_once(&IS_INSTALLED);
    }
}

#[cold]
fn install_hook_once(is_installed: &AtomicBool) {
    if !is_installed.swap(true, Ordering::Relaxed) {
        // The process keeps the hook.
        library::stay_loaded();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.try_with(Cell::get).unwrap_or(true) {
                before(info);
            }
        }));
    }
}
