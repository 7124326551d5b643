//! The Session Recordings endpoints of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;

use crate::call::Running;
use crate::client::{Client, Request};
use crate::error::Error;
use crate::options;

const MAX_SESSION_ID_BYTES: usize = 256;
/// Everything but the characters that RFC 3986 never wants encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Pauses the recording of a session.
///
/// Pausing sets a state: paused twice is paused. So it may be repeated after an unknown outcome.
pub fn pause(client: &Client, session_id: &[u8], running: &Running<'_>) -> Result<(), Error> {
    let session = checked_id(session_id)?;
    let path = format!("/v1/sessions/{}/recordings/pause", utf8_percent_encode(session, SEGMENT));
    client.send(&Request { method: Method::POST, path: &path, session }, running)
}

/// An id that is one path segment whatever a URL library does with it. Dot segments, tabs and newlines would vanish
/// on the way, and another session would be meant.
fn checked_id(bytes: &[u8]) -> Result<&str, Error> {
    let id = options::utf8("session_id", bytes)?;
    let mend = match id {
        "" => "is empty: pass the id of a running session".into(),
        "." | ".." => format!("{id:?} cannot be an id"),
        _ if id.len() > MAX_SESSION_ID_BYTES => format!("is longer than {MAX_SESSION_ID_BYTES} bytes"),
        _ if id.contains(char::is_control) => format!("{id:?} holds a control character"),
        _ => return Ok(id),
    };
    Err(Error::argument("session_id", mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_mean_another_session_are_refused() {
        let long = "x".repeat(257);
        for id in ["", ".", "..", "a\nb", "a\tb", "a\rb", "a\u{7f}", "a\u{85}b", &long] {
            let message = checked_id(id.as_bytes()).unwrap_err().message();
            assert!(message.starts_with("session_id "), "{message}");
        }
        assert!(checked_id(b"a\xff").is_err());
        for id in ["a", "...", "a b", "a/b", "%2e", "ü", &long[1..]] {
            assert_eq!(checked_id(id.as_bytes()), Ok(id));
        }
    }
}
