//! The behaviour of each fault.

use std::future::Future;
use std::iter;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::answers::response;
use crate::connection::{Connection, Ending};
use crate::faults::Act;
use crate::gzip;
use crate::piecewise;
use crate::state::Sandbox;

/// How a request is answered, or that it is not.
pub enum Reply {
    Now(Response),
    After(Duration, Response),
    End(Ending),
    Never,
}

impl Reply {
    /// The status for the log, or 0 if there is no answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Now(response) | Self::After(_, response) => response.status().as_u16(),
            Self::End(_) | Self::Never => 0,
        }
    }
}

/// Fails a request. `usual` handles it normally, and takes effect only if it is awaited.
pub async fn reply(act: Act, app: &Sandbox, connection: &Connection, usual: impl Future<Output = Response>) -> Reply {
    Reply::Now(match act {
        Act::Delay => return Reply::After(Duration::from_secs(3), usual.await),
        Act::Close => return Reply::End(Ending::Close),
        Act::Reset => return Reply::End(Ending::Reset),
        Act::Stall => return Reply::Never,

        Act::Trickle => if_successful(usual.await, || ok(trickle(medium(app)))),
        Act::NoContent => if_successful(usual.await, no_content),
        Act::AnswerThenReset => usual.await.map(|body| piecewise::whole_then_reset(body, connection.clone())),
        Act::Video(_) => usual.await,

        Act::Refuse(status) => refusal(app, status),
        Act::RefuseWith(status, name, value) => with_header(refusal(app, status), name, value),
        Act::RefuseUntilDate => refusal_until_date(app),
        Act::ProxyPage => response(StatusCode::BAD_GATEWAY, "text/html", PROXY_PAGE),
        Act::Redirect(status) => with_header(refusal(app, status), "location", &app.redirect_to),

        Act::Html => response(StatusCode::OK, "text/html; charset=utf-8", PORTAL_PAGE),
        Act::Empty => with_header(ok(Body::empty()), "content-length", "0"),
        Act::Garbage => ok(&b"{\"data\":{\"data\":{\"status\":\"\xff\xfe\xc3(\"}}}"[..]),
        Act::Array => ok("[]"),
        Act::ErrorIn200 => ok(failed_to_pause(app).to_string()),
        Act::Gzip => with_header(ok(gzip::stored(success(app).as_bytes())), "content-encoding", "gzip"),
        Act::Long => ok(padded_success(app, 2 * 1024 * 1024)),
        Act::Deep => ok("[".repeat(100_000)),

        Act::Truncated => ok(half(medium(app), true, connection)),
        Act::TruncatedChunk => ok(half(medium(app), false, connection)),
        Act::Endless => ok(piecewise::endless()),
    })
}

const PROXY_PAGE: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n\
    <center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n";

const PORTAL_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>\n\
    <h1>Welcome to the guest network</h1>\n<form method=\"post\" action=\"/accept\">\
    <button>Accept the terms</button></form>\n</body></html>\n";

fn ok(body: impl Into<Body>) -> Response {
    response(StatusCode::OK, "application/json", body)
}

fn success(app: &Sandbox) -> String {
    app.nesting.success("paused").to_string()
}

/// A successful answer whose JSON has exactly this length.
fn padded_success(app: &Sandbox, length: usize) -> String {
    let padded = |padding: &str| {
        let mut value = app.nesting.success("paused");
        value.as_object_mut().map(|object| object.insert("padding".to_owned(), padding.into()));
        value.to_string()
    };
    padded(&"x".repeat(length.saturating_sub(padded("").len())))
}

/// Long enough to be sent in pieces.
fn medium(app: &Sandbox) -> String {
    padded_success(app, 600)
}

fn failed_to_pause(app: &Sandbox) -> Value {
    app.nesting.error(StatusCode::INTERNAL_SERVER_ERROR, "Failed to pause recording.")
}

fn refusal(app: &Sandbox, status: StatusCode) -> Response {
    let message = match status {
        StatusCode::UNAUTHORIZED => "Invalid API Key.",
        StatusCode::NOT_FOUND => "Session not found.",
        StatusCode::INTERNAL_SERVER_ERROR => "Failed to pause recording.",
        other => other.canonical_reason().unwrap_or_default(),
    };
    app.nesting.refusal(status, message)
}

fn refusal_until_date(app: &Sandbox) -> Response {
    // Round up, because the date has whole seconds and must be at least 2 s ahead.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_millis(2999));
    with_header(refusal(app, StatusCode::TOO_MANY_REQUESTS), "retry-after", &date)
}

fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A request that the API refuses is answered normally, because there is no success to distort.
fn if_successful(usual: Response, distorted: impl FnOnce() -> Response) -> Response {
    if usual.status().is_success() { distorted() } else { usual }
}

fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// One byte every 100 ms.
fn trickle(body: String) -> Body {
    let length = body.len() as u64;
    let bytes = body.into_bytes().into_iter().map(|byte| Bytes::from(vec![byte]));
    piecewise::paced(bytes, Some(length), Duration::from_millis(100))
}

/// The first half of the body, with or without its full length announced, and then the end of the
/// connection.
fn half(body: String, announced: bool, connection: &Connection) -> Body {
    let length = body.len();
    let half = Bytes::from(body).slice(..length / 2);
    piecewise::cut(iter::once(half), announced.then_some(length as u64), connection.clone())
}
