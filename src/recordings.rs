//! The Session Recordings endpoints of the API.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::{Client, Request};
use crate::download::Download;
use crate::error::{Error, Subject};
use crate::holds::Turn;
use crate::options;

const MAX_ID_BYTES: usize = 256;
/// Everything but the characters that RFC 3986 never wants encoded.
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Pauses the recording of a session.
pub fn pause(session_id: &[u8]) -> Result<Request, Error> {
    change(session_id, "pause", None)
}

/// Resumes the recording of a session.
pub fn resume(session_id: &[u8]) -> Result<Request, Error> {
    change(session_id, "resume", None)
}

/// Pauses the recording unless a hold of the client has done so already.
pub fn begin_pause(session_id: &[u8]) -> Result<Request, Error> {
    change(session_id, "pause", Some(Turn::Begin))
}

/// Resumes the recording if this ends the last hold.
pub fn end_pause(session_id: &[u8]) -> Result<Request, Error> {
    change(session_id, "resume", Some(Turn::End))
}

fn change(session_id: &[u8], verb: &str, turn: Option<Turn>) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/{verb}", recordings_of(session));
    Ok(Request { turn, ..about(session, Method::POST, path) })
}

/// Lists the recordings of a session: the JSON text is the call's result.
pub fn list(session_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = recordings_of(session);
    Ok(Request { lists: true, ..about(session, Method::GET, path) })
}

/// Deletes one recording. A second deletion would fail with 404 although the first one worked, so it is repeated only
/// if nothing was sent.
pub fn delete(session_id: &[u8], recording_id: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let recording = checked_id("recording_id", recording_id)?;
    let path = format!("{}/{}", recordings_of(session), utf8_percent_encode(recording, SEGMENT));
    Ok(Request { repeatable: false, ..about(session, Method::DELETE, path) })
}

/// Downloads the primary recording to a file, which has its name only when it is whole.
pub fn download(client: &Client, session_id: &[u8], file: &[u8]) -> Result<Request, Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/primary/fetch", recordings_of(session));
    let download = Download::new(options::utf8("file", file)?, &client.address.text(&path))?;
    Ok(Request { download: Some(download), ..about(session, Method::GET, path) })
}

fn about(session: &str, method: Method, path: String) -> Request {
    let subject = Subject::Session(session.into());
    Request { method, path, body: None, subject, turn: None, repeatable: true, lists: false, download: None }
}

pub fn recordings_of(session: &str) -> String {
    format!("/v1/sessions/{}/recordings", utf8_percent_encode(session, SEGMENT))
}

/// An id that is one path segment whatever a URL library does with it. Dot segments, tabs and newlines would vanish
/// on the way, and another session would be meant.
pub fn checked_id<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let id = options::utf8(name, bytes)?;
    let mend = match id {
        "" => "is empty: pass an id".into(),
        "." | ".." => format!("{id:?} cannot be an id"),
        _ if id.len() > MAX_ID_BYTES => format!("is longer than {MAX_ID_BYTES} bytes"),
        _ if id.contains(char::is_control) => format!("{id:?} holds a control character"),
        _ => return Ok(id),
    };
    Err(Error::argument(name, mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_mean_another_session_are_refused() {
        let long = "x".repeat(257);
        for id in ["", ".", "..", "a\nb", "a\tb", "a\rb", "a\u{7f}", "a\u{85}b", &long] {
            let message = checked_id("session_id", id.as_bytes()).unwrap_err().message();
            assert!(message.starts_with("session_id "), "{message}");
        }
        assert!(checked_id("session_id", b"a\xff").is_err());
        for id in ["a", "...", "a b", "a/b", "%2e", "ü", &long[1..]] {
            assert_eq!(checked_id("session_id", id.as_bytes()), Ok(id));
        }
    }
}
