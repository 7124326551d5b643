//! The paths of the API and, below `/sandbox/`, paths that show the state of the server.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, delete, get, post};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::download::Delivery;
use crate::middleware;
use crate::responses::json_response;
use crate::state::{Recording, Sandbox, SessionError};
use crate::{download, faults};

type AppState = State<Arc<Sandbox>>;

pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/v1/sessions", post(start))
        .route("/v1/sessions/{session}", delete(end))
        .route("/v1/sessions/{session}/goto", post(control))
        .route("/v1/sessions/{session}/keyboard/type", post(control))
        .route("/v1/sessions/{session}/recordings", get(list))
        .route("/v1/sessions/{session}/recordings/pause", post(pause))
        .route("/v1/sessions/{session}/recordings/resume", post(resume))
        .route("/v1/sessions/{session}/recordings/primary/fetch", get(fetch))
        .route("/v1/sessions/{session}/recordings/{recording}", delete(delete_recording))
        .route("/elsewhere", any(elsewhere))
        .route("/sandbox/sessions/{session}", get(session_state))
        .route("/sandbox/faults", get(fault_names))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&sandbox), middleware::handle))
        .with_state(sandbox)
}

/// The session that an API path names: its third segment, decoded after the path was split.
pub fn session_of(path: &str) -> Option<String> {
    let encoded = path.strip_prefix("/v1/sessions/")?.split('/').next()?;
    (!encoded.is_empty()).then(|| decoded(encoded))
}

/// Whether a request downloads the video.
pub fn is_download(method: &Method, path: &str) -> bool {
    let below = path.strip_prefix("/v1/sessions/").and_then(|rest| rest.split_once('/'));
    method == Method::GET && below.is_some_and(|(_, below)| below == "recordings/primary/fetch")
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The Nth segment of the path, decoded. Unlike axum's `Path` it accepts segments that are not
/// UTF-8.
struct Segment<const N: usize>(String);

type SessionId = Segment<2>;
type RecordingId = Segment<4>;

impl<S: Sync, const N: usize> FromRequestParts<S> for Segment<N> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.path().split('/').nth(N + 1).map(decoded).unwrap_or_default()))
    }
}

async fn start(State(app): AppState, body: Bytes) -> Response {
    let options = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice::<Value>(&body) };
    let Ok(options) = options else {
        return app.nesting.error_response(StatusCode::BAD_REQUEST, "The body is not JSON.");
    };
    let recorded = options.pointer("/session/recording/active") != Some(&Value::Bool(false));
    let id = app.sessions().start(recorded);
    let data = json!({
        "id": id,
        "cdp_url": format!("{}/cdp?sessionId={id}", app.base_url.replacen("http", "ws", 1)),
        "live_view_url": format!("{}/live?sessionId={id}", app.base_url),
    });
    json_response(StatusCode::OK, &json!({ "data": data }))
}

async fn end(State(app): AppState, Segment(id): SessionId) -> Response {
    let ended = app.sessions().end(&id);
    respond(&app, ended, "deleted", "")
}

/// Controls the browser of a session, of which the sandbox has none: it accepts any JSON object.
async fn control(State(app): AppState, Segment(id): SessionId, body: Bytes) -> Response {
    match (app.sessions().running(&id).map(drop), serde_json::from_slice::<Value>(&body)) {
        (Err(_), _) => no_session(&app),
        (Ok(_), Ok(Value::Object(_))) => json_response(StatusCode::OK, &json!({ "status": "success" })),
        (Ok(_), _) => app.nesting.error_response(StatusCode::BAD_REQUEST, "The body is not a JSON object."),
    }
}

async fn pause(State(app): AppState, Segment(id): SessionId) -> Response {
    let paused = app.sessions().set_paused(&id, true);
    respond(&app, paused, "paused", "Failed to pause recording.")
}

async fn resume(State(app): AppState, Segment(id): SessionId) -> Response {
    let resumed = app.sessions().set_paused(&id, false);
    respond(&app, resumed, "recording", "Failed to resume recording.")
}

/// Like the API, responds with 500 if the session exists and has no recording.
fn respond(app: &Sandbox, result: Result<(), SessionError>, status: &str, failed: &str) -> Response {
    match result {
        Ok(()) => json_response(StatusCode::OK, &app.nesting.success_body(status)),
        Err(SessionError::NoSession) => no_session(app),
        Err(SessionError::NoRecording) => app.nesting.error_response(StatusCode::INTERNAL_SERVER_ERROR, failed),
    }
}

async fn list(State(app): AppState, Segment(id): SessionId) -> Response {
    match app.sessions().recording(&id) {
        Err(_) => no_session(&app),
        Ok(recording) => {
            let items: Vec<_> = recording.iter().map(|recording| describe(&app, &id, recording)).collect();
            json_response(StatusCode::OK, &json!({ "data": { "count": items.len(), "items": items } }))
        }
    }
}

fn describe(app: &Sandbox, session: &str, recording: &Recording) -> Value {
    let encoded = utf8_percent_encode(session, NON_ALPHANUMERIC);
    json!({
        "id": recording.id,
        "is_primary": true,
        "file_link": format!("{}/v1/sessions/{encoded}/recordings/primary/fetch", app.base_url),
        "suggested_file_name": format!("{encoded}.mp4"),
        "duration": "00:00:12",
        "size": app.video_bytes,
        // A fixed time, so that tests can compare complete responses.
        "created_at": "2025-01-01T00:00:00Z",
        "status": recording.status(),
    })
}

async fn fetch(
    State(app): AppState,
    Segment(id): SessionId,
    Extension(connection): Extension<Connection>,
    delivery: Option<Extension<Delivery>>,
    headers: HeaderMap,
) -> Response {
    let delivery = delivery.map_or(download::NORMAL, |Extension(delivery)| delivery);
    match app.sessions().recording(&id) {
        Err(_) => no_session(&app),
        Ok(None) => no_recording(&app),
        Ok(Some(_)) => download::response(app.video_bytes, &headers, delivery, &connection),
    }
}

async fn delete_recording(State(app): AppState, Segment(id): SessionId, Segment(recording): RecordingId) -> Response {
    let deleted = app.sessions().delete_recording(&id, &recording);
    match deleted {
        Err(SessionError::NoRecording) => no_recording(&app),
        deleted => respond(&app, deleted, "deleted", ""),
    }
}

fn no_session(app: &Sandbox) -> Response {
    app.nesting.error_response(StatusCode::NOT_FOUND, "Session not found.")
}

fn no_recording(app: &Sandbox) -> Response {
    app.nesting.error_response(StatusCode::NOT_FOUND, "Recording not found.")
}

/// The target of the redirect faults. Its success exposes clients that follow redirects.
async fn elsewhere(State(app): AppState) -> Response {
    json_response(StatusCode::OK, &app.nesting.success_body("paused"))
}

async fn session_state(State(app): AppState, Segment(id): SessionId) -> Response {
    let sessions = app.sessions();
    let Some(session) = sessions.get(&id) else {
        return no_session(&app);
    };
    let recording = session.recording.as_ref().map_or("off", Recording::status);
    json_response(StatusCode::OK, &json!({ "id": id, "recording": recording, "requests": session.requests }))
}

async fn fault_names() -> Response {
    json_response(StatusCode::OK, &faults::names().collect())
}

async fn unknown_path(State(app): AppState) -> Response {
    app.nesting.error_response(StatusCode::NOT_FOUND, "Not found.")
}

async fn wrong_method(State(app): AppState) -> Response {
    app.nesting.error_response(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_decoded_after_the_path_is_split() {
        let of = |path| session_of(path);
        assert_eq!(of("/v1/sessions/a%2Fb/recordings/pause").as_deref(), Some("a/b"));
        assert_eq!(of("/v1/sessions/a%20b").as_deref(), Some("a b"));
        assert_eq!(of("/v1/sessions/%C3%BC/recordings").as_deref(), Some("ü"));
        assert_eq!(of("/v1/sessions/%2E%2E/recordings").as_deref(), Some(".."));
    }

    #[test]
    fn only_a_get_of_the_video_is_a_download() {
        let fetch = "/v1/sessions/a%2Fb/recordings/primary/fetch";
        assert!(is_download(&Method::GET, fetch));
        assert!(!is_download(&Method::HEAD, fetch));
        assert!(!is_download(&Method::GET, "/v1/sessions/a/recordings"));
        assert!(!is_download(&Method::GET, "/v1/sessions/a/recordings/primary/fetch/more"));
    }

    #[test]
    fn other_paths_have_no_session() {
        for path in ["/v1/sessions", "/v1/sessions/", "/v1/sessions//recordings/pause", "/elsewhere"] {
            assert_eq!(session_of(path), None, "{path}");
        }
    }
}
