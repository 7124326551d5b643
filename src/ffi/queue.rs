//! The exports for completion queues.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{lookup_only, may_use_network, output, report};
use super::call::{anchor_call, still_running};
use super::objects::{Object, find, insert};
use crate::call::{Call, QueueBinding};
use crate::config::checked_timeout;
use crate::error::{ANCHOR_OK, Error};
use crate::queue::{Completion, Queue};

/// Where calls complete that do not block; made by anchor_queue_new, freed by anchor_free.
pub struct anchor_queue {
    _opaque: [u8; 0],
}

/// Makes a queue. A call whose object is bound to it by anchor_call_set_queue returns at once and completes here, so that
/// one thread can have thousands of calls under way.
///
/// @param capacity  How many calls it holds, under way or complete and not yet taken: 1 to 1000000. 0: 10000.
/// @param queue     Receives the queue, NULL on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT; ANCHOR_RESOURCE_EXHAUSTED.
///
/// The first call starts one thread that does the work of all of them, with all signals blocked. anchor_free cancels the
/// calls that are under way, drops what was not taken, and does not wait; the thread ends by itself. A pause among them may
/// have taken effect, but nothing of it is held, and an end that relied on it has resumed nothing: resume the sessions, or
/// take all completions first. A forked child
/// finds the queue empty and with another descriptor; what its parent began completes in the parent.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_queue_new(capacity: u32, queue: *mut *mut anchor_queue) -> i32 {
    let make = || match capacity {
        0 => insert(Object::Queue(Arc::new(Queue::new(DEFAULT_CAPACITY as usize)))),
        1..=MAX_CAPACITY => insert(Object::Queue(Arc::new(Queue::new(capacity as usize)))),
        _ => Err(Error::argument("capacity", format_args!("must be at most {MAX_CAPACITY}"))),
    };
    // SAFETY: the caller promises that `queue` is NULL or may be written.
    lookup_only(|| unsafe { output(queue, "queue", make) })
}

const DEFAULT_CAPACITY: u32 = 10_000;
const MAX_CAPACITY: u32 = 1_000_000;

/// A descriptor that is readable while completions wait, for poll, epoll and event loops. Do not read from it, write to
/// it or close it: it is the queue's, and gone when the queue is freed.
///
/// @param queue       A live queue.
/// @param descriptor  Receives the descriptor, -1 on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if an argument is NULL; ANCHOR_INVALID_HANDLE; ANCHOR_RESOURCE_EXHAUSTED.
///
/// The descriptor stays readable until the last completion is taken. Several threads may wait for it and take.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_queue_fd(queue: *mut anchor_queue, descriptor: *mut i32) -> i32 {
    lookup_only(|| {
        if descriptor.is_null() {
            return Err(Error::argument("descriptor", "is NULL: pass the address of an int"));
        }
        // SAFETY: `descriptor` is not NULL, and the caller promises that it may be written.
        unsafe { *descriptor = -1 };
        let value = find::<Queue, _>(queue, "queue")?.descriptor()?;
        // SAFETY: as above.
        unsafe { *descriptor = value };
        Ok(())
    })
}

/// Takes the completion that has waited longest, and waits for one if there is none. What else the call learnt, such as
/// its result, is read from its call object, which may serve the next call.
///
/// @param queue       A live queue.
/// @param timeout_ms  How long to wait, in milliseconds, up to 86400000 (a day). 0 does not wait.
/// @param tag         Receives the number that was given with the call, 0 unless there is a completion. May be NULL.
/// @param status      Receives what the function of the endpoint would have returned. Must not be NULL.
/// @param error       Receives the message of a call that failed, or of this function's own failure, to be freed by
///                    anchor_free; else NULL. May be NULL.
/// @return ANCHOR_OK if a completion was taken, whatever its status; ANCHOR_TIMEOUT if none came;
///         ANCHOR_INVALID_ARGUMENT; ANCHOR_INVALID_HANDLE, also if another thread frees the queue meanwhile;
///         ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL.
///
/// A log function of the client is told here, on this thread, what it has to know about the call. Any number of threads
/// may take; each completion goes to one of them.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anchor_queue_next(
    queue: *mut anchor_queue,
    timeout_ms: u64,
    tag: *mut u64,
    status: *mut i32,
    error: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller promises that each is NULL or may be written.
    unsafe {
        if !tag.is_null() {
            *tag = 0;
        }
        if !status.is_null() {
            *status = ANCHOR_OK;
        }
    }
    let take = || {
        if status.is_null() {
            return Err(Error::argument("status", "is NULL: pass the address of a number"));
        }
        let timeout = match timeout_ms {
            0 => Duration::ZERO,
            milliseconds => checked_timeout("timeout_ms", milliseconds)?,
        };
        let Some(mut completion) = find::<Queue, _>(queue, "queue")?.next(timeout)? else {
            return Err(Error::Timeout(format!("no call completed within {timeout_ms} ms; ask again")));
        };
        completion.deliver_log();
        Ok(completion)
    };
    let deliver = |completion: Completion| {
        // SAFETY: status is not NULL here, and the caller promises that each of the others is NULL or may be written.
        unsafe {
            *status = report(error, &completion.result);
            if !tag.is_null() {
                *tag = completion.tag;
            }
        }
        if let Ok(Some(hold)) = completion.result {
            hold.keep();
        }
    };
    // SAFETY: the caller promises that `error` is NULL or may be written.
    unsafe { may_use_network(error, take, deliver) }
}

/// Has calls with this object return at once and complete through a queue.
///
/// @param call   A live call that is not under way. It must have no progress function when a call begins.
/// @param queue  A live queue, which must live when a call begins. NULL: calls block again.
/// @param tag    Given back by anchor_queue_next, to tell the calls of a queue apart: any number, or a pointer's value.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or under way; ANCHOR_INVALID_HANDLE.
///
/// A function of an endpoint then returns ANCHOR_OK as soon as the call is begun, and only that; the call completes in
/// any case. Any other status says that no call was begun, and none completes: ANCHOR_INVALID_ARGUMENT,
/// ANCHOR_INVALID_HANDLE, ANCHOR_RESOURCE_EXHAUSTED if the queue is full or no thread can be started. The timeout counts
/// from there, anchor_call_cancel cancels, and the object may be freed at once if nothing is read from it. What
/// the functions below tell is there when the completion is.
///
///     anchor_call_set_queue(call, queue, 7);
///     anchor_pause_recording(client, "session-id", call, &error);
///     anchor_queue_next(queue, 60000, &tag, &status, &error);
#[unsafe(no_mangle)]
pub extern "C" fn anchor_call_set_queue(call: *mut anchor_call, queue: *mut anchor_queue, tag: u64) -> i32 {
    lookup_only(|| {
        let call = find::<Call, _>(call, "call")?;
        let binding = match queue.is_null() {
            true => None,
            false => find::<Queue, _>(queue, "queue").map(|_| Some(QueueBinding { queue: queue.addr(), tag }))?,
        };
        call.set_queue(binding).ok_or_else(still_running)
    })
}
