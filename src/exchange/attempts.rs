//! Sending one request until it has an answer that counts.

use std::cell::{Cell, RefCell};
use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use http_body_util::Full;
use tokio::time::Instant;

use super::answer::{self, Body};
use super::diagnosis;
use super::download::{Download, Stopped};
use super::pause_count::{Hold, PauseCount, PauseOp};
use super::request::Request;
use super::retry::{self, Failure};
use crate::call::{CallEvents, Ended, Outcome};
use crate::config::{ANCHOR_LOG_INFO, ANCHOR_LOG_WARNING, Configuration};
use crate::error::Error;
use crate::operation::Operation;
use crate::text::without_key;
use crate::transport::{Engine, Http, HttpResponse};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The attempts of one request.
pub struct Attempts<'a> {
    config: &'a Configuration,
    pause_count: &'a PauseCount,
    engine: &'a Engine,
    request: &'a Request,
    uri: Uri,
    deadline: Instant,
    events: &'a CallEvents<'a>,
    /// The number of the current attempt and when it began.
    current: Cell<(u32, Instant)>,
    /// Why the previous attempt failed.
    last_error: RefCell<Option<Error>>,
    /// Whether an earlier attempt may have taken effect.
    in_doubt: Cell<bool>,
}

impl<'a> Attempts<'a> {
    pub fn new(
        config: &'a Configuration,
        pause_count: &'a PauseCount,
        engine: &'a Engine,
        request: &'a Request,
        uri: Uri,
        deadline: Instant,
        events: &'a CallEvents<'a>,
    ) -> Self {
        Self {
            config,
            pause_count,
            engine,
            request,
            uri,
            deadline,
            events,
            current: Cell::new((0, Instant::now())),
            last_error: RefCell::default(),
            in_doubt: Cell::default(),
        }
    }

    /// Sends the request, in the order that the pauses and resumes of its session need. A pause
    /// that begins a hold returns it.
    pub async fn run(&self, http: Http) -> Result<Option<Hold>, Error> {
        // Boxed: the futures around it are moved on the caller's stack, which may be small.
        let attempts = Box::pin(self.send_until_answered(http));
        let count = self.pause_count;
        match (self.request.pause_op, &self.request.operation) {
            (Some(PauseOp::Acquire), Operation::Pause { session }) => count.acquire(session, attempts).await.map(Some),
            (Some(PauseOp::Release), Operation::Resume { session }) => {
                count.resume(session, attempts).await.map(|()| None)
            }
            _ => attempts.await.map(|()| None),
        }
    }

    async fn send_until_answered(&self, http: Http) -> Result<(), Error> {
        let max_retries = self.events.call().max_retries(self.config.max_retries);
        for retries in 0.. {
            let permit = self.engine.permit().await;
            self.begin_attempt(retries + 1);
            let answered = self.attempt(&http).await;
            drop(permit);
            let Err(failure) = answered else { break };
            if retries >= max_retries || !(self.request.is_repeatable || failure.nothing_was_done()) {
                return Err(self.with_doubt(failure.error));
            }
            match failure.delay(retries) {
                // If the delay would outlast the deadline, this failure says more than a timeout.
                Some(delay) if Instant::now() + delay < self.deadline => {
                    self.in_doubt.set(self.in_doubt.get() || !failure.nothing_was_done());
                    self.last_error.replace(Some(failure.error));
                    tokio::time::sleep(delay).await;
                }
                _ => return Err(self.with_doubt(failure.error)),
            }
        }
        Ok(())
    }

    /// Corrects an error that says "nothing was sent" if an earlier attempt was sent.
    fn with_doubt(&self, error: Error) -> Error {
        let says_nothing_was_sent = matches!(error, Error::ConnectFailed(_) | Error::TlsFailed(_));
        match self.in_doubt.get() && says_nothing_was_sent && self.request.method != Method::GET {
            true => lost_before(&self.request.operation, &error),
            false => error,
        }
    }

    /// Clears what the previous attempt recorded, so that it is not mistaken for this one's answer.
    fn begin_attempt(&self, attempts: u32) {
        self.current.set((attempts, Instant::now()));
        self.events.call().record(|outcome| *outcome = Outcome { attempts, ..Outcome::default() });
        self.events.call().record_transferred(self.request.download.as_ref().map_or(0, Download::kept), 0);
    }

    /// One request and its answer.
    async fn attempt(&self, http: &Http) -> Result<(), Failure> {
        let body = self.request.body.clone();
        let has_body = body.is_some();
        let mut message = http::Request::new(Full::from(body.unwrap_or_default()));
        *message.method_mut() = self.request.method.clone();
        *message.uri_mut() = self.uri.clone();
        *message.headers_mut() = self.config.headers.clone();
        if has_body {
            message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if matches!(self.request.method, Method::POST | Method::PUT | Method::PATCH) {
            // Without this header, strict proxies answer 411.
            message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(download) = &self.request.download {
            download.add_headers(message.headers_mut());
        }
        let answered = match http.request(message).await {
            Ok(response) => self.answered(response).await,
            Err(reason) => Err(self.lost(&reason)),
        };
        if let Err(failure) = &answered {
            self.log(ANCHOR_LOG_WARNING, || failure.error.message()).await;
        }
        answered
    }

    async fn answered(&self, mut response: HttpResponse) -> Result<(), Failure> {
        let (status, headers) = (response.status(), response.headers());
        self.events.call().record(|outcome| {
            outcome.http_status = status.as_u16();
            let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
            outcome.request_id = id.map(|id| without_key(id, self.key()));
            outcome.retry_after = retry::retry_after(headers, SystemTime::now());
        });
        if let Some(download) = &self.request.download {
            if status.is_success() {
                return self.downloaded(download, response).await;
            }
            download.refused(status);
        }
        // The progress of a download counts bytes of the video, not those of a refusal.
        let progress = self.request.download.is_none().then_some(self.events);
        let headers = std::mem::take(response.headers_mut());
        let body = Body::read(response.into_body(), progress).await;
        let checked = answer::check(status, &body, &self.request.operation, self.key());
        self.events.call().record(|outcome| outcome.result = checked.json);
        self.log(ANCHOR_LOG_INFO, || format!("{}, {} bytes", status.as_u16(), body.length())).await;
        match body.failure() {
            // The status of a refusal counts even if its body is incomplete.
            Some(reason) if status.is_success() => Err(self.lost(reason)),
            _ => checked.verdict.map_err(|error| Failure::answered(error, &headers)),
        }
    }

    async fn downloaded(&self, download: &Download, response: HttpResponse) -> Result<(), Failure> {
        let status = response.status().as_u16();
        match download.receive(response, &self.request.operation, self.events).await {
            Ok(bytes) => {
                self.log(ANCHOR_LOG_INFO, || format!("{status}, {bytes} bytes")).await;
                Ok(())
            }
            Err(Stopped::Failed(failure)) => Err(failure),
            Err(Stopped::Lost(reason)) => Err(self.lost(&reason)),
        }
    }

    fn lost(&self, reason: &(dyn StdError + 'static)) -> Failure {
        Failure::lost(diagnosis::error_from(reason, &self.config.address.server(), &self.request.operation))
    }

    fn key(&self) -> &str {
        self.config.api_key.to_str().unwrap_or_default()
    }

    async fn log(&self, level: i32, what: impl FnOnce() -> String) {
        self.events.log(level, || self.line(&what())).await;
    }

    fn line(&self, what: &str) -> String {
        let (attempt, begun) = self.current.get();
        let milliseconds = begun.elapsed().as_millis();
        format!("{} {} attempt {attempt}, {milliseconds} ms: {what}", self.request.method, self.request.path)
    }

    /// Turns the end of the work into the result of the call.
    pub fn finish<T>(&self, ended: Ended<Result<T, Error>>, timeout: Duration) -> Result<T, Error> {
        let result = match ended {
            Ended::Done(result) => result,
            Ended::Cancelled => Err(Error::Cancelled(self.give_up(None))),
            Ended::TimedOut => Err(Error::Timeout(self.give_up(Some(timeout)))),
        };
        match &self.request.download {
            Some(download) => result.map_err(|error| error.with_kept(download.kept())),
            None => result,
        }
    }

    /// Logs that the call was ended by its timeout or by its host, and returns the message.
    fn give_up(&self, timeout: Option<Duration>) -> String {
        let attempt = self.current.get().0;
        let message = given_up(&self.request.operation, timeout, attempt, self.last_error.borrow().as_ref());
        self.events.log_now(ANCHOR_LOG_WARNING, || self.line(&message));
        message
    }
}

/// The message of a call that was ended by its timeout, or without one by its host, during an
/// attempt.
pub fn given_up(operation: &Operation, timeout: Option<Duration>, attempt: u32, last_error: Option<&Error>) -> String {
    let what = match timeout {
        Some(timeout) => format!("timed out after {} ms", timeout.as_millis()),
        None => "cancelled".into(),
    };
    let before = last_error.map(|error| format!(" (the previous attempt: {})", error.message())).unwrap_or_default();
    let step = match attempt {
        0 => format!("nothing was sent: {}", operation.step_if_not_done()),
        _ => operation.next_step().into(),
    };
    format!("{what} while {operation}{before}; {step}")
}

/// The error of a call whose earlier attempt may have taken effect, and whose last one was not
/// sent.
pub fn lost_before(operation: &Operation, last_error: &Error) -> Error {
    Error::ConnectionLost(format!(
        "{operation} may have taken effect: an attempt was sent, and no later one could be (the last one: {}); {}",
        last_error.message(),
        operation.next_step()
    ))
}
