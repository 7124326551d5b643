//! The steps before every handler: receive the request, count it, log it, and check its key or
//! apply its fault.

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
use crate::faults::{self, Act, Met};
use crate::misbehaviour::{self, Reply};
use crate::request_log::{Facts, key_is_valid};
use crate::routes::{is_download, session_of};
use crate::state::Sandbox;

const LARGEST_BODY: usize = 16 * 1024 * 1024;

pub async fn pass(
    State(app): State<Arc<Sandbox>>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/sandbox/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return app.nesting.refusal(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.");
    };
    let session = session_of(parts.uri.path());
    let fault = fault_for(&app, session.as_deref(), &parts);
    let facts = Facts {
        connection: connection.number,
        api_key: &app.api_key,
        body_bytes: body.len(),
        session: session.as_deref(),
        fault: fault.as_ref().ok().and_then(|met| met.map(|met| met.name)),
    };
    let entry = app.log.entry(&parts, &facts);
    if let Ok(Some(Met { act: Act::Video(manner), .. })) = fault {
        parts.extensions.insert(manner);
    }
    let usual = checked(&app, Request::from_parts(parts, Body::from(body)), next);
    let canned = session.as_deref().and_then(|session| app.canned.response(session));
    let reply = match (canned, fault) {
        (Some(response), _) => Reply::Now(response),
        (None, Ok(None)) => Reply::Now(usual.await),
        (None, Ok(Some(met))) => misbehaviour::reply(met.act, &app, &connection, usual).await,
        (None, Err(message)) => Reply::Now(app.nesting.refusal(StatusCode::BAD_REQUEST, &message)),
    };
    app.log.write(entry, reply.status());
    deliver(reply, &app, &connection).await
}

fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Counts the request and finds its fault. A fault in the request's own header comes before those
/// of the command line.
fn fault_for(app: &Sandbox, session: Option<&str>, request: &Parts) -> Result<Option<Met>, String> {
    if !is_api(request.uri.path()) {
        return Ok(None);
    }
    let download = is_download(&request.method, request.uri.path());
    let mut sessions = app.sessions();
    if let Some(session) = session {
        sessions.count_request(session);
    }
    let Some(asked) = request.headers.get("x-sandbox-fault") else {
        return Ok(app.faults.met_by(session, download, &mut sessions));
    };
    let fault = faults::by_name(&String::from_utf8_lossy(asked.as_bytes()))?;
    Ok(fault.met(session, download, &mut sessions))
}

async fn checked(app: &Sandbox, request: Request, next: Next) -> Response {
    let valid = key_is_valid(request.headers(), &app.api_key) == Some(true);
    if valid || !is_api(request.uri().path()) {
        next.run(request).await
    } else {
        app.nesting.refusal(StatusCode::UNAUTHORIZED, "Invalid API Key.")
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
