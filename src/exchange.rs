//! One request, attempted until it has a checked answer.

use std::cell::{Cell, RefCell};
use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use http_body_util::Full;
use tokio::time::Instant;

use crate::answer::{self, Body};
use crate::call::{Ended, Outcome, Running};
use crate::cause;
use crate::client::{Client, Request};
use crate::download::{Download, Stopped};
use crate::error::Error;
use crate::notices::{ANCHOR_LOG_INFO, ANCHOR_LOG_WARNING, Notices};
use crate::operation::Operation;
use crate::pause_count::{Hold, PauseOp};
use crate::retry::{self, Failure};
use crate::transport::{Engine, Http, HttpResponse};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request on its way.
pub struct Exchange<'a> {
    client: &'a Client,
    request: &'a Request,
    uri: Uri,
    engine: &'a Engine,
    running: &'a Running<'a>,
    deadline: Instant,
    notices: &'a Notices<'a>,
    /// The number of the attempt and when it began.
    attempt: Cell<(u32, Instant)>,
    /// Why the attempt before this one failed.
    last: RefCell<Option<Error>>,
    /// Whether an attempt before this one may have taken effect.
    in_doubt: Cell<bool>,
}

impl<'a> Exchange<'a> {
    pub fn new(
        client: &'a Client,
        request: &'a Request,
        uri: Uri,
        engine: &'a Engine,
        running: &'a Running<'a>,
        deadline: Instant,
        notices: &'a Notices<'a>,
    ) -> Self {
        let attempt = Cell::new((0, Instant::now()));
        Self {
            client,
            request,
            uri,
            engine,
            running,
            deadline,
            notices,
            attempt,
            last: RefCell::default(),
            in_doubt: Cell::default(),
        }
    }

    /// Sends the request, in the order that the session's pauses and resumes need. A pause that is held comes with its hold.
    pub async fn run(&self, http: Http) -> Result<Option<Hold>, Error> {
        // In a box: the futures around it are copied about on the caller's stack, which may be small.
        let attempts = Box::pin(self.attempts(http));
        let (count, operation) = (&self.client.pause_count, &self.request.operation);
        match (self.request.pause_op, operation) {
            (Some(PauseOp::Acquire), Operation::Pause { session }) => count.acquire(session, attempts).await.map(Some),
            (Some(PauseOp::Release), Operation::Resume { session }) => {
                count.resume(session, attempts).await.map(|()| None)
            }
            _ => attempts.await.map(|()| None),
        }
    }

    async fn attempts(&self, http: Http) -> Result<(), Error> {
        let max_retries = self.running.max_retries(self.client.max_retries);
        for retries in 0.. {
            let place = self.engine.place().await;
            self.begin_attempt(retries + 1);
            let answered = self.attempt(&http).await;
            drop(place);
            let Err(failure) = answered else { break };
            if retries >= max_retries || !(self.request.repeatable || failure.nothing_was_done()) {
                return Err(self.with_doubt(failure.error));
            }
            match failure.pause(retries) {
                // Better the answer that came than a timeout later.
                Some(pause) if Instant::now() + pause < self.deadline => {
                    self.in_doubt.set(self.in_doubt.get() || !failure.nothing_was_done());
                    self.last.replace(Some(failure.error));
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(self.with_doubt(failure.error)),
            }
        }
        Ok(())
    }

    /// The last attempt's failure says that nothing was sent; that is not true of the call if an earlier one was.
    fn with_doubt(&self, error: Error) -> Error {
        let says_nothing_was_sent = matches!(error, Error::ConnectFailed(_) | Error::TlsFailed(_));
        match self.in_doubt.get() && says_nothing_was_sent && self.request.method != Method::GET {
            true => lost_before(&self.request.operation, &error),
            false => error,
        }
    }

    /// Forgets what the attempt before learnt: it must not be taken for a part of this one's answer.
    fn begin_attempt(&self, attempts: u32) {
        self.attempt.set((attempts, Instant::now()));
        self.running.record(|outcome| *outcome = Outcome { attempts, ..Outcome::default() });
        self.running.transferred(self.request.download.as_ref().map_or(0, Download::kept), 0);
    }

    /// One request and its answer.
    async fn attempt(&self, http: &Http) -> Result<(), Failure> {
        let body = self.request.body.clone();
        let has_body = body.is_some();
        let mut message = http::Request::new(Full::from(body.unwrap_or_default()));
        *message.method_mut() = self.request.method.clone();
        *message.uri_mut() = self.uri.clone();
        *message.headers_mut() = self.client.headers.clone();
        if has_body {
            message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if matches!(self.request.method, Method::POST | Method::PUT | Method::PATCH) {
            // Without it strict proxies answer 411.
            message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(download) = &self.request.download {
            download.ask(message.headers_mut());
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
        self.running.record(|outcome| {
            outcome.http_status = status.as_u16();
            let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
            outcome.request_id = id.map(|id| answer::hidden(id, self.key()));
            outcome.retry_after = retry::retry_after(headers, SystemTime::now());
        });
        if let Some(download) = &self.request.download {
            if status.is_success() {
                return self.downloaded(download, response).await;
            }
            download.refused(status);
        }
        // The progress of a download is the video's: a refusal is no part of it.
        let told = self.request.download.is_none().then_some(self.notices);
        let headers = std::mem::take(response.headers_mut());
        let body = Body::read(response.into_body(), told).await;
        let checked = answer::check(status, &body, &self.request.operation, self.key());
        self.running.record(|outcome| outcome.result = checked.json);
        self.log(ANCHOR_LOG_INFO, || format!("{}, {} bytes", status.as_u16(), body.length())).await;
        match body.failure() {
            // The status of a refusal counts, however its body ended.
            Some(reason) if status.is_success() => Err(self.lost(reason)),
            _ => checked.verdict.map_err(|error| Failure::answered(error, &headers)),
        }
    }

    async fn downloaded(&self, download: &Download, response: HttpResponse) -> Result<(), Failure> {
        let status = response.status().as_u16();
        match download.receive(response, &self.request.operation, self.notices).await {
            Ok(bytes) => {
                self.log(ANCHOR_LOG_INFO, || format!("{status}, {bytes} bytes")).await;
                Ok(())
            }
            Err(Stopped::Failed(failure)) => Err(failure),
            Err(Stopped::Lost(reason)) => Err(self.lost(&reason)),
        }
    }

    fn lost(&self, reason: &(dyn StdError + 'static)) -> Failure {
        Failure::lost(cause::error_from(reason, &self.client.address.server(), &self.request.operation))
    }

    fn key(&self) -> &str {
        self.client.api_key.to_str().unwrap_or_default()
    }

    async fn log(&self, level: i32, what: impl FnOnce() -> String) {
        self.notices.log(level, || self.line(&what())).await;
    }

    fn line(&self, what: &str) -> String {
        let (attempt, begun) = self.attempt.get();
        let milliseconds = begun.elapsed().as_millis();
        format!("{} {} attempt {attempt}, {milliseconds} ms: {what}", self.request.method, self.request.path)
    }

    /// What the call comes to.
    pub fn finish<T>(&self, ended: Ended<Result<T, Error>>, timeout: Duration) -> Result<T, Error> {
        let result = match ended {
            Ended::Done(result) => result,
            Ended::Cancelled => Err(Error::Cancelled(self.given_up(None))),
            Ended::TimedOut => Err(Error::Timeout(self.given_up(Some(timeout)))),
        };
        match &self.request.download {
            Some(download) => result.map_err(|error| error.with_kept(download.kept())),
            None => result,
        }
    }

    /// The message of a call that was ended by its timeout or its host; it is the last thing that its log tells.
    fn given_up(&self, timeout: Option<Duration>) -> String {
        let message = given_up(&self.request.operation, timeout, self.attempt.get().0, self.last.borrow().as_ref());
        self.notices.tell_log(ANCHOR_LOG_WARNING, || self.line(&message));
        message
    }
}

/// What to say of a call that was ended by its timeout, or else by its host, during that attempt.
pub fn given_up(operation: &Operation, timeout: Option<Duration>, attempt: u32, last: Option<&Error>) -> String {
    let what = match timeout {
        Some(timeout) => format!("timed out after {} ms", timeout.as_millis()),
        None => "cancelled".into(),
    };
    let before = last.map(|error| format!(" (the attempt before: {})", error.message())).unwrap_or_default();
    let step = match attempt {
        0 => format!("nothing was sent: {}", operation.step_if_not_done()),
        _ => operation.next_step().into(),
    };
    format!("{what} while {operation}{before}; {step}")
}

/// What to say if an attempt may have taken effect, and no later one could be sent.
pub fn lost_before(operation: &Operation, last: &Error) -> Error {
    Error::ConnectionLost(format!(
        "{operation} may have taken effect: an attempt was sent, and no later one could be (the last one: {}); {}",
        last.message(),
        operation.next_step()
    ))
}
