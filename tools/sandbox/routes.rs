//! The paths of the API and, below `/sandbox/`, paths that show the state of the server.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequest, FromRequestParts, RawQuery, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::download::Delivery;
use crate::middleware;
use crate::responses::json_response;
use crate::state::{Recording, Sandbox, Session, SessionError};
use crate::{download, faults};

type AppState = State<Arc<Sandbox>>;

pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/v1/sessions", get(list_sessions).post(start))
        .route("/v1/sessions/{session}", get(show).delete(end))
        .route("/v1/sessions/{session}/goto", post(goto))
        .route("/v1/sessions/{session}/keyboard/type", post(type_text))
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

/// What a request asks for, as far as faults distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Pause,
    Resume,
    Download,
    Other,
}

impl Operation {
    pub fn of(method: &Method, path: &str) -> Self {
        let below = path.strip_prefix("/v1/sessions/").and_then(|rest| rest.split_once('/'));
        match (method, below) {
            (&Method::POST, Some((_, "recordings/pause"))) => Self::Pause,
            (&Method::POST, Some((_, "recordings/resume"))) => Self::Resume,
            (&Method::GET, Some((_, "recordings/primary/fetch"))) => Self::Download,
            _ => Self::Other,
        }
    }

    /// The operation that the prefix of a fault names.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "pause" => Some(Self::Pause),
            "resume" => Some(Self::Resume),
            _ => None,
        }
    }

    /// The API's message with a 500.
    pub fn failure(self) -> &'static str {
        match self {
            Self::Pause => "Failed to pause recording.",
            Self::Resume => "Failed to resume recording.",
            Self::Download | Self::Other => "Internal server error.",
        }
    }
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

/// The body of a POST: a JSON object, or nothing.
struct Object(Value);

impl FromRequest<Arc<Sandbox>> for Object {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<Sandbox>) -> Result<Self, Response> {
        let body = Bytes::from_request(request, app).await.map_err(IntoResponse::into_response)?;
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        let object = serde_json::from_slice(text).ok().filter(Value::is_object);
        object.map(Self).ok_or_else(|| bad_request(app, "The body is not a JSON object."))
    }
}

async fn start(State(app): AppState, Object(options): Object) -> Response {
    let recorded = options.pointer("/session/recording/active") != Some(&Value::Bool(false));
    let id = app.sessions().start(recorded);
    let data = json!({
        "id": id,
        "cdp_url": format!("{}/cdp?sessionId={id}", app.base_url.replacen("http", "ws", 1)),
        "live_view_url": format!("{}/live?sessionId={id}", app.base_url),
    });
    json_response(StatusCode::OK, &json!({ "data": data }))
}

/// All sessions are on the first page, so that a program that asks for pages until one is empty
/// ends.
async fn list_sessions(State(app): AppState, RawQuery(query): RawQuery) -> Response {
    let page = query.iter().flat_map(|query| query.split('&')).find_map(|pair| pair.strip_prefix("page="));
    let sessions = app.sessions();
    let on_page = sessions.all().filter(|_| page.is_none_or(|page| page == "1"));
    let items: Vec<_> = on_page.map(|(id, session)| describe_session(id, session)).collect();
    json_response(StatusCode::OK, &json!({ "data": { "count": items.len(), "items": items } }))
}

async fn show(State(app): AppState, Segment(id): SessionId) -> Response {
    match app.sessions().get(&id) {
        None => no_session(&app),
        Some(session) => json_response(StatusCode::OK, &json!({ "data": describe_session(&id, session) })),
    }
}

fn describe_session(id: &str, session: &Session) -> Value {
    json!({ "id": id, "status": session.status() })
}

async fn end(State(app): AppState, Segment(id): SessionId) -> Response {
    let ended = app.sessions().end(&id);
    respond(&app, ended, "deleted", "")
}

async fn goto(State(app): AppState, Segment(id): SessionId, Object(body): Object) -> Response {
    control(&app, &id, &body, "url")
}

async fn type_text(State(app): AppState, Segment(id): SessionId, Object(body): Object) -> Response {
    control(&app, &id, &body, "text")
}

/// Controls the browser of a session. The sandbox has none, and only checks that the body has the
/// value that the API needs.
fn control(app: &Sandbox, id: &str, body: &Value, needed: &str) -> Response {
    if app.sessions().running(id).is_err() {
        no_session(app)
    } else if body.get(needed).is_some_and(Value::is_string) {
        json_response(StatusCode::OK, &json!({ "status": "success" }))
    } else {
        bad_request(app, &format!("The body has no string '{needed}'."))
    }
}

async fn pause(State(app): AppState, Segment(id): SessionId, _: Object) -> Response {
    let paused = app.sessions().set_paused(&id, true);
    respond(&app, paused, "paused", "Failed to pause recording.")
}

async fn resume(State(app): AppState, Segment(id): SessionId, _: Object) -> Response {
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

fn bad_request(app: &Sandbox, message: &str) -> Response {
    app.nesting.error_response(StatusCode::BAD_REQUEST, message)
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
    fn an_operation_is_a_method_and_a_path() {
        let of = |method, below| Operation::of(&method, &format!("/v1/sessions/a%2Fb/recordings{below}"));
        assert_eq!(of(Method::POST, "/pause"), Operation::Pause);
        assert_eq!(of(Method::POST, "/resume"), Operation::Resume);
        assert_eq!(of(Method::GET, "/primary/fetch"), Operation::Download);
        for (method, below) in [(Method::HEAD, "/primary/fetch"), (Method::GET, "/primary/fetch/more")] {
            assert_eq!(of(method, below), Operation::Other, "{below}");
        }
        assert_eq!(of(Method::GET, ""), Operation::Other);
        assert_eq!(of(Method::GET, "/pause"), Operation::Other);
    }

    #[test]
    fn other_paths_have_no_session() {
        for path in ["/v1/sessions", "/v1/sessions/", "/v1/sessions//recordings/pause", "/elsewhere"] {
            assert_eq!(session_of(path), None, "{path}");
        }
    }
}
