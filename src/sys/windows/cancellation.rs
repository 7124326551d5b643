//! Windows has nothing like `pthread_cancel`. TerminateThread ends a thread without notice, and is never safe.

pub struct CancellationOff;

impl CancellationOff {
    pub fn new() -> Self {
        Self
    }
}
