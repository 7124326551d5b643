//! Parsers of what a server sends: bodies, and headers of retries and downloads.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{KEY, for_any_bytes, is_one_line, split_lines};
use crate::error::{Error, Report};
use crate::exchange::answer::{self, Body};
use crate::exchange::retry::{self, Failure};
use crate::exchange::video_answer;
use crate::operation::Operation;
use crate::redaction::Redactor;

fn headers<const N: usize>(names: [&'static str; N], values: [&[u8]; N]) -> HeaderMap {
    let pairs = names.into_iter().zip(values);
    pairs
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?)))
        .collect()
}

/// Whether any string in the value contains the API key, however the JSON escapes it.
fn contains_key(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(KEY),
        Value::Array(values) => values.iter().any(contains_key),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains(KEY) || contains_key(value)),
        _ => false,
    }
}

/// Whether a parsed body confirms a pause. Duplicate keys are lost in parsing, so it may be too
/// lenient.
fn confirms(body: &Value) -> bool {
    let levels = [Some(body), body.pointer("/data"), body.pointer("/data/data")];
    let has_error = levels.iter().flatten().any(|level| level.get("error").is_some_and(|error| !error.is_null()));
    let statuses = levels[1..].iter().flatten().filter_map(|level| level.get("status")?.as_str());
    let words: Vec<_> = statuses.map(str::to_lowercase).collect();
    let contrary = |word: &String| ["fail", "error", "resum", "unpaus"].iter().any(|part| word.contains(part));
    !has_error && !words.is_empty() && !words.iter().any(contrary)
}

/// Input: the HTTP status, and on the next lines the body. Only a valid answer confirms a pause,
/// and neither the message nor the result reveals the API key.
#[test]
fn answer() {
    for_any_bytes("answer", |input: &[u8]| {
        let [status, body] = split_lines(input);
        let Ok(status) = StatusCode::from_bytes(status) else { return };
        let operation = Operation::Pause { session: "abc".into() };
        let redactor = Redactor::new(KEY);
        let answer = answer::check(status, &Body::whole(body), &operation, &redactor);
        let parsed = serde_json::from_slice::<Value>(body).ok();
        let is_json = std::str::from_utf8(body).is_ok() && serde_json::from_slice::<IgnoredAny>(body).is_ok();
        assert_eq!(answer.json.is_some(), is_json);

        if answer.verdict.is_ok() {
            assert!(status == 200 && is_json && parsed.as_ref().is_none_or(confirms), "{parsed:?}");
        }
        if let Err(error) = &answer.verdict {
            let message = Report::new(error, Some(&redactor)).message.into_string();
            assert!(is_one_line(&message) && !message.contains(KEY), "{message:?}");
            assert!(message.len() <= 1000, "{message:?}");
            assert!(error.status() == 8 || error.status() == i32::from(status.as_u16()), "{error:?}");
        }
        let Some(parsed) = parsed else { return };
        let result = answer.json.map(|json| serde_json::from_str::<Value>(&json).expect("the result is JSON"));
        assert!(!result.as_ref().is_some_and(contains_key), "{result:?}");
        assert!(contains_key(&parsed) || result == Some(parsed), "{result:?}");
    });
}

/// Input: `retry-after-ms`, `Retry-After` and `x-should-retry`, one per line. They decide whether
/// to retry, and after which delay.
#[test]
fn retry() {
    for_any_bytes("retry", |input: &[u8]| {
        let lines: [&[u8]; 3] = split_lines(input);
        let headers = headers(["retry-after-ms", "retry-after", "x-should-retry"], lines);
        let seconds = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok();
        let requested = retry::retry_after(&headers, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        match (seconds(lines[0]), seconds(lines[1])) {
            (Some(ms), _) => {
                // Milliseconds are converted through a float, which may round down.
                let requested = requested.expect("a number is valid");
                assert_eq!((requested + Duration::from_micros(1)).as_millis(), u128::from(ms));
            }
            (None, Some(seconds)) if lines[0].is_empty() => {
                assert_eq!(requested, Some(Duration::from_secs(u64::from(seconds))));
            }
            _ => {}
        }
        for http_status in [400, 429, 503] {
            let error = Error::Api {
                http_status,
                operation: Operation::List { session: String::new() },
                said: None,
                hints: Box::default(),
                kept: 0,
            };
            let failure = Failure::answered(error, &headers);
            for retries in [0, 1, 7, u32::MAX] {
                let delay = failure.delay(retries);
                assert!(delay.is_none_or(|delay| delay <= Duration::from_secs(60)), "{delay:?}");
                match lines[2] {
                    b"true" => assert!(delay.is_some()),
                    b"false" => assert!(delay.is_none()),
                    _ => assert_eq!(delay.is_some(), http_status != 400),
                }
            }
        }
    });
}

/// Input: `Content-Range`, `ETag`, `Last-Modified` and `Date`, one per line. They state which bytes
/// of which version of the video an answer holds.
#[test]
fn download() {
    for_any_bytes("download", |input: &[u8]| {
        let lines: [&[u8]; 4] = split_lines(input);
        let headers = headers(["content-range", "etag", "last-modified", "date"], lines);
        if let Some((first, total)) = video_answer::range(&headers) {
            assert!(first < total);
            let text = std::str::from_utf8(lines[0]).expect("ASCII");
            let numbers: Vec<u64> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            assert_eq!(numbers, [first, total - 1, total], "{text:?}");
        }
        let Some(validator) = video_answer::validator(&headers) else { return };
        assert!(HeaderValue::from_str(&validator).is_ok(), "{validator:?} cannot be sent back");
        if !validator.starts_with('"') {
            let time = |name| httpdate::parse_http_date(headers[name].to_str().expect("ASCII")).expect("a date");
            assert!(time("date").duration_since(time("last-modified")).is_ok_and(|age| age.as_secs() >= 1));
            assert_eq!(validator.as_bytes(), headers["last-modified"].as_bytes());
        }
    });
}

/// Input: a name, and on the next lines the text of an error. A message that contains both is one
/// line of at most 1,000 bytes, without the API key.
#[test]
fn message() {
    let redactor = Redactor::new(KEY);
    for_any_bytes("message", move |input: &[u8]| {
        let [name, text] = split_lines(input).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let operations = [
            Operation::Pause { session: name.clone() },
            Operation::Delete { session: name.clone(), recording: name.clone() },
            Operation::Request { method: http::Method::POST, path: name },
        ];
        let errors = [
            Error::TlsFailed(text.clone()),
            Error::ConnectionLost(text.clone()).with_kept(u64::MAX),
            Error::Internal(text.clone()),
            answer::not_confirmed(StatusCode::OK, &operations[0], &text),
        ];
        let refusals = operations.into_iter().flat_map(|operation| {
            [302, 401, 403, 404, 407, 408, 409, 418, 429, 500, 599].map(|http_status| Error::Api {
                http_status,
                operation: operation.clone(),
                said: Some(text.as_str().into()),
                hints: Box::default(),
                kept: 0,
            })
        });
        for error in errors.into_iter().filter(|_| !text.is_empty()).chain(refusals) {
            let message = Report::new(&error, Some(&redactor)).message.into_string();
            assert!(is_one_line(&message) && message.len() <= 1000, "{message:?}");
            assert!(!message.contains(KEY), "{message:?}");
        }
    });
}
