//! A safe wrapper of completion queues, as `host` has for the other objects.

use std::ptr;
use std::time::Duration;

use anchor::ffi::*;

use crate::host::{Call, Failure, take_string};

pub struct Queue(*mut anchor_queue);

// SAFETY: the header allows any thread to use a queue.
unsafe impl Sync for Queue {}

/// The tag of a completed call and its result.
#[derive(Debug)]
pub struct Completion {
    pub tag: u64,
    pub result: Result<(), Failure>,
}

impl Queue {
    pub fn new(capacity: u32) -> Self {
        let mut queue = ptr::null_mut();
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { anchor_queue_new(capacity, &mut queue) }, 0);
        Self(queue)
    }

    /// A new call that is bound to this queue.
    pub fn call(&self, tag: u64) -> Call {
        let call = Call::new();
        self.bind(&call, tag);
        call
    }

    pub fn bind(&self, call: &Call, tag: u64) {
        assert_eq!(anchor_call_set_queue(call.0, self.0, tag), 0);
    }

    /// The next completion. The limit is longer than any test takes.
    pub fn next(&self) -> Completion {
        self.next_within(Duration::from_secs(20)).unwrap()
    }

    pub fn next_within(&self, limit: Duration) -> Result<Completion, i32> {
        let milliseconds = u64::try_from(limit.as_millis()).unwrap();
        let (mut tag, mut status, mut error) = (u64::MAX, i32::MAX, ptr::null_mut());
        // SAFETY: the outputs point to live locals.
        let returned = unsafe { anchor_queue_next(self.0, milliseconds, &mut tag, &mut status, &mut error) };
        let message = take_string(error);
        if returned != 0 {
            assert!(message.is_some() && tag == 0 && status == 0);
            return Err(returned);
        }
        let result = match (status, message) {
            (0, None) => Ok(()),
            (status, message) => Err(Failure { status, message: message.expect("a failure has a message") }),
        };
        Ok(Completion { tag, result })
    }

    pub fn free(&self) -> i32 {
        // SAFETY: anchor_free accepts any pointer.
        unsafe { anchor_free(self.0.cast()) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.free();
    }
}
