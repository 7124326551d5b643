//! What calls share, and how one is driven on the caller's thread. Knows no endpoint.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use crate::address::Address;
use crate::call::{Ended, Running};
use crate::download::Download;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::ffi::{fork, stack};
use crate::notices::{Log, Notices};
use crate::operation::Operation;
use crate::options::Configuration;
use crate::pause_count::{Hold, PauseCount, PauseOp};
use crate::process::PerProcess;
use crate::transport::{self, Engine, HeldLane, Http, Settings};

/// A key, some numbers, and a reference to an engine.
pub struct Client {
    pub address: Address,
    pub headers: HeaderMap,
    pub api_key: HeaderValue,
    timeout: Duration,
    pub max_retries: u32,
    settings: Arc<Settings>,
    engine: PerProcess<Arc<Engine>>,
    pub pause_count: PauseCount,
    log: Option<Arc<Log>>,
}

/// What is asked of the API.
pub struct Request {
    pub method: Method,
    /// Percent-encoded, from the first slash.
    pub path: String,
    /// JSON text.
    pub body: Option<String>,
    pub operation: Operation,
    /// What it does to the count of the session's pauses.
    pub pause_op: Option<PauseOp>,
    /// Whether it may be sent again when it is not known what became of it.
    pub repeatable: bool,
    /// Where the answer goes if it is a video and no JSON.
    pub download: Option<Download>,
}

/// How long a call may take, and until when.
#[derive(Clone, Copy)]
pub struct Limits {
    pub timeout: Duration,
    pub deadline: Instant,
}

/// What is settled before a call begins.
#[derive(Clone, Copy)]
pub struct Admission {
    pub limits: Limits,
    /// Whether there is anything to send: only the end of the last hold resumes.
    pub is_needed: bool,
}

impl Client {
    /// Opens nothing: the first call does.
    pub fn new(configuration: Configuration) -> Self {
        Self {
            address: configuration.address,
            headers: configuration.headers,
            api_key: configuration.api_key,
            timeout: configuration.timeout,
            max_retries: configuration.max_retries,
            settings: Arc::new(configuration.settings),
            engine: PerProcess::new(),
            pause_count: PauseCount::new(),
            log: configuration.log,
        }
    }

    /// Sends the request and, within the call's time, its retries: on this thread.
    pub fn send(
        &self,
        request: &Request,
        running: &Running<'_>,
        begun: Result<Instant, Error>,
    ) -> Result<Option<Hold>, Error> {
        // First of all: a hold that is to end is over, whatever follows.
        let is_needed = self.release(request)?;
        let Limits { timeout, deadline } = self.limits(running, begun)?;
        running.check_cancelled(&request.operation)?;
        if !is_needed {
            return Ok(None);
        }
        let (uri, engine, lane) = stack::roomy(|| {
            let (uri, engine) = (self.address.with(&request.path)?, self.engine()?);
            Ok((uri, engine, engine.lane()?))
        })
        .map_err(|error: Error| error.before(&request.operation))?;
        let http = lane.http()?;
        let notices = Notices::new(running, self.log.clone());
        let exchange = Exchange::new(self, request, uri, engine, running, deadline, &notices);
        let ended = drive(lane, &notices, running.watch(deadline, exchange.run(http)))?
            .ok_or_else(|| forked(&request.operation))?;
        exchange.finish(ended, timeout)
    }

    /// As `send`, on a thread that many calls share, for a request that was admitted: with the HTTP client that is there for
    /// the engine. The log's lines wait in `notices`. The second value tells whether the connection may be dead.
    pub async fn send_beside(
        &self,
        request: &Request,
        Admission { limits: Limits { timeout, deadline }, is_needed }: Admission,
        running: &Running<'_>,
        notices: &Notices<'_>,
        http_of: impl FnOnce(&Arc<Engine>) -> Http,
    ) -> (Result<Option<Hold>, Error>, bool) {
        let prepared = || {
            running.check_cancelled(&request.operation)?;
            if !is_needed {
                return Ok(None);
            }
            let engine = self.engine()?;
            Ok(Some((self.address.with(&request.path)?, engine, http_of(engine))))
        };
        let (uri, engine, http) = match prepared() {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return (Ok(None), false),
            Err(error) => return (Err(Error::before(error, &request.operation)), false),
        };
        let exchange = Exchange::new(self, request, uri, engine, running, deadline, notices);
        let ended = running.watch(deadline, exchange.run(http)).await;
        let stuck = !matches!(ended, Ended::Done(_));
        (exchange.finish(ended, timeout), stuck)
    }

    /// Ends the hold if that is what is asked. False if there is nothing to send, because it was not the last.
    pub fn release(&self, request: &Request) -> Result<bool, Error> {
        match (request.pause_op, &request.operation) {
            (Some(PauseOp::Release), Operation::Resume { session }) => self.pause_count.release(session),
            _ => Ok(true),
        }
    }

    /// The limits of a call that began then, unless the clock could not be read.
    pub fn limits(&self, running: &Running<'_>, begun: Result<Instant, Error>) -> Result<Limits, Error> {
        let timeout = running.timeout(self.timeout)?;
        Ok(Limits { timeout, deadline: begun? + timeout })
    }

    pub fn log(&self) -> Option<&Arc<Log>> {
        self.log.as_ref()
    }

    fn engine(&self) -> Result<&Arc<Engine>, Error> {
        self.engine.get_or_try_init(|| transport::engine(&self.settings))
    }
}

/// The error for a child that a function of the host's made half-way through a call: the work is the parent's.
pub fn forked(operation: &Operation) -> Error {
    Error::ConnectionLost(format!(
        "the process was forked while {operation}, and this is the child, where the call is over; {}",
        operation.next_step()
    ))
}

/// Works slice by slice on this thread, and lets the host's functions run between two slices. `None` in a child that one of
/// these functions made.
fn drive<W: Future<Output = Ended<T>>, T>(
    lane: HeldLane<'_>,
    notices: &Notices<'_>,
    work: W,
) -> Result<Option<Ended<T>>, Error> {
    let process = fork::generation();
    let mut work = Work { future: Some(Box::pin(work)), lane };
    let ended = loop {
        if let Some(ended) = stack::roomy(|| work.run_slice(notices))? {
            break ended;
        }
        let goes_on = notices.tell();
        if fork::generation() != process {
            // This is a child that the host's function made: the work and its sockets are the parent's.
            std::mem::forget(work);
            return Ok(None);
        }
        if !goes_on {
            break Ended::Cancelled;
        }
    };
    if !matches!(ended, Ended::Done(_)) {
        // Its connection may be dead, and HTTP/2 would go on using it.
        work.lane.retire();
    }
    stack::roomy(|| drop(work));
    notices.tell_rest();
    Ok(Some(ended))
}

/// A call's work, and the runtime that it needs even to be dropped: a connection then goes back to its pool. Between two
/// slices no runtime is entered, so that the host's functions may switch to another call on this thread.
struct Work<'a, W> {
    future: Option<Pin<Box<W>>>,
    lane: HeldLane<'a>,
}

impl<W: Future> Work<'_, W> {
    fn run_slice(&mut self, notices: &Notices<'_>) -> Result<Option<W::Output>, Error> {
        match &mut self.future {
            Some(future) => self.lane.run(notices.slice(future.as_mut())),
            None => Ok(None),
        }
    }
}

impl<W> Drop for Work<'_, W> {
    fn drop(&mut self) {
        let _runtime = self.lane.enter();
        self.future = None;
    }
}
