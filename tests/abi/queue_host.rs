//! What a host does with a queue.

use std::ptr;
use std::time::Duration;

use anchor::ffi::*;

use crate::host::{Call, Failure, taken};

pub struct Queue(*mut anchor_queue);

// SAFETY: the header lets any thread use a queue.
unsafe impl Sync for Queue {}

/// A call that completed: its tag, and how it ended.
#[derive(Debug)]
pub struct Completion {
    pub tag: u64,
    pub result: Result<(), Failure>,
}

impl Queue {
    pub fn new(capacity: u32) -> Self {
        let mut queue = ptr::null_mut();
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_queue_new(capacity, &mut queue) }, 0);
        Self(queue)
    }

    /// A call that completes here.
    pub fn call(&self, tag: u64) -> Call {
        let call = Call::new();
        self.bind(&call, tag);
        call
    }

    pub fn bind(&self, call: &Call, tag: u64) {
        assert_eq!(anchor_call_set_queue(call.0, self.0, tag), 0);
    }

    /// The next completion within a time that no test needs.
    pub fn next(&self) -> Completion {
        self.next_within(Duration::from_secs(20)).unwrap()
    }

    pub fn next_within(&self, time: Duration) -> Result<Completion, i32> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap();
        let (mut tag, mut status, mut error) = (u64::MAX, i32::MAX, ptr::null_mut());
        // SAFETY: the outputs are live locals'.
        let returned = unsafe { anchor_queue_next(self.0, milliseconds, &mut tag, &mut status, &mut error) };
        let message = taken(error);
        if returned != 0 {
            assert!(message.is_some() && tag == 0 && status == 0);
            return Err(returned);
        }
        let result = match (status, message) {
            (0, None) => Ok(()),
            (status, message) => Err(Failure { status, message: message.expect("a message with a failure") }),
        };
        Ok(Completion { tag, result })
    }

    pub fn free(&self) -> i32 {
        // SAFETY: any pointer may be given.
        unsafe { anchor_free(self.0.cast()) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.free();
    }
}
