//! What counts as the API's answer.

use std::str;

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming};
use serde_json::Value;

use crate::error::{Error, Subject};
use crate::json::Json;
use crate::notices::Notices;

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

/// Success is a 204, or another 2xx whose body is a JSON object without `error`.
pub fn check(status: StatusCode, body: &Body, subject: &Subject, key: &str) -> Checked {
    let parsed = Json::parse(&body.bytes);
    let json = parsed.as_ref().and_then(|_| str::from_utf8(&body.bytes).ok()).map(|text| json(text, key));
    Checked { verdict: verdict(status, body, parsed.as_ref(), subject, key), json }
}

fn verdict(status: StatusCode, body: &Body, parsed: Option<&Json>, subject: &Subject, key: &str) -> Result<(), Error> {
    if status == StatusCode::NO_CONTENT {
        return Ok(());
    }
    let said = parsed.and_then(said).map(|text| shortened(&hidden(text, key)));
    match status.as_u16() {
        200..=299 => {}
        http_status @ 300..=599 => return Err(Error::Api { http_status, subject: subject.clone(), said }),
        other => return Err(not_the_api(status, subject, &format!("{other} is no HTTP status"))),
    }
    let reason = match (parsed, &body.end) {
        (_, End::TooLong) => format!("the body is longer than {MAX_BODY_BYTES} bytes"),
        (Some(json @ Json::Object { .. }), _) if json.error().is_none() => return Ok(()),
        (Some(Json::Object { .. }), _) => match said {
            Some(said) => format!("the body holds an error (api: {said})"),
            None => "the body holds an error".into(),
        },
        (Some(_), _) => "the body is not a JSON object".into(),
        (None, _) if body.bytes.is_empty() => "the body is empty".into(),
        (None, _) if body.bytes.trim_ascii_start().starts_with(b"<") => "the body is a web page".into(),
        (None, _) => "the body is not JSON".into(),
    };
    Err(not_the_api(status, subject, &reason))
}

/// The error for what some other server may have said.
pub fn not_the_api(status: StatusCode, subject: &Subject, reason: &str) -> Error {
    Error::BadResponse(format!(
        "answered {} to {subject}, but not as the API does: {reason}; \
         do not count on its effect, and look for a proxy or a captive portal on the way",
        status.as_u16()
    ))
}

/// The API's own words: `error` stands once or twice around its message, or is itself the message.
fn said(body: &Json) -> Option<&str> {
    let error = body.error()?;
    error.error().unwrap_or(error).message()
}

/// The text as it came, but for strings in which the server echoed the key: JSON has more than one spelling for it.
fn json(text: &str, key: &str) -> String {
    if !text.contains(key) && !text.contains('\\') {
        return text.to_owned();
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, literal, behind)) = next_string(rest) {
        shown += before;
        let said: String = serde_json::from_str(literal).unwrap_or_default();
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

/// Without the key, should the server have echoed it.
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

    fn abc() -> Subject {
        Subject::Session("abc".into())
    }

    fn checked(status: u16, body: &[u8]) -> Checked {
        check(StatusCode::from_u16(status).unwrap(), &Body::whole(body), &abc(), "sk-canary")
    }

    #[test]
    fn only_the_api_says_paused() {
        for body in [r#"{"data":{"data":{"status":"paused"}}}"#, r#"{"data":{"status":"paused"}}"#, r#"{"error":null}"#]
        {
            let answer = checked(200, body.as_bytes());
            assert_eq!((answer.verdict, answer.json.as_deref()), (Ok(()), Some(body)));
        }
        assert_eq!(checked(204, b"").verdict, Ok(()));
    }

    #[test]
    fn anything_else_with_200_is_an_error() {
        let deep = [b'['; 100_000];
        let rows: [(&[u8], &str); 8] = [
            (b"", "is empty"),
            (b" <html>", "a web page"),
            (b"paused", "not JSON"),
            (b"{\"data\":", "not JSON"),
            (b"{\"data\":\"\xff\"}", "not JSON"),
            (b"[]", "not a JSON object"),
            (br#"{"error":{"message":"no"}}"#, "(api: no)"),
            (&deep, "not JSON"),
        ];
        for (body, reason) in rows {
            match checked(200, body).verdict {
                Err(Error::BadResponse(message)) => assert!(message.contains(reason), "{message}"),
                other => panic!("{other:?}"),
            }
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
            let expected = Error::Api { http_status: 404, subject: abc(), said: Some("no [api key]".into()) };
            let answer = checked(404, body.as_bytes());
            assert_eq!(answer.verdict, Err(expected));
            assert!(answer.json.is_some_and(|json| json.contains("no [api key]")));
        }
        let silent = Error::Api { http_status: 502, subject: abc(), said: None };
        assert_eq!(checked(502, b"<html>").verdict, Err(silent));
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(shortened(&"ü".repeat(301)).chars().count(), 303);
    }
}
