//! Waiting for something that another thread or process does.

use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything that a test waits for, also on a busy machine.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Polls until the condition holds, and fails the test if it never does.
pub fn wait_until(expected: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < TEST_TIMEOUT, "waited in vain for {expected}");
        thread::sleep(Duration::from_millis(5));
    }
}
