//! Windows has nothing like `pthread_cancel`: whoever calls TerminateThread accepts what it breaks.

pub struct CancellationOff;

impl CancellationOff {
    pub fn new() -> Self {
        Self
    }
}
