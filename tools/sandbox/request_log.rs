//! The log: a file with one JSON object per request.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Version};
use serde::Serialize;
use serde_json::{Map, Value};

/// One line of the log.
#[derive(Serialize)]
pub struct Entry {
    ms: u128,
    connection: u64,
    http: &'static str,
    method: String,
    path: String,
    query: Option<String>,
    headers: Map<String, Value>,
    body_bytes: usize,
    session: Option<String>,
    fault: Option<&'static str>,
    status: u16,
}

/// Facts about a request that are not in its head.
pub struct Facts<'a> {
    pub connection: u64,
    pub api_key: &'a str,
    pub body_bytes: usize,
    pub session: Option<&'a str>,
    pub fault: Option<&'static str>,
}

pub struct RequestLog {
    file: Option<Mutex<File>>,
    started: Instant,
}

impl RequestLog {
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        Ok(Self { file: path.map(open).transpose()?, started: Instant::now() })
    }

    /// Describes a request that was fully received. The status is filled in once it is known.
    pub fn entry(&self, request: &Parts, facts: &Facts<'_>) -> Entry {
        Entry {
            ms: self.started.elapsed().as_millis(),
            connection: facts.connection,
            http: http_version(request.version),
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().map(|query| without_key(query, facts.api_key)),
            headers: headers(&request.headers, facts.api_key),
            body_bytes: facts.body_bytes,
            session: facts.session.map(str::to_owned),
            fault: facts.fault,
            status: 0,
        }
    }

    pub fn write(&self, entry: Entry, status: u16) {
        let Some(file) = &self.file else { return };
        let Ok(mut line) = serde_json::to_vec(&Entry { status, ..entry }) else {
            return;
        };
        line.push(b'\n');
        // One unbuffered write per line, so that a reader never sees a partial line.
        let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        if let Err(error) = written {
            eprintln!("sandbox: cannot write the log: {error}");
        }
    }
}

fn open(path: &Path) -> io::Result<Mutex<File>> {
    match OpenOptions::new().append(true).create(true).open(path) {
        Ok(file) => Ok(Mutex::new(file)),
        Err(error) => Err(io::Error::other(format!("cannot open {}: {error}", path.display()))),
    }
}

/// Whether the request carries the accepted key, or None if it carries no key.
pub fn key_is_valid(headers: &HeaderMap, api_key: &str) -> Option<bool> {
    let mut values = headers.get_all("anchor-api-key").iter();
    let first = values.next()?;
    Some(first.as_bytes() == api_key.as_bytes() && values.next().is_none())
}

fn headers(headers: &HeaderMap, api_key: &str) -> Map<String, Value> {
    let mut all = Map::new();
    for name in headers.keys() {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        all.insert(name.to_string(), without_key(&values.join(", "), api_key).into());
    }
    if let Some(valid) = key_is_valid(headers, api_key) {
        all.insert("anchor-api-key".to_owned(), if valid { "valid" } else { "wrong" }.into());
    }
    all
}

/// Hides the key if a client repeats it outside its header.
fn without_key(text: &str, api_key: &str) -> String {
    text.replace(api_key, "(the key)")
}

fn http_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_11 => "1.1",
        Version::HTTP_10 => "1.0",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn header_map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn the_key_is_judged_not_shown() {
        let valid = headers(&header_map(&[("anchor-api-key", "k3y"), ("accept", "*/*")]), "k3y");
        assert_eq!(Value::from(valid), serde_json::json!({"anchor-api-key": "valid", "accept": "*/*"}));
        let wrong = headers(&header_map(&[("anchor-api-key", "other")]), "k3y");
        assert_eq!(Value::from(wrong), serde_json::json!({"anchor-api-key": "wrong"}));
        assert!(headers(&header_map(&[]), "k3y").is_empty());
    }

    #[test]
    fn the_key_does_not_slip_in_by_another_header() {
        let leaked = headers(&header_map(&[("authorization", "Bearer k3y")]), "k3y");
        assert_eq!(Value::from(leaked), serde_json::json!({"authorization": "Bearer (the key)"}));
    }

    #[test]
    fn two_keys_are_not_a_valid_one() {
        let twice = header_map(&[("anchor-api-key", "k3y"), ("anchor-api-key", "k3y")]);
        assert_eq!(key_is_valid(&twice, "k3y"), Some(false));
    }
}
