//! The stage of a download: whether its call is over, and whether the last step has begun.
//!
//! The call and the helper thread that works for it share the stage. Work that waits in line must not
//! begin when its call has returned.

use std::sync::atomic::{AtomicU8, Ordering};

const RUNNING: u8 = 0;
const OVER: u8 = 1;
const LAST_STEP: u8 = 2;

#[derive(Default)]
pub struct Stage(AtomicU8);

impl Stage {
    /// The call is over. The last step does not begin any more.
    pub fn end(&self) {
        self.leave_running(OVER);
    }

    /// Returns false if the call is over, so that the last step must not begin.
    pub fn begin_last_step(&self) -> bool {
        self.leave_running(LAST_STEP)
    }

    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) == OVER
    }

    pub fn is_last_step(&self) -> bool {
        self.0.load(Ordering::Acquire) == LAST_STEP
    }

    fn leave_running(&self, next: u8) -> bool {
        self.0.compare_exchange(RUNNING, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_and_the_end_exclude_each_other() {
        let (ended, finished) = (Stage::default(), Stage::default());
        ended.end();
        assert!(!ended.begin_last_step() && ended.is_over() && !ended.is_last_step());
        assert!(finished.begin_last_step());
        finished.end();
        assert!(!finished.is_over() && finished.is_last_step());
    }
}
