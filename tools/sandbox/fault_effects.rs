//! Turns a fault into a response, or into an end of the connection.

use std::future::Future;
use std::iter;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;

use crate::connection::{Connection, Ending};
use crate::faults::Effect;
use crate::gzip;
use crate::responses::{response, with_header};
use crate::routes::Operation;
use crate::state::Sandbox;
use crate::streamed_body;

/// What the client gets.
pub enum Reply {
    Now(Response),
    After(Duration, Response),
    End(Ending),
    Never,
}

impl Reply {
    /// The status for the log: 0 if there is no response.
    pub fn status(&self) -> u16 {
        match self {
            Self::Now(response) | Self::After(_, response) => response.status().as_u16(),
            Self::End(_) | Self::Never => 0,
        }
    }
}

/// Applies a fault to a request. `normal` is its normal handling, which takes effect only if it is
/// awaited.
pub async fn reply(
    effect: Effect,
    operation: Operation,
    app: &Sandbox,
    connection: &Connection,
    normal: impl Future<Output = Response>,
) -> Reply {
    Reply::Now(match effect {
        Effect::Delay => return Reply::After(Duration::from_secs(3), normal.await),
        Effect::Close => return Reply::End(Ending::Close),
        Effect::Reset => return Reply::End(Ending::Reset),
        Effect::Stall => return Reply::Never,

        Effect::Trickle => if_successful(normal.await, || ok(trickle(medium(app)))),
        Effect::NoContent => if_successful(normal.await, no_content),
        Effect::RespondThenReset => {
            normal.await.map(|body| streamed_body::complete_then_reset(body, connection.clone()))
        }
        Effect::Download(_) => normal.await,

        Effect::Status(status) => error_response(app, status, operation),
        Effect::StatusWithHeader(status, name, value) => {
            with_header(error_response(app, status, operation), name, value)
        }
        Effect::RetryAfterDate => too_many_until_date(app, operation),
        Effect::ProxyPage => response(StatusCode::BAD_GATEWAY, "text/html", PROXY_PAGE),
        Effect::Redirect(status) => with_header(error_response(app, status, operation), "location", &app.redirect_to),

        Effect::Html => response(StatusCode::OK, "text/html; charset=utf-8", PORTAL_PAGE),
        Effect::Empty => with_header(ok(Body::empty()), "content-length", "0"),
        Effect::Garbage => ok(&b"{\"data\":{\"data\":{\"status\":\"\xff\xfe\xc3(\"}}}"[..]),
        Effect::Array => ok("[]"),
        Effect::ErrorIn200 => {
            ok(app.nesting.error_body(StatusCode::INTERNAL_SERVER_ERROR, operation.failure()).to_string())
        }
        Effect::Gzip => with_header(ok(gzip::stored(success(app).as_bytes())), "content-encoding", "gzip"),
        Effect::Long => ok(padded_success(app, 2 * 1024 * 1024)),
        Effect::Deep => ok("[".repeat(100_000)),

        Effect::Truncated => ok(half(medium(app), true, connection)),
        Effect::TruncatedChunk => ok(half(medium(app), false, connection)),
        Effect::Endless => ok(streamed_body::endless()),
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
    app.nesting.success_body("paused").to_string()
}

/// A success of exactly this many bytes.
fn padded_success(app: &Sandbox, length: usize) -> String {
    let padded = |padding: &str| {
        let mut value = app.nesting.success_body("paused");
        value.as_object_mut().map(|object| object.insert("padding".to_owned(), padding.into()));
        value.to_string()
    };
    padded(&"x".repeat(length.saturating_sub(padded("").len())))
}

/// Long enough to be sent in pieces.
fn medium(app: &Sandbox) -> String {
    padded_success(app, 600)
}

fn error_response(app: &Sandbox, status: StatusCode, operation: Operation) -> Response {
    let message = match status {
        StatusCode::UNAUTHORIZED => "Invalid API Key.",
        StatusCode::NOT_FOUND => "Session not found.",
        StatusCode::INTERNAL_SERVER_ERROR => operation.failure(),
        other => other.canonical_reason().unwrap_or_default(),
    };
    app.nesting.error_response(status, message)
}

fn too_many_until_date(app: &Sandbox, operation: Operation) -> Response {
    // HTTP dates have whole seconds. Rounded up, this one is at least 2 s ahead.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_millis(2999));
    with_header(error_response(app, StatusCode::TOO_MANY_REQUESTS, operation), "retry-after", &date)
}

/// Replaces a successful response. A request that the API would reject keeps its error.
fn if_successful(normal: Response, faulty: impl FnOnce() -> Response) -> Response {
    if normal.status().is_success() { faulty() } else { normal }
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
    streamed_body::paced(bytes, Some(length), Duration::from_millis(100))
}

/// Sends the first half, with the length of the whole or without one, and closes the connection.
fn half(body: String, with_length: bool, connection: &Connection) -> Body {
    let length = body.len();
    let half = Bytes::from(body).slice(..length / 2);
    streamed_body::cut(iter::once(half), with_length.then_some(length as u64), connection.clone())
}
