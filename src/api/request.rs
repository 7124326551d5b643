//! Requests to the rest of the API: any method and path, with the same checks.

use http::Method;

use crate::config::checked_utf8;
use crate::error::Error;
use crate::exchange::{Request, json};
use crate::operation::Operation;

/// A request of `path` below the base URL. It cannot address another host.
///
/// Only GET and PUT are repeatable: HTTP defines that a second one changes nothing.
pub fn any(method: &[u8], path: &[u8], body: Option<&[u8]>) -> Result<Request, Error> {
    let method = checked_method(method)?;
    let path = checked_path(path)?.to_owned();
    let body = body.map(checked_body).transpose()?;
    let is_repeatable = matches!(method, Method::GET | Method::PUT);
    let operation = Operation::Request { method: method.clone(), path: path.clone() };
    Ok(Request { method, path, body, operation, pause_op: None, is_repeatable, download: None })
}

/// No request: only the connection for the next one.
pub fn connect() -> Request {
    Request {
        method: Method::GET,
        path: "/".to_owned(),
        body: None,
        operation: Operation::Connect,
        pause_op: None,
        is_repeatable: true,
        download: None,
    }
}

fn checked_method(bytes: &[u8]) -> Result<Method, Error> {
    match bytes {
        b"GET" => Ok(Method::GET),
        b"POST" => Ok(Method::POST),
        b"PUT" => Ok(Method::PUT),
        b"PATCH" => Ok(Method::PATCH),
        b"DELETE" => Ok(Method::DELETE),
        _ => Err(Error::argument("method", "must be GET, POST, PUT, PATCH or DELETE")),
    }
}

pub fn checked_path(bytes: &[u8]) -> Result<&str, Error> {
    let path = checked_utf8("path", bytes)?;
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(Error::argument(
            "path",
            "must begin with one slash, as in /v1/sessions: the host is the base URL's",
        ));
    }
    Ok(path)
}

pub fn checked_body(bytes: &[u8]) -> Result<String, Error> {
    let text = checked_utf8("body", bytes)?;
    // The parser's message could repeat a part of the text, which may be a secret.
    match json::check_syntax(text) {
        Ok(()) => Ok(text.to_owned()),
        Err((line, column)) => {
            Err(Error::argument("body", format_args!("is not JSON: see line {line}, column {column}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_accepted_in_capitals_only() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let request = any(method.as_bytes(), b"/v1", None).unwrap();
            assert_eq!(request.method.as_str(), method);
            assert_eq!(request.is_repeatable, ["GET", "PUT"].contains(&method), "{method}");
            assert!(any(method.to_lowercase().as_bytes(), b"/v1", None).is_err());
        }
    }
}
