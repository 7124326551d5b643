//! The queue object: submitting calls and taking completions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::completions::{Completion, Completions};
use super::job::Job;
use super::worker;
use crate::call::Call;
use crate::client::{Admission, Client};
use crate::error::Error;
use crate::exchange::Request;
use crate::sys::{PerProcess, caught};

/// A completion queue, which the host holds as `anchor_queue`.
pub struct Queue {
    capacity: usize,
    /// A forked child starts with an empty queue, because the worker of its parent does not exist
    /// there.
    state: PerProcess<State>,
}

#[derive(Default)]
struct State {
    completions: Arc<Completions>,
    /// The channel to the worker. The first call starts it, and it ends when the channel is closed.
    jobs: Mutex<Option<UnboundedSender<Box<Job>>>>,
}

impl Queue {
    /// Starts no thread: the first call does.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: PerProcess::new() }
    }

    /// Begins a call, which ends in a completion.
    pub fn submit(&self, tag: u64, client: Arc<Client>, call: Arc<Call>, request: Request) -> Result<(), Error> {
        let state = self.state();
        let reservation = state.completions.reserve(self.capacity).ok_or_else(|| self.full())?;
        let begun = caught(Instant::now);
        let guard = call.begin()?;
        if guard.progress().is_some() {
            return Err(Error::argument(
                "call",
                "has a progress function and a queue: remove the function, and use anchor_call_transferred instead",
            ));
        }
        let mut jobs = state.lock_jobs();
        if jobs.as_ref().is_none_or(UnboundedSender::is_closed) {
            *jobs = Some(worker::start()?);
        }
        let time_limit = client.time_limit(&guard, begun)?;
        // The last step that can fail: if the call does not begin, the host may end the hold again.
        let is_needed = client.release(&request)?;
        guard.hand_over();
        reservation.commit();
        let admission = Admission { time_limit, is_needed };
        let job = Job::boxed(tag, client, call, request, admission, Arc::clone(&state.completions));
        if let Some(jobs) = jobs.as_ref() {
            // If the worker has ended, the job is dropped here and completes with an error. Waking
            // the worker fails if the host has closed its descriptors, which it notices by itself.
            let _ = caught(|| drop(jobs.send(job)));
        }
        Ok(())
    }

    /// Readable while completions wait.
    pub fn descriptor(&self) -> Result<i32, Error> {
        self.state().completions.descriptor()
    }

    /// The oldest completion, or `None` if there was none within the timeout.
    pub fn next(&self, timeout: Duration) -> Result<Option<Completion>, Error> {
        self.state().completions.next(timeout)
    }

    /// Cancels the running calls and wakes all waiting threads, before the queue is freed.
    pub fn close(&self) {
        let state = self.state();
        state.completions.close();
        state.lock_jobs().take();
    }

    fn full(&self) -> Error {
        Error::ResourceExhausted(format!(
            "the queue is full: it holds {} calls; take completed ones with anchor_queue_next",
            self.capacity
        ))
    }

    fn state(&self) -> &State {
        self.state.get_or_init(State::default)
    }
}

impl State {
    fn lock_jobs(&self) -> MutexGuard<'_, Option<UnboundedSender<Box<Job>>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
