//! What calls share, and how one call runs on the caller's thread.
//!
//! The caller's thread does all the work: the HTTP client is driven to completion on it. That makes
//! a deadline, a cancellation and a fork simple. The work is cut into slices; between two slices no
//! runtime is entered and nothing of the thread is changed, so that functions of the host may switch
//! to another call on the same thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tokio::time::Instant;

use crate::call::{CallEvents, CallGuard, Ended};
use crate::config::{Address, Configuration, Log};
use crate::error::Error;
use crate::exchange::{Attempts, Hold, PauseCount, PauseOp, RELEASE, Request};
use crate::operation::Operation;
use crate::redaction::Redactor;
use crate::sys::{PerProcess, Shielded, caught, deep, fork, shielded, threads};
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

/// What a call needs on its own thread.
pub struct Prepared {
    time_limit: TimeLimit,
    uri: Uri,
    runtime: PooledRuntime,
    now: Instant,
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

    /// Decides whether there is anything to send in a call that began at `begun`, unless the clock
    /// could not be read, and gets what that needs. A part of it takes much stack: see `deep`.
    pub fn prepare(
        &self,
        request: &Request,
        call: &CallGuard<'_>,
        begun: Result<Instant, Error>,
    ) -> Result<Option<Prepared>, Error> {
        // Before anything that can fail: a hold that is to end is over.
        let is_needed = self.release(request)?;
        let time_limit = self.time_limit(call, begun)?;
        call.check_cancelled(&request.operation)?;
        if !is_needed {
            return Ok(None);
        }
        let prepared = deep(|| {
            let uri = self.config.address.with(&request.path)?;
            Ok(Prepared { time_limit, uri, runtime: self.engine()?.checkout()?, now: Instant::now() })
        });
        prepared.and_then(|prepared| prepared).map(Some).map_err(|error| error.before(&request.operation))
    }

    /// Sends the request and its retries on this thread, within the time limit of the call. The
    /// functions of the host run between parts that are shielded from them.
    pub fn send(&self, request: &Request, call: &CallGuard<'_>, prepared: &Prepared) -> Result<Option<Hold>, Error> {
        let Prepared { time_limit: TimeLimit { timeout, deadline }, uri, runtime, now } = prepared;
        let events = CallEvents::new(call, self.config.log.clone());
        let attempts = Attempts::new(&self.config, &self.pause_count, request, uri, (*now, *deadline), &events);
        let start = || call.watch(*deadline, attempts.run(runtime.http()));
        let mut work = Shielded::new(Work { start: Some(start), future: None, runtime });
        let ended = match drive(&mut work, &events) {
            Ok(ended) => ended.ok_or_else(|| forked(&request.operation))?,
            Err(error) => {
                // The runtime failed. The host may download to the same file again.
                let _ = shielded(|| release_file(request));
                return request.end_by(error.during(&request.operation)).map(|()| None);
            }
        };
        let result = shielded(|| {
            work.end(&ended);
            release_file(request);
            attempts.finish(ended, *timeout)
        });
        if result.is_ok() {
            // There is nothing left to drop.
            std::mem::forget(work);
        } else {
            drop(work);
        }
        events.flush_log();
        result.map_err(|error| error.during(&request.operation))?
    }

    /// Like `send`, on a thread that many calls share, for a request that was admitted. `http_of`
    /// returns the HTTP client that the calls of an engine share. The second value tells whether
    /// the call was given up.
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
            Ok(Some((self.config.address.with(&request.path)?, http_of(engine))))
        };
        let (uri, http) = match prepared() {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return (Ok(None), false),
            Err(error) => return (Err(Error::before(error, &request.operation)), false),
        };
        let times = (Instant::now(), deadline);
        let attempts = Attempts::new(&self.config, &self.pause_count, request, &uri, times, events);
        // Pinned here, because a future that is moved into another one takes its memory twice.
        let work = pin!(attempts.run(&http));
        let ended = events.call().watch(deadline, work).await;
        attempts.close().await;
        let is_given_up = !matches!(ended, Ended::Done(_));
        (attempts.finish(ended, timeout), is_given_up)
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

    /// Hides the client's API key.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.config.redactor
    }

    fn engine(&self) -> Result<&Arc<Engine>, Error> {
        self.engine.get_or_try_init(|| transport::engine(&self.config.transport))
    }
}

/// The error in a child process that a function of the host forked during a call.
pub fn forked(operation: &Operation) -> Error {
    Error::ConnectionLost(format!(
        "the process was forked while {operation}, and this is the child, where the call is over; {}",
        operation.step_if_unknown()
    ))
}

/// Releases the file of a download if that takes no longer. How the call ended is decided. No
/// runtime is needed, because it may be broken.
fn release_file(request: &Request) {
    if let Some(download) = &request.download {
        let _ = caught(|| threads::block_on(download.close(), Some(RELEASE)));
    }
}

/// Runs the work slice by slice on this thread, and the host's functions in between. Returns `None`
/// in a child that one of these functions forked.
fn drive<S: FnOnce() -> W, W: Future<Output = Ended<T>>, T>(
    work: &mut Work<'_, S, W>,
    events: &CallEvents<'_>,
) -> Result<Option<Ended<T>>, Error> {
    let process = fork::generation();
    loop {
        if let Some(ended) = shielded(|| work.run_slice(events))?? {
            return Ok(Some(ended));
        }
        let should_continue = events.deliver();
        if fork::generation() != process {
            // This is the child: the work and its sockets belong to the parent.
            work.abandon();
            return Ok(None);
        }
        if !should_continue {
            return Ok(Some(Ended::Cancelled));
        }
    }
}

/// The work of a call, and the runtime that it needs even to be dropped: its connection then
/// returns to the pool.
struct Work<'a, S, W> {
    /// Makes the future, in the first slice.
    start: Option<S>,
    /// Boxed, because it is moved on the caller's stack, which may be small.
    future: Option<Pin<Box<W>>>,
    runtime: &'a PooledRuntime,
}

impl<S: FnOnce() -> W, W: Future<Output = Ended<T>>, T> Work<'_, S, W> {
    fn run_slice(&mut self, events: &CallEvents<'_>) -> Result<Option<W::Output>, Error> {
        if let Some(start) = self.start.take() {
            self.future = Some(Box::pin(start()));
        }
        match &mut self.future {
            Some(future) => self.runtime.run(events.slice(future.as_mut())),
            None => Ok(None),
        }
    }

    fn end(&mut self, ended: &Ended<T>) {
        if matches!(ended, Ended::Done(_)) {
            // Nothing of a future that is done needs the runtime to be driven.
            let _entered = self.runtime.enter();
            self.future = None;
            return;
        }
        // The connection may be dead, and HTTP/2 would keep using it.
        self.runtime.discard();
        self.drop_future();
    }

    /// Leaks the work.
    fn abandon(&mut self) {
        std::mem::forget(self.future.take());
    }
}

impl<S, W> Work<'_, S, W> {
    fn drop_future(&mut self) {
        if let Some(future) = self.future.take() {
            self.runtime.abandon(future);
        }
    }
}

impl<S, W> Drop for Work<'_, S, W> {
    fn drop(&mut self) {
        self.drop_future();
    }
}
