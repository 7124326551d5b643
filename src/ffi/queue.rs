//! The exports for completion queues.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{lookup_only, may_call_host, output, report};
use super::call::{anchor_call, still_running};
use super::objects::{Object, find, insert};
use crate::call::{Call, QueueBinding};
use crate::config::checked_timeout;
use crate::error::{ANCHOR_OK, Error, Report};
use crate::queue::{Completion, Queue};
use crate::sys::{Shielded, shielded_here};

/// A completion queue: calls bound to it return at once and deliver their results here. Made by
/// anchor_queue_new, freed by anchor_free.
pub struct anchor_queue {
    _opaque: [u8; 0],
}

/// Makes a completion queue. A call that is bound to it by anchor_call_set_queue returns at once
/// and completes here, so that one thread can run thousands of calls.
///
/// @param capacity  The number of calls that it can hold, running or completed and not yet taken: 1
///                  to 1000000. 0: 10000.
/// @param queue     Receives the queue, NULL on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT; ANCHOR_RESOURCE_EXHAUSTED.
///
/// The first call starts one thread, which does the work of all calls and blocks all signals.
///
/// anchor_free cancels the running calls, drops the completions that were not taken, and does not
/// wait: the thread ends by itself. A pause among them may have taken effect, but there is no hold,
/// and an anchor_pause_end that relied on it has not resumed. Resume those sessions, or take all
/// completions first.
///
/// In a forked child the queue is empty and has another descriptor. Calls that the parent began
/// complete in the parent.
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

/// A descriptor that is readable while completions wait, for poll, epoll and event loops. It
/// belongs to the queue, which closes it when it is freed. Do not read from it, write to it or
/// close it. On Windows it is a SOCKET, for WSAPoll and select, whose other end is in this process.
///
/// @param queue       A live queue.
/// @param descriptor  Receives the descriptor, -1 on failure. Must not be NULL.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if an argument is NULL; ANCHOR_INVALID_HANDLE;
///         ANCHOR_RESOURCE_EXHAUSTED.
///
/// The descriptor stays readable until the last completion is taken. Several threads may wait for
/// it.
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

/// Takes the oldest completion, and waits for one if there is none. The rest of the outcome, such
/// as the result, is read from the call object, which may then serve the next call.
///
/// @param queue       A live queue.
/// @param timeout_ms  The longest wait in milliseconds, up to 86400000 (a day). 0 does not wait.
/// @param tag         Receives the tag of the call, 0 if there is no completion. May be NULL.
/// @param status      Receives the status of the call: what its function would have returned
///                    without a queue. Must not be NULL.
/// @param error       Receives the message of a failed call, or of a failure of this function, else
///                    NULL. Free it by anchor_free. May be NULL.
/// @return ANCHOR_OK if a completion was taken, whatever its status; ANCHOR_TIMEOUT if there was
///         none; ANCHOR_INVALID_ARGUMENT; ANCHOR_INVALID_HANDLE, also if another thread frees the
///         queue meanwhile; ANCHOR_RESOURCE_EXHAUSTED; ANCHOR_INTERNAL.
///
/// The client's log function receives the lines about the call here, on this thread. Any number of
/// threads may call this. Each completion goes to one of them.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn anchor_queue_next(
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
        find::<Queue, _>(queue, "queue")?
            .next(timeout)?
            .map(Shielded::new)
            .ok_or_else(|| Error::Timeout(format!("no call completed within {timeout_ms} ms; wait again")))
    };
    let take_and_log = || {
        let mut completion = shielded_here(take)??;
        completion.deliver_log();
        Ok(completion)
    };
    let deliver = |mut completion: Shielded<Completion>| {
        // SAFETY: status is not NULL here, and the caller promises that each of the others is NULL
        // or may be written.
        unsafe {
            *status = report(error, &completion.result);
            if !tag.is_null() {
                *tag = completion.tag;
            }
        }
        if let Ok(Some(hold)) = &mut completion.result {
            hold.keep();
        }
    };
    // SAFETY: the caller promises that `error` is NULL or may be written.
    unsafe { may_call_host(error, || take_and_log().map_err(|error| Report::new(&error, None)), deliver) }
}

/// Binds a call to a queue: calls with this object return at once and complete there.
///
/// @param call   A live call that is not running. It must have no progress function when a call
///               begins.
/// @param queue  A live queue, which must be live when a call begins. NULL: calls block again.
/// @param tag    Returned by anchor_queue_next, to identify the call: any number, or a pointer's
///               value.
/// @return ANCHOR_OK; ANCHOR_INVALID_ARGUMENT if call is NULL or running; ANCHOR_INVALID_HANDLE.
///
/// A function that makes a call then returns ANCHOR_OK as soon as the call has begun, and the call
/// always completes. Any other status means that no call was begun: ANCHOR_INVALID_ARGUMENT,
/// ANCHOR_INVALID_HANDLE, or ANCHOR_RESOURCE_EXHAUSTED if the queue is full or no thread can be
/// started.
///
/// The timeout starts when the call begins. anchor_call_cancel cancels the call. The object may be
/// freed at once if its outcome is not needed, and the outcome may be read after the completion was
/// taken.
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
