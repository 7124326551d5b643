//! What calls share, and how one call runs on the caller's thread.
//!
//! The caller's thread does all the work: the HTTP client is driven to completion on it. That makes
//! a deadline, a cancellation and a fork simple. The work is cut into slices; between two slices no
//! runtime is entered, so that functions of the host may switch to another call on the same thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::call::{CallEvents, CallGuard, Ended};
use crate::config::{Address, Configuration, Log};
use crate::error::Error;
use crate::exchange::{Attempts, Hold, PauseCount, PauseOp, Request};
use crate::operation::Operation;
use crate::sys::{PerProcess, fork, stack};
use crate::transport::{self, Engine, Http, PooledRuntime};

/// An API client: credentials, default settings and the shared connection pool.
pub struct Client {
    config: Configuration,
    engine: PerProcess<Arc<Engine>>,
    pause_count: PauseCount,
}

/// How long a call may take, and until when.
#[derive(Clone, Copy)]
pub struct TimeLimit {
    pub timeout: Duration,
    pub deadline: Instant,
}

/// What is decided before a call begins.
#[derive(Clone, Copy)]
pub struct Admission {
    pub time_limit: TimeLimit,
    /// Whether there is anything to send: only the end of the last hold sends a resume.
    pub is_needed: bool,
}

impl Client {
    /// Opens no connection: the first call does.
    pub fn new(config: Configuration) -> Self {
        Self { config, engine: PerProcess::new(), pause_count: PauseCount::new() }
    }

    /// Sends the request and its retries on this thread, within the time limit of the call.
    pub fn send(
        &self,
        request: &Request,
        call: &CallGuard<'_>,
        begun: Result<Instant, Error>,
    ) -> Result<Option<Hold>, Error> {
        // Before anything that can fail: a hold that is to end is over.
        let is_needed = self.release(request)?;
        let TimeLimit { timeout, deadline } = self.time_limit(call, begun)?;
        call.check_cancelled(&request.operation)?;
        if !is_needed {
            return Ok(None);
        }
        let (uri, engine, runtime) = stack::with_enough_stack(|| {
            let (uri, engine) = (self.config.address.with(&request.path)?, self.engine()?);
            Ok((uri, engine, engine.checkout()?))
        })
        .map_err(|error: Error| error.before(&request.operation))?;
        let http = runtime.http()?;
        let events = CallEvents::new(call, self.config.log.clone());
        let attempts = Attempts::new(&self.config, &self.pause_count, engine, request, uri, deadline, &events);
        let ended = drive(runtime, &events, call.watch(deadline, attempts.run(http)))?
            .ok_or_else(|| forked(&request.operation))?;
        attempts.finish(ended, timeout)
    }

    /// Like `send`, on a thread that many calls share, for a request that was admitted. `http_of`
    /// returns the HTTP client that the calls of an engine share. The second value tells whether
    /// the connection may be dead.
    pub async fn send_concurrently(
        &self,
        request: &Request,
        Admission { time_limit: TimeLimit { timeout, deadline }, is_needed }: Admission,
        events: &CallEvents<'_>,
        http_of: impl FnOnce(&Arc<Engine>) -> Http,
    ) -> (Result<Option<Hold>, Error>, bool) {
        let prepared = || {
            events.call().check_cancelled(&request.operation)?;
            if !is_needed {
                return Ok(None);
            }
            let engine = self.engine()?;
            Ok(Some((self.config.address.with(&request.path)?, engine, http_of(engine))))
        };
        let (uri, engine, http) = match prepared() {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return (Ok(None), false),
            Err(error) => return (Err(Error::before(error, &request.operation)), false),
        };
        let attempts = Attempts::new(&self.config, &self.pause_count, engine, request, uri, deadline, events);
        let ended = events.call().watch(deadline, attempts.run(http)).await;
        let may_be_dead = !matches!(ended, Ended::Done(_));
        (attempts.finish(ended, timeout), may_be_dead)
    }

    /// Ends the hold if the request asks for that. Returns false if other holds remain, so that
    /// there is nothing to send.
    pub fn release(&self, request: &Request) -> Result<bool, Error> {
        match (request.pause_op, &request.operation) {
            (Some(PauseOp::Release), Operation::Resume { session }) => self.pause_count.release(session),
            _ => Ok(true),
        }
    }

    /// The time limit of a call that began at `begun`, unless the clock could not be read.
    pub fn time_limit(&self, call: &CallGuard<'_>, begun: Result<Instant, Error>) -> Result<TimeLimit, Error> {
        let timeout = call.timeout(self.config.timeout)?;
        Ok(TimeLimit { timeout, deadline: begun? + timeout })
    }

    pub fn address(&self) -> &Address {
        &self.config.address
    }

    pub fn log(&self) -> Option<&Arc<Log>> {
        self.config.log.as_ref()
    }

    fn engine(&self) -> Result<&Arc<Engine>, Error> {
        self.engine.get_or_try_init(|| transport::engine(&self.config.transport))
    }
}

/// The error in a child process that a function of the host forked during a call.
pub fn forked(operation: &Operation) -> Error {
    Error::ConnectionLost(format!(
        "the process was forked while {operation}, and this is the child, where the call is over; {}",
        operation.next_step()
    ))
}

/// Runs the work slice by slice on this thread, and the host's functions in between. Returns `None`
/// in a child that one of these functions forked.
fn drive<W: Future<Output = Ended<T>>, T>(
    runtime: PooledRuntime<'_>,
    events: &CallEvents<'_>,
    work: W,
) -> Result<Option<Ended<T>>, Error> {
    let process = fork::generation();
    let mut work = Work { future: Some(Box::pin(work)), runtime };
    let ended = loop {
        if let Some(ended) = stack::with_enough_stack(|| work.run_slice(events))? {
            break ended;
        }
        let should_continue = events.deliver();
        if fork::generation() != process {
            // This is the child: the work and its sockets belong to the parent.
            std::mem::forget(work);
            return Ok(None);
        }
        if !should_continue {
            break Ended::Cancelled;
        }
    };
    if !matches!(ended, Ended::Done(_)) {
        // The connection may be dead, and HTTP/2 would keep using it.
        work.runtime.discard();
    }
    stack::with_enough_stack(|| drop(work));
    events.flush_log();
    Ok(Some(ended))
}

/// The work of a call, and the runtime that it needs even to be dropped: its connection then
/// returns to the pool.
struct Work<'a, W> {
    future: Option<Pin<Box<W>>>,
    runtime: PooledRuntime<'a>,
}

impl<W: Future> Work<'_, W> {
    fn run_slice(&mut self, events: &CallEvents<'_>) -> Result<Option<W::Output>, Error> {
        match &mut self.future {
            Some(future) => self.runtime.run(events.slice(future.as_mut())),
            None => Ok(None),
        }
    }
}

impl<W> Drop for Work<'_, W> {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        self.future = None;
    }
}
