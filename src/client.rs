//! One request, attempted until it has a checked answer. Knows no endpoint.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_LENGTH, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use tokio::time::Instant;

use crate::answer::{self, Body};
use crate::call::{Ended, Running};
use crate::cause;
use crate::error::Error;
use crate::holds::{Holds, Turn};
use crate::options::Configuration;
use crate::process::PerProcess;
use crate::retry::{self, Failure};
use crate::transport::{self, Engine, Settings};

const USER_AGENT_VALUE: &str = concat!("libanchor/", env!("CARGO_PKG_VERSION"));
const REQUEST_ID_HEADER: &str = "x-request-id";

/// A key, some numbers, and a reference to an engine.
pub struct Client {
    base_url: String,
    headers: HeaderMap,
    api_key: HeaderValue,
    timeout: Duration,
    max_retries: u32,
    settings: Arc<Settings>,
    engine: PerProcess<Arc<Engine>>,
    holds: Holds,
}

/// What is asked of the API.
pub struct Request<'a> {
    pub method: Method,
    /// Percent-encoded, from the first slash.
    pub path: &'a str,
    /// For the messages.
    pub session: &'a str,
    /// Sent only if it is the first or last of the session's holds.
    pub turn: Option<Turn>,
    /// Whether it may be sent again when it is not known what became of it.
    pub repeatable: bool,
}

impl Client {
    /// Opens nothing: the first call does.
    pub fn new(configuration: Configuration) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("anchor-api-key", configuration.api_key.clone());
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_VALUE));
        headers.insert("x-anchor-sdk", HeaderValue::from_static(USER_AGENT_VALUE));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            base_url: configuration.base_url.as_str().trim_end_matches('/').to_owned(),
            headers,
            api_key: configuration.api_key,
            timeout: configuration.timeout,
            max_retries: configuration.max_retries,
            settings: Arc::new(configuration.settings),
            engine: PerProcess::new(),
            holds: Holds::new(),
        }
    }

    /// Sends the request and, within the call's time, its retries.
    pub fn send(&self, request: &Request<'_>, running: &Running<'_>) -> Result<(), Error> {
        let timeout = running.timeout(self.timeout)?;
        let deadline = running.deadline(timeout);
        let url = Url::parse(&format!("{}{}", self.base_url, request.path))
            .map_err(|reason| Error::Internal(format!("no URL for {}: {reason}", request.path)))?;
        let lane = self.engine.get_or_try_init(|| transport::engine(&self.settings))?.lane()?;
        let max_retries = running.max_retries(self.max_retries);
        let exchange =
            Exchange { client: self, request, url, running, deadline, max_retries, last: RefCell::new(None) };
        match lane.run(|http| running.watch(deadline, exchange.in_turn(http)))? {
            Ended::Done(result) => result,
            Ended::Cancelled => Err(Error::Cancelled(exchange.unfinished("cancelled"))),
            Ended::TimedOut => {
                let what = format!("no answer within {} ms", timeout.as_millis());
                Err(Error::Timeout(exchange.unfinished(&what)))
            }
        }
    }
}

/// One request on its way.
struct Exchange<'a> {
    client: &'a Client,
    request: &'a Request<'a>,
    url: Url,
    running: &'a Running<'a>,
    deadline: Instant,
    max_retries: u32,
    /// Why the attempt before this one failed.
    last: RefCell<Option<Error>>,
}

impl Exchange<'_> {
    async fn in_turn(&self, http: reqwest::Client) -> Result<(), Error> {
        match self.request.turn {
            Some(turn) => self.client.holds.take(turn, self.request.session, self.attempts(http)).await,
            None => self.attempts(http).await,
        }
    }

    async fn attempts(&self, http: reqwest::Client) -> Result<(), Error> {
        let mut retries = 0;
        loop {
            self.running.record(|outcome| outcome.attempts += 1);
            let failure = match self.attempt(&http).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            let unsent = matches!(failure.error, Error::ConnectFailed(_));
            if retries >= self.max_retries || !(self.request.repeatable || unsent) {
                return Err(failure.error);
            }
            match failure.pause(retries) {
                // Better the answer that came than a timeout later.
                Some(pause) if Instant::now() + pause < self.deadline => {
                    self.last.replace(Some(failure.error));
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(failure.error),
            }
            retries += 1;
        }
    }

    /// One request and its answer.
    async fn attempt(&self, http: &reqwest::Client) -> Result<(), Failure> {
        let mut message = reqwest::Request::new(self.request.method.clone(), self.url.clone());
        *message.headers_mut() = self.client.headers.clone();
        if self.request.method == Method::POST {
            // Without it strict proxies answer 411.
            message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let response = http.execute(message).await.map_err(|reason| self.lost(&reason))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.running.record(|outcome| {
            outcome.http_status = status.as_u16();
            outcome.request_id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok()).map(str::to_owned);
            outcome.retry_after = retry::retry_after(&headers, SystemTime::now());
        });
        let body = Body::read(response).await;
        let checked = answer::check(status, &body, self.request.session, self.key());
        self.running.record(|outcome| outcome.result = checked.json);
        match body.failure() {
            // The status of a refusal counts, however its body ended.
            Some(reason) if status.is_success() => Err(self.lost(reason)),
            _ => checked.verdict.map_err(|error| Failure::answered(error, &headers)),
        }
    }

    fn lost(&self, reason: &reqwest::Error) -> Failure {
        Failure::lost(cause::error_from(reason, &self.url, self.request.session))
    }

    fn key(&self) -> &str {
        self.client.api_key.to_str().unwrap_or_default()
    }

    fn unfinished(&self, what: &str) -> String {
        let before = match self.last.borrow().as_ref() {
            Some(error) => format!(" (the attempt before: {})", error.message()),
            None => String::new(),
        };
        format!("{what} for session {:?}{before}; the request may have taken effect", self.request.session)
    }
}
