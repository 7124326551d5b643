//! Reading an answer: its body within bounds, its verdict, and its JSON without the API key.

use std::error::Error as StdError;
use std::str;

use http::StatusCode;
use http::header::{CONTENT_ENCODING, HeaderMap};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame};
use serde_json::Value;

use super::json::{Json, decoded};
use super::verdict;
use crate::call::CallEvents;
use crate::error::Error;
use crate::operation::Operation;
use crate::redaction::Redactor;
use crate::text::{ADVICE, foreign};
use crate::transport::{AnswerBody, BoxError};

/// Larger than any answer of the API. An endless body must not fill the host's memory.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The part of a body that was received.
pub struct Body {
    bytes: Vec<u8>,
    end: End,
    /// What its bytes are encoded with, as in `gzip`, in the server's words.
    encoding: Option<String>,
}

enum End {
    Whole,
    TooLong,
    Broken(BoxError),
}

impl Body {
    /// Reads the body and reports the progress to `events`.
    pub async fn read(mut body: AnswerBody, events: Option<&CallEvents<'_>>) -> Self {
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
        Self { bytes, end, encoding: None }
    }

    #[cfg(test)]
    pub fn whole(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), end: End::Whole, encoding: None }
    }

    /// The body, as the headers describe it.
    pub fn described_by(self, headers: &HeaderMap) -> Self {
        Self { encoding: encoding(headers), ..self }
    }

    /// The number of bytes received.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Why the body is incomplete, if the connection failed.
    pub fn failure(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.end {
            End::Broken(reason) => Some(&**reason),
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
pub fn check(status: StatusCode, body: &Body, operation: &Operation, redactor: &Redactor) -> Checked {
    let parsed = Json::parse(&body.bytes);
    let json = parsed.and_then(|_| str::from_utf8(&body.bytes).ok()).map(|text| json(text, redactor));
    Checked { verdict: verdict(status, body, parsed, operation), json }
}

fn verdict(status: StatusCode, body: &Body, parsed: Option<Json<'_>>, operation: &Operation) -> Result<(), Error> {
    match status.as_u16() {
        200..=299 => flaw(status, body, parsed, operation).map_or(Ok(()), Err),
        http_status @ 300..=599 => {
            let said = parsed.and_then(said).map(foreign).map(String::into_boxed_str);
            Err(Error::Api { http_status, operation: operation.clone(), said, hints: Box::default(), kept: 0 })
        }
        other => Err(not_of_the_api(status, operation, &format!("{other} is not an HTTP status"))),
    }
}

fn said(body: Json<'_>) -> Option<String> {
    let [error] = body.fields(["error"])?;
    verdict::error_text(error.get()?)
}

/// The error if an answer with a status of 200 to 299 does not confirm the operation.
fn flaw(status: StatusCode, body: &Body, parsed: Option<Json<'_>>, operation: &Operation) -> Option<Error> {
    let not_of_the_api = |flaw: &str| not_of_the_api(status, operation, flaw);
    if let Some(encoding) = body.encoding.as_ref().filter(|_| !body.bytes.is_empty()) {
        let flaw = format!("the body is encoded with {encoding}, although an unencoded one was asked for");
        return Some(not_of_the_api(&flaw));
    }
    match (&body.end, parsed) {
        (End::TooLong, _) => Some(not_of_the_api(&format!("the body is longer than {MAX_BODY_BYTES} bytes"))),
        (_, None) if body.bytes.is_empty() && status == StatusCode::OK => {
            verdict::flaw(operation, status, None).map(|flaw| not_of_the_api(&flaw))
        }
        (_, None) if body.bytes.trim_ascii_start().starts_with(b"<") => Some(not_of_the_api("the body is a web page")),
        (_, None) if !body.bytes.is_empty() => Some(not_of_the_api("the body is not JSON")),
        (_, parsed) => verdict::flaw(operation, status, parsed).map(|flaw| not_confirmed(status, operation, &flaw)),
    }
}

/// Content-Encoding, if it names any encoding but `identity`. It stays whole, because a part of it
/// could be a part of the API key.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let value = values.collect::<Vec<_>>().join(", ");
    let is_encoding = |name: &str| !name.trim().is_empty() && !name.trim().eq_ignore_ascii_case("identity");
    value.split(',').any(is_encoding).then(|| foreign(value))
}

/// The error for an answer that does not confirm the operation.
pub fn not_confirmed(status: StatusCode, operation: &Operation, reason: &str) -> Error {
    Error::BadResponse(unconfirmed(status, operation, reason))
}

/// The error for an answer that the API would not send.
pub fn not_of_the_api(status: StatusCode, operation: &Operation, reason: &str) -> Error {
    let text = unconfirmed(status, operation, reason);
    Error::BadResponse(format!("{text}; look for a proxy or a captive portal on the way"))
}

fn unconfirmed(status: StatusCode, operation: &Operation, reason: &str) -> String {
    let (status, step) = (status.as_u16(), operation.next_step());
    format!("HTTP {status} was received while {operation}, but {reason}{ADVICE}; {step}")
}

/// The JSON text with the API key replaced in every string that contains it. The strings are
/// decoded for the comparison, because JSON has more than one way to spell a character.
fn json(text: &str, redactor: &Redactor) -> String {
    if !text.contains('\\') && !redactor.is_in(text) {
        return text.to_owned();
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, literal, behind)) = next_string(rest) {
        shown += before;
        match decoded(literal).filter(|said| redactor.is_in(said)) {
            Some(said) => shown += &Value::String(redactor.hide(said)).to_string(),
            None => shown += literal,
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
    use crate::error::Report;

    fn pausing() -> Operation {
        Operation::Pause { session: "abc".into() }
    }

    fn message(status: u16, body: &[u8]) -> String {
        let error = checked(status, body).verdict.unwrap_err();
        Report::new(&error, Some(&Redactor::new("sk-canary"))).message.into_string()
    }

    fn checked(status: u16, body: &[u8]) -> Checked {
        check(StatusCode::from_u16(status).unwrap(), &Body::whole(body), &pausing(), &Redactor::new("sk-canary"))
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
        let rows: [(&[u8], &str, bool); 8] = [
            (b"", "the body is empty", false),
            (b" <html>", "the body is a web page", false),
            (b"paused", "the body is not JSON", false),
            (b"{\"data\":", "the body is not JSON", false),
            (b"{\"data\":\"\xff\"}", "the body is not JSON", false),
            (b"[]", "the body is not a JSON object", true),
            (
                br#"{"error":{"message":"no sk-canary"}}"#,
                "the body contains an error (the API says: no [api key])",
                true,
            ),
            (&deep, "the body is not JSON", false),
        ];
        for (body, reason, is_of_the_api) in rows {
            let expected = format!(
                "HTTP 200 was received while pausing session \"abc\", but {reason}; assume that it is still being recorded, and \
                 pause again"
            );
            let hint = if is_of_the_api { "" } else { "; look for a proxy or a captive portal on the way" };
            assert_eq!(message(200, body), expected + hint);
        }
    }

    #[test]
    fn an_encoded_body_is_named_and_identity_is_no_encoding() {
        const CONFIRMED: &[u8] = br#"{"data":{"status":"paused"}}"#;
        let rows: [(&[&str], Option<&str>); 11] = [
            (&[], None),
            (&[""], None),
            (&["identity"], None),
            (&["Identity"], None),
            (&["IDENTITY, identity"], None),
            (&["gzip"], Some("gzip")),
            (&["br"], Some("br")),
            (&["zstd"], Some("zstd")),
            (&["identity, deflate"], Some("identity, deflate")),
            (&["identity", "gzip"], Some("identity, gzip")),
            (&["xxxxxxxxxxxxxxxxxxxxxxxxx,y"], Some("xxxxxxxxxxxxxxxxxxxxxxxxx,y")),
        ];
        for (values, encoding) in rows {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            let judged = |bytes| {
                check(
                    StatusCode::OK,
                    &Body::whole(bytes).described_by(&headers),
                    &pausing(),
                    &Redactor::new("sk-canary"),
                )
                .verdict
            };
            match encoding {
                None => assert_eq!(judged(CONFIRMED), Ok(()), "{values:?}"),
                Some(name) => {
                    for bytes in [CONFIRMED, b"\x1f\x8b\x08"] {
                        let error = judged(bytes).unwrap_err();
                        assert!(matches!(error, Error::BadResponse(_)), "{values:?}");
                        let flaw = format!("the body is encoded with {name}, although");
                        assert!(error.message().contains(&flaw), "{values:?}: {error}");
                    }
                }
            }
            assert!(judged(b"").unwrap_err().message().contains("the body is empty"), "{values:?}");
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
            assert!(message(404, body.as_bytes()).contains("(the API says: no [api key])"), "{body}");
            assert!(checked(404, body.as_bytes()).json.is_some_and(|json| json.contains("no [api key]")));
        }
        let silent = Error::Api { http_status: 502, operation: pausing(), said: None, hints: Box::default(), kept: 0 };
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
