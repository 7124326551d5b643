//! Sending one request until it has an answer that counts.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use tokio::time::Instant;

use super::answer::{self, Body};
use super::diagnosis::{self, Peer};
use super::download::{Download, Stopped};
use super::no_answer::{given_up, lost_before, sent_again};
use super::pause_count::{Hold, PauseCount, PauseOp};
use super::request::Request;
use super::retry::{self, Failure};
use crate::call::{CallEvents, Ended, Outcome};
use crate::config::{ANCHOR_LOG_INFO, ANCHOR_LOG_WARNING, Configuration};
use crate::error::Error;
use crate::operation::{Operation, without_query};
use crate::text::{Line, foreign};
use crate::transport::{Http, HttpResponse, Lease, Need, RequestPermit, Unanswered, budget, pending_look_up};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How often a request that was not processed is sent again within one attempt. Each connection of some
/// servers takes a few requests, and refuses the others that are on their way to it.
const MAX_RESENDS: u32 = 100;

/// How many new connections of one attempt may end before the request is sent. A server that restarts
/// closes one. One that closes them all should not be asked more often than necessary.
const MAX_NEW_LOST: u32 = 1;

/// How often a FIFO without a reader is tried.
const READER_INTERVAL: Duration = Duration::from_millis(20);

/// How long the end of a call waits for its file to be released.
pub(crate) const RELEASE: Duration = Duration::from_millis(100);

/// The attempts of one request.
pub struct Attempts<'a> {
    config: &'a Configuration,
    pause_count: &'a PauseCount,
    request: &'a Request,
    uri: &'a Uri,
    deadline: Instant,
    events: &'a CallEvents<'a>,
    /// The number of the current attempt and when it began.
    current: Cell<(u32, Instant)>,
    /// Why the previous attempt failed.
    last_error: RefCell<Option<Error>>,
    /// Whether an earlier attempt may have taken effect.
    in_doubt: Cell<bool>,
    /// Whether an earlier attempt was sent.
    was_sent: Cell<bool>,
}

impl<'a> Attempts<'a> {
    pub fn new(
        config: &'a Configuration,
        pause_count: &'a PauseCount,
        request: &'a Request,
        uri: &'a Uri,
        (now, deadline): (Instant, Instant),
        events: &'a CallEvents<'a>,
    ) -> Self {
        Self {
            config,
            pause_count,
            request,
            uri,
            deadline,
            events,
            current: Cell::new((0, now)),
            last_error: RefCell::default(),
            in_doubt: Cell::default(),
            was_sent: Cell::default(),
        }
    }

    /// Sends the request, in the order that the pauses and resumes of its session need. A pause
    /// that begins a hold returns it.
    pub async fn run(&self, http: &Http) -> Result<Option<Hold>, Error> {
        // Boxed: the futures around it are moved on the caller's stack, which may be small.
        let attempts = Box::pin(self.send_until_answered(http));
        let (count, thread) = (self.pause_count, self.events.blocked_thread());
        match (self.request.pause_op, &self.request.operation) {
            (Some(PauseOp::Acquire), Operation::Pause { session }) => {
                count.acquire(session, thread, attempts).await.map(Some)
            }
            (Some(PauseOp::Release), Operation::Resume { session }) => {
                count.resume(session, thread, attempts).await.map(|()| None)
            }
            _ => attempts.await.map(|()| None),
        }
    }

    /// Releases the file of a download, so that the host may begin another one. A file system that
    /// hangs releases it later.
    pub async fn close(&self) {
        if let Some(download) = &self.request.download {
            let _ = tokio::time::timeout(RELEASE, download.close()).await;
        }
    }

    async fn send_until_answered(&self, http: &Http) -> Result<(), Error> {
        let max_retries = self.events.call().max_retries(self.config.max_retries);
        let mut retries = 0;
        for attempt in 1.. {
            let permit = self.permit().await?;
            self.begin_attempt(attempt);
            let answered = self.attempt(http).await;
            drop(permit);
            let Err(failure) = answered else { break };
            let begins_anew = failure.begins_anew();
            let delay = if begins_anew { Some(Duration::ZERO) } else { self.delay(&failure, retries, max_retries) };
            let Some(delay) = delay else {
                let error = self.with_doubt(failure.error).with_attempts(attempt);
                self.log(ANCHOR_LOG_WARNING, || error.to_string()).await;
                return Err(error);
            };
            if !begins_anew {
                self.in_doubt.set(self.in_doubt.get() || !failure.nothing_was_done());
                retries += 1;
            }
            // The advice is for the end of the call.
            self.log(ANCHOR_LOG_WARNING, || failure.error.fact()).await;
            self.remember(failure.error);
            tokio::time::sleep(delay).await;
        }
        Ok(())
    }

    /// The delay before another attempt, or `None` if this failure is the result of the call.
    fn delay(&self, failure: &Failure, retries: u32, max_retries: u32) -> Option<Duration> {
        let can_be_retried = self.request.download.as_deref().is_none_or(Download::can_be_retried)
            && (self.request.is_repeatable || failure.nothing_was_done());
        let delay = failure.delay(retries).filter(|_| can_be_retried && retries < max_retries)?;
        // If the delay would outlast the deadline, this failure says more than a timeout.
        (Instant::now() + delay < self.deadline).then_some(delay)
    }

    /// A permit to send the request, when the file of a download is open. Nobody has a permit while
    /// waiting for the reader of a FIFO.
    async fn permit(&self) -> Result<RequestPermit, Error> {
        loop {
            let need = self.need();
            let permit = match budget().try_request(need) {
                Some(permit) => permit,
                None => budget().request(need).await.map_err(|error| self.without_permit(error))?,
            };
            let Some(download) = &self.request.download else { return Ok(permit) };
            let opened = download.open().await;
            if opened.map_err(|error| if self.was_sent.get() { error.after_sending() } else { error })? {
                return Ok(permit);
            }
            drop(permit);
            tokio::time::sleep(READER_INTERVAL).await;
        }
    }

    fn need(&self) -> Need {
        Need {
            // A download also has a file open.
            descriptors: if self.request.download.is_some() { 2 } else { 1 },
            thread: self.events.blocked_thread(),
            may_be_suspended: self.events.are_delivered(),
        }
    }

    fn without_permit(&self, error: Error) -> Error {
        match self.in_doubt.get() || self.has_sent_download() {
            true => error.during(&self.request.operation),
            false => error.before(&self.request.operation),
        }
    }

    /// Corrects an error that says "nothing was sent" if an earlier attempt was sent.
    fn with_doubt(&self, error: Error) -> Error {
        if self.has_sent_download() {
            return error.after_an_attempt();
        }
        let says_nothing_was_sent = matches!(error, Error::ConnectFailed(_) | Error::TlsFailed(_));
        match self.in_doubt.get() && says_nothing_was_sent && self.request.method != Method::GET {
            true => lost_before(&self.request.operation, &error),
            false => error,
        }
    }

    /// Whether this is a download, and an earlier attempt was sent.
    fn has_sent_download(&self) -> bool {
        self.request.download.is_some() && self.was_sent.get()
    }

    /// Takes note of a failure that another attempt follows.
    fn remember(&self, error: Error) {
        let was_sent = self.was_sent.get() || !matches!(error, Error::ConnectFailed(_));
        let error = if self.has_sent_download() { error.after_an_attempt() } else { error };
        self.was_sent.set(was_sent);
        self.last_error.replace(Some(error));
    }

    /// Clears what the previous attempt recorded, so that it is not mistaken for this one's answer.
    fn begin_attempt(&self, attempts: u32) {
        self.current.set((attempts, Instant::now()));
        self.events.call().record(|outcome| *outcome = Outcome { attempts, ..Outcome::default() });
        self.events.begin_attempt(self.request.download.as_deref().map_or(0, Download::received));
    }

    /// One request and its answer.
    async fn attempt(&self, http: &Http) -> Result<(), Failure> {
        let _in_flight = http.begin(self.uri);
        if self.request.operation == Operation::Connect {
            // Boxed, because it needs more memory than a request.
            return Box::pin(self.connect(http)).await;
        }
        let (mut resends, mut new_lost) = (0, 0);
        loop {
            match http.request(self.uri, || self.message()).await {
                // Boxed, because it needs more memory than a request that waits for its answer.
                Ok((response, lease)) => return Box::pin(self.answered(response, lease)).await,
                Err(reason) if !diagnosis::is_unprocessed(&reason) => return Err(self.lost(&reason)),
                Err(reason) => {
                    new_lost += u32::from(matches!(reason, Unanswered::NotSent { is_new: true, .. }));
                    if resends == MAX_RESENDS || new_lost > MAX_NEW_LOST {
                        return Err(self.lost(&reason).unprocessed());
                    }
                    resends += 1;
                    self.log(ANCHOR_LOG_INFO, || sent_again(&reason)).await;
                    if let Some(delay) = retry::resend_delay(resends) {
                        tokio::time::sleep(delay).await;
                    }
                }
            }
        }
    }

    async fn connect(&self, http: &Http) -> Result<(), Failure> {
        http.connect(self.uri).await.map_err(|reason| self.lost(&reason))?;
        self.log(ANCHOR_LOG_INFO, || "connected".into()).await;
        Ok(())
    }

    fn message(&self) -> http::Request<Bytes> {
        let body = self.request.body.clone();
        let has_body = body.is_some();
        let mut message = http::Request::new(Bytes::from(body.unwrap_or_default()));
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
        message
    }

    async fn answered(&self, mut response: HttpResponse, lease: Lease) -> Result<(), Failure> {
        let (status, headers) = (response.status(), response.headers());
        let retry_after = retry::retry_after(headers, SystemTime::now());
        self.events.call().record(|outcome| {
            outcome.http_status = status.as_u16();
            let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
            outcome.request_id = id.map(|id| Line::new(id, &self.config.redactor).into_string());
            outcome.retry_after = retry_after;
        });
        let mut begins_anew = false;
        if let Some(download) = &self.request.download {
            if status.is_success() {
                let result = self.downloaded(download, response).await;
                lease.finish();
                return result;
            }
            begins_anew = download.refused(status).await?;
        }
        // The progress of a download counts bytes of the video, not those of a refusal.
        let progress = self.request.download.is_none().then_some(self.events);
        let headers = std::mem::take(response.headers_mut());
        let body = Body::read(response.into_body(), progress).await.described_by(&headers);
        lease.finish();
        let checked = answer::check(status, &body, &self.request.operation, &self.config.redactor);
        self.events.call().record(|outcome| outcome.result = checked.json);
        // The status of a refusal counts even if its body is incomplete.
        if let Some(reason) = body.failure().filter(|_| status.is_success()) {
            return Err(self.lost(reason));
        }
        match checked.verdict {
            Ok(()) => {
                self.log(ANCHOR_LOG_INFO, || format!("{}, {} bytes", status.as_u16(), body.length())).await;
                Ok(())
            }
            Err(error) if begins_anew => Err(Failure::begin_anew(error)),
            Err(error) => Err(Failure::answered(error.with_hints(self.config.hints(retry_after)), &headers)),
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
            Err(Stopped::Lost(reason)) => Err(self.lost(&*reason)),
        }
    }

    fn lost(&self, reason: &(dyn StdError + 'static)) -> Failure {
        let server = self.config.address.server();
        let name = match self.way() {
            Some(way) => format!("{server} {way}"),
            None => server,
        };
        let peer = Peer { name: &name, base_url: self.config.base_url_name, transport: &self.config.transport };
        let error = diagnosis::error_from(reason, peer, &self.request.operation);
        if diagnosis::is_permanent(reason) { Failure::permanent(error) } else { Failure::lost(error) }
    }

    /// How the server is reached, if there is a proxy.
    fn way(&self) -> Option<String> {
        self.config.transport.proxy.as_ref().map(|proxy| format!("through the proxy {proxy}"))
    }

    async fn log(&self, level: i32, what: impl FnOnce() -> String) {
        self.events.log(level, || self.line(&what())).await;
    }

    fn line(&self, what: &str) -> String {
        let (attempt, begun) = self.current.get();
        let milliseconds = begun.elapsed().as_millis();
        let request = match &self.request.operation {
            Operation::Connect => "connection".into(),
            _ => format!("{} {}", self.request.method, foreign(without_query(&self.request.path))),
        };
        format!("{request} attempt {attempt}, {milliseconds} ms: {what}")
    }

    /// Turns the end of the work into the result of the call.
    pub fn finish(&self, ended: Ended<Result<Option<Hold>, Error>>, timeout: Duration) -> Result<Option<Hold>, Error> {
        let result = match ended {
            Ended::Done(result) => result,
            Ended::Cancelled => Err(Error::Cancelled(self.give_up(None))),
            Ended::TimedOut => Err(Error::Timeout(self.give_up(Some(timeout)))),
        };
        result.or_else(|error| self.request.end_by(error).map(|()| None))
    }

    /// What may have taken the time.
    fn note_on_timeout(&self) -> Option<Cow<'static, str>> {
        let file = self.request.download.as_deref().and_then(Download::obstacle);
        let obstacle = file.or_else(|| self.pending_look_up());
        obstacle.map(Cow::Borrowed).or_else(|| self.way().map(Cow::Owned))
    }

    fn pending_look_up(&self) -> Option<&'static str> {
        let proxy = self.config.transport.proxy.as_ref().map(|proxy| &proxy.uri);
        proxy.into_iter().chain([self.uri]).find_map(|uri| pending_look_up(uri.host()?))
    }

    /// Logs that the call was ended by its timeout or by its host, and returns the message.
    fn give_up(&self, timeout: Option<Duration>) -> String {
        let attempt = self.current.get().0;
        let message = given_up(&self.request.operation, timeout, attempt, self.last_error.borrow().as_ref());
        let message = match timeout.and_then(|_| self.note_on_timeout()) {
            Some(note) => format!("{message} ({note})"),
            None => message,
        };
        self.events.log_later(ANCHOR_LOG_WARNING, || self.line(&message));
        message
    }
}
