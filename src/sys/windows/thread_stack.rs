//! The stack of a thread, and another one for work that needs more.

use std::io;
use std::panic::resume_unwind;
use std::thread::Builder;

use windows_sys::Win32::System::Threading::GetCurrentThreadStackLimits;

use super::super::lent::Lent;

const TEMPORARY_BYTES: usize = 512 * 1024;

/// The lowest and the highest address of this thread's or fiber's stack.
pub fn bounds() -> Option<(usize, usize)> {
    let (mut low, mut high) = (0, 0);
    // SAFETY: both may be written.
    unsafe { GetCurrentThreadStackLimits(&mut low, &mut high) };
    Some((low, high))
}

/// Runs `work` on another stack: that of a short-lived thread, because the system walks through stacks
/// and knows only its own. Fails without running it if there is none.
///
/// Two limits: while the loader loads or unloads a DLL, as in DllMain, the new thread does not start, and
/// this waits for ever. And a call that would wait for another one of its own thread waits until its timeout,
/// because it is on another thread.
pub fn on_temporary_stack<T>(work: impl FnOnce() -> T) -> io::Result<T> {
    // SAFETY: this thread waits for the other one before it returns.
    let work = unsafe { Lent::new(work) };
    let builder = Builder::new().name("anchor-stack".into()).stack_size(TEMPORARY_BYTES);
    // SAFETY: the thread is joined below, so it ends before anything that `work` borrows. It does not use
    // its result.
    let thread = unsafe { builder.spawn_unchecked(move || Lent::new(work.into_inner()())) }?;
    Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)).into_inner())
}
