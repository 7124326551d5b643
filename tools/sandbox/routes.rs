//! The paths of the API, and the paths below /sandbox that show the server's state.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::{any, delete, get, post};
use axum::{Router, middleware};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::answers::json_response;
use crate::connection::Connection;
use crate::download::Manner;
use crate::gate;
use crate::state::{Recording, Refusal, Sandbox};
use crate::{download, faults};

type App = State<Arc<Sandbox>>;

pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/v1/sessions", post(start))
        .route("/v1/sessions/{session}", delete(end))
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
        .layer(middleware::from_fn_with_state(Arc::clone(&sandbox), gate::pass))
        .with_state(sandbox)
}

/// The session in a path of the API: the third segment, decoded after the path was split.
pub fn session_of(path: &str) -> Option<String> {
    let encoded = path.strip_prefix("/v1/sessions/")?.split('/').next()?;
    (!encoded.is_empty()).then(|| decoded(encoded))
}

/// Whether a request is for the video itself.
pub fn is_download(method: &Method, path: &str) -> bool {
    let below = path.strip_prefix("/v1/sessions/").and_then(|rest| rest.split_once('/'));
    method == Method::GET && below.is_some_and(|(_, below)| below == "recordings/primary/fetch")
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The segment with that number, decoded. axum's `Path` would refuse bytes that are not UTF-8.
struct Segment<const N: usize>(String);

type SessionId = Segment<2>;
type RecordingId = Segment<4>;

impl<S: Sync, const N: usize> FromRequestParts<S> for Segment<N> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.path().split('/').nth(N + 1).map(decoded).unwrap_or_default()))
    }
}

async fn start(State(app): App, body: Bytes) -> Response {
    let wanted = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice::<Value>(&body) };
    let Ok(wanted) = wanted else {
        return app.nesting.refusal(StatusCode::BAD_REQUEST, "The body is not JSON.");
    };
    let recorded = wanted.pointer("/session/recording/active") != Some(&Value::Bool(false));
    let id = app.sessions().start(recorded);
    let data = json!({
        "id": id,
        "cdp_url": format!("{}/cdp?sessionId={id}", app.base_url.replacen("http", "ws", 1)),
        "live_view_url": format!("{}/live?sessionId={id}", app.base_url),
    });
    json_response(StatusCode::OK, &json!({ "data": data }))
}

async fn end(State(app): App, Segment(id): SessionId) -> Response {
    let ended = app.sessions().end(&id);
    answer(&app, ended, "deleted", "")
}

async fn pause(State(app): App, Segment(id): SessionId) -> Response {
    let paused = app.sessions().set_paused(&id, true);
    answer(&app, paused, "paused", "Failed to pause recording.")
}

async fn resume(State(app): App, Segment(id): SessionId) -> Response {
    let resumed = app.sessions().set_paused(&id, false);
    answer(&app, resumed, "recording", "Failed to resume recording.")
}

/// A session without a recording exists, but the API answers 500 if it is paused or resumed.
fn answer(app: &Sandbox, result: Result<(), Refusal>, status: &str, failed: &str) -> Response {
    match result {
        Ok(()) => json_response(StatusCode::OK, &app.nesting.success(status)),
        Err(Refusal::NoSession) => no_session(app),
        Err(Refusal::NoRecording) => app.nesting.refusal(StatusCode::INTERNAL_SERVER_ERROR, failed),
    }
}

async fn list(State(app): App, Segment(id): SessionId) -> Response {
    match app.sessions().recording(&id) {
        Err(_) => no_session(&app),
        Ok(recording) => {
            let items: Vec<_> = recording.iter().map(|recording| described(&app, &id, recording)).collect();
            json_response(StatusCode::OK, &json!({ "data": { "count": items.len(), "items": items } }))
        }
    }
}

fn described(app: &Sandbox, session: &str, recording: &Recording) -> Value {
    let encoded = utf8_percent_encode(session, NON_ALPHANUMERIC);
    json!({
        "id": recording.id,
        "is_primary": true,
        "file_link": format!("{}/v1/sessions/{encoded}/recordings/primary/fetch", app.base_url),
        "suggested_file_name": format!("{encoded}.mp4"),
        "duration": "00:00:12",
        "size": app.video_bytes,
        // Fixed, so that tests can compare whole answers.
        "created_at": "2025-01-01T00:00:00Z",
        "status": recording.status(),
    })
}

async fn fetch(
    State(app): App,
    Segment(id): SessionId,
    Extension(connection): Extension<Connection>,
    manner: Option<Extension<Manner>>,
    headers: HeaderMap,
) -> Response {
    let manner = manner.map_or(download::USUAL, |Extension(manner)| manner);
    match app.sessions().recording(&id) {
        Err(_) => no_session(&app),
        Ok(None) => no_recording(&app),
        Ok(Some(_)) => download::response(app.video_bytes, &headers, manner, &connection),
    }
}

async fn delete_recording(State(app): App, Segment(id): SessionId, Segment(recording): RecordingId) -> Response {
    let deleted = app.sessions().delete_recording(&id, &recording);
    match deleted {
        Err(Refusal::NoRecording) => no_recording(&app),
        deleted => answer(&app, deleted, "deleted", ""),
    }
}

fn no_session(app: &Sandbox) -> Response {
    app.nesting.refusal(StatusCode::NOT_FOUND, "Session not found.")
}

fn no_recording(app: &Sandbox) -> Response {
    app.nesting.refusal(StatusCode::NOT_FOUND, "Recording not found.")
}

/// The target of redirects. It answers like pause, so that a test notices a client that follows
/// them.
async fn elsewhere(State(app): App) -> Response {
    json_response(StatusCode::OK, &app.nesting.success("paused"))
}

async fn session_state(State(app): App, Segment(id): SessionId) -> Response {
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

async fn unknown_path(State(app): App) -> Response {
    app.nesting.refusal(StatusCode::NOT_FOUND, "Not found.")
}

async fn wrong_method(State(app): App) -> Response {
    app.nesting.refusal(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_decoded_after_the_path_is_split() {
        let of = |path| session_of(path);
        assert_eq!(of("/v1/sessions/a%2Fb/recordings/pause").as_deref(), Some("a/b"));
        assert_eq!(of("/v1/sessions/a%20b").as_deref(), Some("a b"));
        assert_eq!(of("/v1/sessions/%C3%BC/recordings").as_deref(), Some("ü"));
        assert_eq!(of("/v1/sessions/%2E%2E/recordings").as_deref(), Some(".."));
    }

    #[test]
    fn only_getting_the_video_is_a_download() {
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
