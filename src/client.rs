//! What calls share, and how one is driven on the caller's thread. Knows no endpoint.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use crate::address::Address;
use crate::call::{Ended, Running};
use crate::download::Download;
use crate::error::{Error, Subject};
use crate::exchange::Exchange;
use crate::ffi::{fork, stack};
use crate::holds::{Holds, Turn};
use crate::notices::{Log, Notices};
use crate::options::Configuration;
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
    pub holds: Holds,
    log: Option<Arc<Log>>,
}

/// What is asked of the API.
pub struct Request {
    pub method: Method,
    /// Percent-encoded, from the first slash.
    pub path: String,
    /// JSON text.
    pub body: Option<String>,
    pub subject: Subject,
    /// Sent only if it is the first or last of the session's holds.
    pub turn: Option<Turn>,
    /// Whether it may be sent again when it is not known what became of it.
    pub repeatable: bool,
    /// Whether the answer must be JSON for the caller to read.
    pub lists: bool,
    /// Where the answer goes if it is a video and no JSON.
    pub download: Option<Download>,
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
            holds: Holds::new(),
            log: configuration.log,
        }
    }

    /// Sends the request and, within the call's time, its retries: on this thread.
    pub fn send(&self, request: &Request, running: &Running<'_>) -> Result<(), Error> {
        let Some((timeout, deadline)) = self.begin(request, running)? else { return Ok(()) };
        let (uri, engine, lane) = stack::roomy(|| {
            let (uri, engine) = (self.address.with(&request.path)?, self.engine()?);
            Ok((uri, engine, engine.lane()?))
        })?;
        let http = lane.http()?;
        let notices = Notices::new(running, self.log.clone());
        let exchange = Exchange::new(self, request, uri, engine, running, deadline, &notices);
        let ended = drive(lane, &notices, running.watch(deadline, exchange.in_turn(http)))?;
        exchange.verdict(ended, timeout)
    }

    /// As `send`, on a thread that many calls share: with the HTTP client that is there for the engine. The log's lines
    /// wait in `notices`. The second value tells whether the connection may be dead.
    pub async fn send_beside(
        &self,
        request: &Request,
        running: &Running<'_>,
        notices: &Notices<'_>,
        http_of: impl FnOnce(&Arc<Engine>) -> Http,
    ) -> (Result<(), Error>, bool) {
        let prepared = || {
            let Some(times) = self.begin(request, running)? else { return Ok(None) };
            let engine = self.engine()?;
            Ok(Some((times, self.address.with(&request.path)?, engine, http_of(engine))))
        };
        let ((timeout, deadline), uri, engine, http) = match prepared() {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return (Ok(()), false),
            Err(error) => return (Err(error), false),
        };
        let exchange = Exchange::new(self, request, uri, engine, running, deadline, notices);
        let ended = running.watch(deadline, exchange.in_turn(http)).await;
        let stuck = !matches!(ended, Ended::Done(_));
        (exchange.verdict(ended, timeout), stuck)
    }

    pub fn log(&self) -> Option<&Arc<Log>> {
        self.log.as_ref()
    }

    /// How long the call may take and until when; `None` if there is nothing to send.
    fn begin(&self, request: &Request, running: &Running<'_>) -> Result<Option<(Duration, Instant)>, Error> {
        if request.turn == Some(Turn::End) && !self.holds.end(request.subject.name())? {
            return Ok(None);
        }
        running.check_cancelled()?;
        let timeout = running.timeout(self.timeout)?;
        Ok(Some((timeout, running.deadline(timeout))))
    }

    fn engine(&self) -> Result<&Arc<Engine>, Error> {
        self.engine.get_or_try_init(|| transport::engine(&self.settings))
    }
}

/// Works slice by slice on this thread, and lets the host's functions run between two slices.
fn drive<T>(
    lane: HeldLane<'_>,
    notices: &Notices<'_>,
    work: impl Future<Output = Ended<T>>,
) -> Result<Ended<T>, Error> {
    let process = fork::generation();
    let runtime = lane.enter()?;
    let mut work = Box::pin(work);
    let ended = loop {
        if let Some(ended) = stack::roomy(|| lane.run(notices.slice(work.as_mut())))? {
            break ended;
        }
        let goes_on = notices.tell();
        if fork::generation() != process {
            // This is a child that the host's function made: the work and its sockets are the parent's.
            std::mem::forget(work);
            drop(runtime);
            std::mem::forget(lane);
            return Err(Error::ConnectionLost(
                "the process was forked while the call was under way: call again".into(),
            ));
        }
        if !goes_on {
            break Ended::Cancelled;
        }
    };
    if !matches!(ended, Ended::Done(_)) {
        // Its connection may be dead, and HTTP/2 would go on using it.
        lane.retire();
    }
    stack::roomy(|| drop((work, runtime)));
    stack::roomy(|| drop(lane));
    notices.tell_rest();
    Ok(ended)
}
