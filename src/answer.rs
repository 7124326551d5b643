//! What counts as the API's answer.

use std::str;

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming};
use serde_json::Value;

use crate::error::Error;
use crate::json::{Json, decoded};
use crate::notices::Notices;
use crate::operation::Operation;
use crate::verdict;

/// More than any answer of the API; an endless body must not fill the host's memory.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const MAX_SAID_CHARS: usize = 300;
/// A shorter key is a word that the API may well use; hiding it would only garble the message.
const MIN_HIDDEN_KEY_BYTES: usize = 6;

/// A body as far as it came.
pub struct Body {
    bytes: Vec<u8>,
    end: End,
}

enum End {
    Whole,
    TooLong,
    Broken(hyper::Error),
}

impl Body {
    /// Reads it, and tells `notices` of every part.
    pub async fn read(mut body: Incoming, notices: Option<&Notices<'_>>) -> Self {
        let total = body.size_hint().exact().unwrap_or_default();
        let mut bytes = Vec::new();
        let end = loop {
            match body.frame().await.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) if bytes.len() + chunk.len() > MAX_BODY_BYTES => break End::TooLong,
                Some(Ok(Ok(chunk))) => {
                    bytes.extend_from_slice(&chunk);
                    if let Some(notices) = notices {
                        notices.progress(bytes.len() as u64, total).await;
                    }
                }
                // What may follow a body says nothing about it.
                Some(Ok(Err(_trailers))) => {}
                Some(Err(reason)) => break End::Broken(reason),
                None => break End::Whole,
            }
        };
        Self { bytes, end }
    }

    #[cfg(test)]
    pub fn whole(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), end: End::Whole }
    }

    /// How much of it came.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Why the body did not come to its end.
    pub fn failure(&self) -> Option<&hyper::Error> {
        match &self.end {
            End::Broken(reason) => Some(reason),
            _ => None,
        }
    }
}

/// What an answer says.
pub struct Checked {
    pub verdict: Result<(), Error>,
    /// The body, if it is JSON.
    pub json: Option<String>,
}

/// Judges what came as the answer to `operation`.
pub fn check(status: StatusCode, body: &Body, operation: &Operation, key: &str) -> Checked {
    let parsed = Json::parse(&body.bytes);
    let json = parsed.and_then(|_| str::from_utf8(&body.bytes).ok()).map(|text| json(text, key));
    Checked { verdict: verdict(status, body, parsed, operation, key), json }
}

fn verdict(
    status: StatusCode,
    body: &Body,
    parsed: Option<Json<'_>>,
    operation: &Operation,
    key: &str,
) -> Result<(), Error> {
    let shown = |text: String| shortened(&hidden(&text, key));
    match status.as_u16() {
        200..=299 => match flaw(status, body, parsed, operation) {
            Some(flaw) => Err(not_confirmed(status, operation, &shown(flaw))),
            None => Ok(()),
        },
        http_status @ 300..=599 => {
            let said = parsed.and_then(said).map(shown);
            Err(Error::Api { http_status, operation: operation.clone(), said })
        }
        other => Err(not_confirmed(status, operation, &format!("{other} is not an HTTP status"))),
    }
}

fn said(body: Json<'_>) -> Option<String> {
    let [error] = body.fields(["error"])?;
    verdict::error_text(error.get()?)
}

/// Why a success of HTTP is none of the API's.
fn flaw(status: StatusCode, body: &Body, parsed: Option<Json<'_>>, operation: &Operation) -> Option<String> {
    match (&body.end, parsed) {
        (End::TooLong, _) => Some(format!("the body is longer than {MAX_BODY_BYTES} bytes")),
        (_, None) if body.bytes.is_empty() => verdict::flaw(operation, status, None),
        (_, None) if body.bytes.trim_ascii_start().starts_with(b"<") => Some("the body is a web page".into()),
        (_, None) => Some("the body is not JSON".into()),
        (_, parsed) => verdict::flaw(operation, status, parsed),
    }
}

/// The error for what some other server may have said.
pub fn not_confirmed(status: StatusCode, operation: &Operation, reason: &str) -> Error {
    Error::BadResponse(format!(
        "HTTP {} came while {operation}, but {reason}; {}; look for a proxy or a captive portal on the way",
        status.as_u16(),
        operation.next_step()
    ))
}

/// The text as it came, except for strings in which the server echoed the key: JSON has more than one spelling for it.
fn json(text: &str, key: &str) -> String {
    if !text.contains(key) && !text.contains('\\') {
        return text.to_owned();
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, literal, behind)) = next_string(rest) {
        shown += before;
        let said = decoded(literal).unwrap_or_default();
        match hidden(&said, key) {
            other if other != said => shown += &Value::String(other).to_string(),
            _ => shown += literal,
        }
        rest = behind;
    }
    shown + rest
}

/// What stands before the next string of a JSON text, the string with its quotes, and what stands behind it.
fn next_string(text: &str) -> Option<(&str, &str, &str)> {
    let begin = text.find('"')?;
    let (before, text) = text.split_at(begin);
    let mut escaped = true;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let (literal, behind) = text.split_at_checked(end + 1)?;
    Some((before, literal, behind))
}

/// The text without the key, in case the server echoed it.
pub fn hidden(text: &str, key: &str) -> String {
    if key.len() < MIN_HIDDEN_KEY_BYTES { text.to_owned() } else { text.replace(key, "[api key]") }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SAID_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pausing() -> Operation {
        Operation::Pause { session: "abc".into() }
    }

    fn checked(status: u16, body: &[u8]) -> Checked {
        check(StatusCode::from_u16(status).unwrap(), &Body::whole(body), &pausing(), "sk-canary")
    }

    #[test]
    fn a_confirmation_is_handed_on_as_it_came() {
        let body = r#"{"data":{"data":{"status":"paused"}},"more":["\ud83d",1e400]}"#;
        let answer = checked(200, body.as_bytes());
        assert_eq!((answer.verdict, answer.json.as_deref()), (Ok(()), Some(body)));
    }

    #[test]
    fn an_unconfirmed_pause_says_what_came_and_what_to_do() {
        let deep = [b'['; 100_000];
        let rows: [(&[u8], &str); 8] = [
            (b"", "the body is empty"),
            (b" <html>", "the body is a web page"),
            (b"paused", "the body is not JSON"),
            (b"{\"data\":", "the body is not JSON"),
            (b"{\"data\":\"\xff\"}", "the body is not JSON"),
            (b"[]", "the body is not a JSON object"),
            (br#"{"error":{"message":"no sk-canary"}}"#, "the body holds an error (the API says: no [api key])"),
            (&deep, "the body is not JSON"),
        ];
        for (body, reason) in rows {
            let expected = format!(
                "HTTP 200 came while pausing session \"abc\", but {reason}; assume that it is still being recorded, and \
                 pause again; look for a proxy or a captive portal on the way"
            );
            assert_eq!(checked(200, body).verdict, Err(Error::BadResponse(expected)));
        }
    }

    #[test]
    fn both_nestings_of_an_error_are_read_and_the_key_is_hidden() {
        let bodies = [
            r#"{"error":{"error":{"code":404,"message":"no sk-canary"}}}"#,
            r#"{"error":{"code":404,"message":"no sk-canary"}}"#,
            r#"{"error":"no sk-canary"}"#,
        ];
        for body in bodies {
            let said = Some("no [api key]".into());
            let answer = checked(404, body.as_bytes());
            assert_eq!(answer.verdict, Err(Error::Api { http_status: 404, operation: pausing(), said }));
            assert!(answer.json.is_some_and(|json| json.contains("no [api key]")));
        }
        let silent = Error::Api { http_status: 502, operation: pausing(), said: None };
        assert_eq!(checked(502, b"<html>").verdict, Err(silent));
    }

    #[test]
    fn the_key_is_hidden_however_it_is_spelt() {
        let json = checked(404, br#"{"\ud83d sk-can\u0061ry":"\ud83dsk-canary","b":"\ud83d"}"#).json.unwrap();
        assert!(!json.contains("sk-can") && json.ends_with(r#""b":"\ud83d"}"#), "{json}");
        assert!(Json::parse(json.as_bytes()).is_some());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(shortened(&"ü".repeat(301)).chars().count(), 303);
    }
}
