//! Reading an answer: its body within bounds, its verdict, and its JSON without the API key.

use std::str;

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming};
use serde_json::Value;

use super::json::{Json, decoded};
use super::verdict;
use crate::call::CallEvents;
use crate::error::Error;
use crate::operation::Operation;
use crate::text::{shortened, without_key};

/// Larger than any answer of the API. An endless body must not fill the host's memory.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The part of a body that was received.
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
    /// Reads the body and reports the progress to `events`.
    pub async fn read(mut body: Incoming, events: Option<&CallEvents<'_>>) -> Self {
        let total = body.size_hint().exact().unwrap_or_default();
        let mut bytes = Vec::new();
        let end = loop {
            match body.frame().await.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) if bytes.len() + chunk.len() > MAX_BODY_BYTES => break End::TooLong,
                Some(Ok(Ok(chunk))) => {
                    bytes.extend_from_slice(&chunk);
                    if let Some(events) = events {
                        events.progress(bytes.len() as u64, total).await;
                    }
                }
                // Trailers do not describe the body.
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

    /// The number of bytes received.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Why the body is incomplete, if the connection failed.
    pub fn failure(&self) -> Option<&hyper::Error> {
        match &self.end {
            End::Broken(reason) => Some(reason),
            _ => None,
        }
    }
}

/// An answer that was judged.
pub struct Checked {
    pub verdict: Result<(), Error>,
    /// The body, if it is JSON.
    pub json: Option<String>,
}

/// Judges an answer to `operation`.
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
    let quoted = |text: String| shortened(&without_key(&text, key));
    match status.as_u16() {
        200..=299 => match flaw(status, body, parsed, operation) {
            Some(flaw) => Err(not_confirmed(status, operation, &quoted(flaw))),
            None => Ok(()),
        },
        http_status @ 300..=599 => {
            let said = parsed.and_then(said).map(quoted);
            Err(Error::Api { http_status, operation: operation.clone(), said })
        }
        other => Err(not_confirmed(status, operation, &format!("{other} is not an HTTP status"))),
    }
}

fn said(body: Json<'_>) -> Option<String> {
    let [error] = body.fields(["error"])?;
    verdict::error_text(error.get()?)
}

/// Why an answer with a status of 200 to 299 does not confirm the operation, or `None` if it does.
fn flaw(status: StatusCode, body: &Body, parsed: Option<Json<'_>>, operation: &Operation) -> Option<String> {
    match (&body.end, parsed) {
        (End::TooLong, _) => Some(format!("the body is longer than {MAX_BODY_BYTES} bytes")),
        (_, None) if body.bytes.is_empty() => verdict::flaw(operation, status, None),
        (_, None) if body.bytes.trim_ascii_start().starts_with(b"<") => Some("the body is a web page".into()),
        (_, None) => Some("the body is not JSON".into()),
        (_, parsed) => verdict::flaw(operation, status, parsed),
    }
}

/// The error for an answer that does not confirm the operation. It may come from another server.
pub fn not_confirmed(status: StatusCode, operation: &Operation, reason: &str) -> Error {
    Error::BadResponse(format!(
        "HTTP {} was received while {operation}, but {reason}; {}; look for a proxy or a captive portal on the way",
        status.as_u16(),
        operation.next_step()
    ))
}

/// The JSON text with the API key replaced in every string that contains it. The strings are
/// decoded for the comparison, because JSON has more than one way to spell a character.
fn json(text: &str, key: &str) -> String {
    if !text.contains(key) && !text.contains('\\') {
        return text.to_owned();
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, literal, behind)) = next_string(rest) {
        shown += before;
        let said = decoded(literal).unwrap_or_default();
        match without_key(&said, key) {
            other if other != said => shown += &Value::String(other).to_string(),
            _ => shown += literal,
        }
        rest = behind;
    }
    shown + rest
}

/// Splits JSON text around its next string: the text before, the string with its quotes, and the
/// rest.
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
    fn the_json_of_a_confirmation_is_returned_unchanged() {
        let body = r#"{"data":{"data":{"status":"paused"}},"more":["\ud83d",1e400]}"#;
        let answer = checked(200, body.as_bytes());
        assert_eq!((answer.verdict, answer.json.as_deref()), (Ok(()), Some(body)));
    }

    #[test]
    fn an_unconfirmed_pause_reports_the_flaw_and_the_next_step() {
        let deep = [b'['; 100_000];
        let rows: [(&[u8], &str); 8] = [
            (b"", "the body is empty"),
            (b" <html>", "the body is a web page"),
            (b"paused", "the body is not JSON"),
            (b"{\"data\":", "the body is not JSON"),
            (b"{\"data\":\"\xff\"}", "the body is not JSON"),
            (b"[]", "the body is not a JSON object"),
            (br#"{"error":{"message":"no sk-canary"}}"#, "the body contains an error (the API says: no [api key])"),
            (&deep, "the body is not JSON"),
        ];
        for (body, reason) in rows {
            let expected = format!(
                "HTTP 200 was received while pausing session \"abc\", but {reason}; assume that it is still being recorded, and \
                 pause again; look for a proxy or a captive portal on the way"
            );
            assert_eq!(checked(200, body).verdict, Err(Error::BadResponse(expected)));
        }
    }

    #[test]
    fn every_nesting_of_an_error_is_read_and_the_key_hidden() {
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
    fn an_escaped_key_is_hidden_too() {
        let json = checked(404, br#"{"\ud83d sk-can\u0061ry":"\ud83dsk-canary","b":"\ud83d"}"#).json.unwrap();
        assert!(!json.contains("sk-can") && json.ends_with(r#""b":"\ud83d"}"#), "{json}");
        assert!(Json::parse(json.as_bytes()).is_some());
    }

    #[test]
    fn a_key_after_an_escaped_quote_is_hidden_too() {
        for (body, shown) in [
            (r#"["\"sk-canary"]"#, r#"["\"[api key]"]"#),
            (r#"["\\","sk-canary"]"#, r#"["\\","[api key]"]"#),
            (r#"["\\\"sk-canary",""]"#, r#"["\\\"[api key]",""]"#),
        ] {
            assert_eq!(checked(404, body.as_bytes()).json.as_deref(), Some(shown));
        }
    }
}
