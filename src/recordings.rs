//! The Session Recordings endpoints of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;

use crate::call::Running;
use crate::client::{Client, Request};
use crate::download::Download;
use crate::error::{Error, Subject};
use crate::holds::Turn;
use crate::options;

const MAX_ID_BYTES: usize = 256;
/// Everything but the characters that RFC 3986 never wants encoded.
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Pauses the recording of a session.
///
/// Pausing and resuming set a state: paused twice is paused. So they may be repeated after an unknown outcome.
pub fn pause(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    change(client, session_id, running, "pause", None)
}

/// Resumes the recording of a session.
pub fn resume(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    change(client, session_id, running, "resume", None)
}

/// Pauses the recording unless a hold of this client has done so already.
pub fn begin_pause(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    change(client, session_id, running, "pause", Some(Turn::Begin))
}

/// Resumes the recording if this ends the last hold.
pub fn end_pause(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    change(client, session_id, running, "resume", Some(Turn::End))
}

fn change(
    client: &Client,
    session_id: &[u8],
    running: &Running<'_>,
    verb: &str,
    turn: Option<Turn>,
) -> Result<(), Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/{verb}", recordings_of(session));
    client.send(&Request { turn, ..about(session, Method::POST, &path) }, running)
}

/// Lists the recordings of a session: the JSON text is the call's result.
pub fn list(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    let session = checked_id("session_id", session_id)?;
    let path = recordings_of(session);
    client.send(&about(session, Method::GET, &path), running)?;
    match running.has_result() {
        true => Ok(()),
        false => {
            Err(Error::BadResponse(format!("no list came for session {session:?}; do not take it for an empty one")))
        }
    }
}

/// Deletes one recording. A second deletion would fail with 404 although the first one worked, so it is repeated only
/// if nothing was sent.
pub fn delete(client: &Client, session_id: &[u8], recording_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    let session = checked_id("session_id", session_id)?;
    let recording = checked_id("recording_id", recording_id)?;
    let path = format!("{}/{}", recordings_of(session), utf8_percent_encode(recording, SEGMENT));
    client.send(&Request { repeatable: false, ..about(session, Method::DELETE, &path) }, running)
}

/// Downloads the primary recording to a file, which has its name only when it is whole.
pub fn download(client: &Client, session_id: &[u8], file: &[u8], running: &Running<'_>) -> Result<(), Error> {
    let session = checked_id("session_id", session_id)?;
    let path = format!("{}/primary/fetch", recordings_of(session));
    let download = Download::new(options::utf8("file", file)?, &client.text_url(&path))?;
    let request = Request { download: Some(&download), ..about(session, Method::GET, &path) };
    client.send(&request, running).map_err(|error| error.with_kept(download.kept()))
}

fn about<'a>(session: &str, method: Method, path: &'a str) -> Request<'a> {
    Request {
        method,
        path,
        body: None,
        subject: Subject::Session(session.into()),
        turn: None,
        repeatable: true,
        download: None,
    }
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
