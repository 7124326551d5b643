//! How an export sends its request: on the calling thread, or through a queue.

use std::cell::OnceCell;
use std::ffi::c_char;
use std::sync::Arc;

use tokio::time::Instant;

use super::boundary::may_call_host;
use super::call::anchor_call;
use super::client::anchor_client;
use super::objects::find;
use crate::call::{Call, QueueBinding};
use crate::client::Client;
use crate::error::{Error, Report};
use crate::exchange::{Hold, Request};
use crate::queue::Queue;
use crate::sys::{Shielded, caught, shielded, shielded_here};

/// Sends a request on this thread, or through the queue that the call is bound to.
///
/// # Safety
///
/// `error` is NULL or may be written.
pub unsafe fn send(
    client: *mut anchor_client,
    call: *mut anchor_call,
    error: *mut *mut c_char,
    make: impl FnOnce(&Client) -> Result<Request, Error>,
) -> i32 {
    // Known when the client is. Before that, no message has a foreign text.
    let redactor = OnceCell::new();
    let find_client = || {
        let client = find::<Client, _>(client, "client")?;
        redactor.get_or_init(|| Arc::clone(client.redactor()));
        Ok(client)
    };
    let body = || {
        if call.is_null() {
            return block(find_client, &Call::anonymous(), make);
        }
        let call = Shielded::new(shielded_here(|| find::<Call, _>(call, "call"))??);
        match call.queue() {
            Some(binding) => shielded(|| submit(find_client, &call, binding, make))?.map(|()| None),
            None => block(find_client, &call, make),
        }
    };
    let reported = || body().map_err(|error| Report::new(&error, redactor.get().map(Arc::as_ref)));
    // After the status is reported, so that a hold exists exactly if the host learns of it.
    let keep = |hold: Option<Hold>| {
        if let Some(hold) = hold {
            Shielded::new(hold).keep();
        }
    };
    // SAFETY: `may_call_host` requires of `error` what the caller promises.
    unsafe { may_call_host(error, reported, keep) }
}

/// Sends a request through a queue.
fn submit(
    find_client: impl FnOnce() -> Result<Arc<Client>, Error>,
    call: &Arc<Call>,
    binding: QueueBinding,
    make: impl FnOnce(&Client) -> Result<Request, Error>,
) -> Result<(), Error> {
    let client = find_client()?;
    let queue = find::<Queue, _>(binding.queue as *const u8, "the queue of call")?;
    let request = make(&client)?;
    queue.submit(binding.tag, client, Arc::clone(call), request)
}

/// Sends a request on this thread and waits for its answer.
fn block(
    find_client: impl FnOnce() -> Result<Arc<Client>, Error>,
    call: &Call,
    make: impl FnOnce(&Client) -> Result<Request, Error>,
) -> Result<Option<Hold>, Error> {
    let begin = || {
        // The time counts from here. If the clock cannot be read, that fails the call only after a
        // hold that is to end is over.
        let begun = caught(Instant::now);
        let guard = call.begin()?;
        let client = find_client()?;
        let request = make(&client)?;
        Ok((client.prepare(&request, &guard, begun)?, request, guard, client))
    };
    let begun = Shielded::new(shielded_here(begin)??);
    let (prepared, request, guard, client) = &*begun;
    prepared.as_ref().map_or(Ok(None), |prepared| client.send(request, guard, prepared))
}
