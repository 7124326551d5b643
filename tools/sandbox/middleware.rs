//! The middleware around all routes of the API.
//!
//! It receives the whole request, counts it, picks its fault, checks the API key and writes the
//! log. Faults come before the check of the key. A canned response comes before both. Paths below
//! `/sandbox/` bypass all of this.

use std::future::pending;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::sleep;

use crate::connection::Connection;
use crate::fault_effects::{self, Reply};
use crate::faults::{ActiveFault, Choice, Effect};
use crate::request_log::{RequestInfo, key_is_valid};
use crate::routes::{Operation, session_of};
use crate::state::Sandbox;

const MAX_BODY: usize = 16 * 1024 * 1024;

pub async fn handle(
    State(app): State<Arc<Sandbox>>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/sandbox/") {
        return with_newline(next.run(request).await).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return app.nesting.error_response(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.");
    };
    let session = session_of(parts.uri.path());
    let operation = Operation::of(&parts.method, parts.uri.path());
    let fault = fault_for(&app, session.as_deref(), operation, &parts);
    let info = RequestInfo {
        connection: connection.number,
        api_key: &app.api_key,
        body_bytes: body.len(),
        session: session.as_deref(),
        fault: fault.as_ref().ok().and_then(|active| active.map(|active| active.name)),
    };
    let entry = app.log.entry(&parts, &info);
    if let Ok(Some(ActiveFault { effect: Effect::Download(delivery), .. })) = fault {
        parts.extensions.insert(delivery);
    }
    let normal = check_key_and_run(&app, Request::from_parts(parts, Body::from(body)), next);
    let canned = session.as_deref().and_then(|session| app.canned.response(session));
    let reply = match (canned, fault) {
        (Some(response), _) => Reply::Now(response),
        (None, Ok(None)) => Reply::Now(normal.await),
        (None, Ok(Some(active))) => fault_effects::reply(active.effect, operation, &app, &connection, normal).await,
        (None, Err(message)) => Reply::Now(app.nesting.error_response(StatusCode::BAD_REQUEST, &message)),
    };
    app.log.write(entry, reply.status());
    deliver(reply, &app, &connection).await
}

/// Ends the body with a newline, for people who use curl.
async fn with_newline(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let mut body = to_bytes(body, MAX_BODY).await.unwrap_or_default().to_vec();
    body.push(b'\n');
    Response::from_parts(parts, Body::from(body))
}

fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Counts the request and picks its fault: the one in its header `x-sandbox-fault`, or else one
/// from the command line.
fn fault_for(
    app: &Sandbox,
    session: Option<&str>,
    operation: Operation,
    request: &Parts,
) -> Result<Option<ActiveFault>, String> {
    if !is_api(request.uri.path()) {
        return Ok(None);
    }
    let mut sessions = app.sessions();
    if let Some(session) = session {
        sessions.count_request(session);
    }
    let Some(name) = request.headers.get("x-sandbox-fault") else {
        return Ok(app.faults.select(session, operation, &mut sessions));
    };
    let choice = Choice::parse(&String::from_utf8_lossy(name.as_bytes()))?;
    Ok(choice.apply(session, operation, &mut sessions))
}

async fn check_key_and_run(app: &Sandbox, request: Request, next: Next) -> Response {
    let valid = key_is_valid(request.headers(), &app.api_key) == Some(true);
    if valid || !is_api(request.uri().path()) {
        next.run(request).await
    } else {
        app.nesting.error_response(StatusCode::UNAUTHORIZED, "Invalid API Key.")
    }
}

async fn deliver(reply: Reply, app: &Sandbox, connection: &Connection) -> Response {
    let mut response = match reply {
        Reply::Now(response) => response,
        Reply::After(wait, response) => {
            sleep(wait).await;
            response
        }
        Reply::End(ending) => {
            connection.end(ending);
            pending().await
        }
        Reply::Never => pending().await,
    };
    if let Ok(id) = HeaderValue::from_str(&app.next_request_id()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}
