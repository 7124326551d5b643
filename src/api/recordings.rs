//! The endpoints for session recordings.

use http::Method;
use percent_encoding::utf8_percent_encode;

use crate::config::{Address, PATH_SEGMENT, checked_utf8};
use crate::error::Error;
use crate::exchange::{Download, PauseOp, Request};
use crate::operation::Operation;
use crate::text::quoted;

const MAX_ID_BYTES: usize = 256;

/// Pauses the recording of a session.
pub fn pause(session_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/pause", recordings_of(session));
    Ok(request(Method::POST, path, Operation::Pause { session: session.into() }))
}

/// Resumes the recording of a session.
pub fn resume(session_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/resume", recordings_of(session));
    Ok(request(Method::POST, path, Operation::Resume { session: session.into() }))
}

/// Pauses the recording and counts one more hold.
pub fn begin_pause(session_id: &[u8]) -> Result<Request, Error> {
    Ok(Request { pause_op: Some(PauseOp::Acquire), ..pause(session_id)? })
}

/// Ends one hold, and resumes the recording if it was the last one.
pub fn end_pause(session_id: &[u8]) -> Result<Request, Error> {
    Ok(Request { pause_op: Some(PauseOp::Release), ..resume(session_id)? })
}

/// Lists the recordings of a session. The JSON text is the call's result.
pub fn list(session_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    Ok(request(Method::GET, recordings_of(session), Operation::List { session: session.into() }))
}

/// Deletes one recording. It is not repeatable: after a deletion that took effect, another one
/// would fail with 404.
pub fn delete(session_id: &[u8], recording_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let recording = checked_id("recording_id", recording_id)?;
    let path = format!("{}/{}", recordings_of(session), utf8_percent_encode(recording, PATH_SEGMENT));
    let operation = Operation::Delete { session: session.into(), recording: recording.into() };
    Ok(Request { is_repeatable: false, ..request(Method::DELETE, path, operation) })
}

/// Downloads the primary recording to a file.
pub fn download(address: &Address, session_id: &[u8], file: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/primary/fetch", recordings_of(session));
    let download = Download::new(checked_utf8("file", file)?, &address.text(&path))?;
    let operation = Operation::Download { session: session.into() };
    Ok(Request { download: Some(Box::new(download)), ..request(Method::GET, path, operation) })
}

fn request(method: Method, path: String, operation: Operation) -> Request {
    Request { method, path, body: None, operation, pause_op: None, is_repeatable: true, download: None }
}

pub fn recordings_of(session: &str) -> String {
    format!("/v1/sessions/{}/recordings", utf8_percent_encode(session, PATH_SEGMENT))
}

/// An id that stays one path segment. A URL library would drop dot segments, tabs and newlines, and
/// a gateway that decodes slashes would address another session.
pub fn checked_id<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let id = checked_utf8(name, bytes)?;
    let shown = || quoted(id);
    let flaw = match id {
        "" => "is empty: pass an id".into(),
        "." | ".." => format!("{} cannot be an id: pass an id of the API", shown()),
        _ if id.len() > MAX_ID_BYTES => format!("is longer than {MAX_ID_BYTES} bytes: pass an id of the API"),
        _ if id.contains(char::is_control) => {
            format!("{} contains a control character: pass an id of the API", shown())
        }
        _ if id.contains(['/', '\\', '%']) => {
            format!(r#"{} contains "/", "\" or "%": pass an id of the API, not a path or an encoded one"#, shown())
        }
        _ => return Ok(id),
    };
    Err(Error::argument(name, flaw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_address_another_session_is_refused() {
        let long = "x".repeat(257);
        let refused = ["", ".", "..", "a\nb", "a\tb", "a\rb", "a\u{7f}", "a\u{85}b", &long];
        for id in refused.into_iter().chain(["a/b", "a/../b", "/", r"a\b", "%2e", "a%2Fb", "100%"]) {
            let message = checked_id("session_id", id.as_bytes()).unwrap_err().message();
            assert!(message.starts_with("session_id ") && message.contains(": pass an id"), "{message}");
        }
        assert!(checked_id("session_id", b"a\xff").is_err());
        for id in ["a", "...", "a b", "a?b", "a#b", "ü", "\u{ff0f}", &long[1..]] {
            assert_eq!(checked_id("session_id", id.as_bytes()), Ok(id));
        }
    }
}
