//! Why a call failed: a status for the program, and a message for the person.
//!
//! The message is one line that a person can act on: what failed, for which session, what the API
//! said, and what to do next.

use std::error::Error as StdError;
use std::fmt;

use crate::operation::Operation;
use crate::text;

/// The call succeeded.
pub const ANCHOR_OK: i32 = 0;
/// An argument is missing or unusable. The message names it. Nothing was sent.
pub const ANCHOR_INVALID_ARGUMENT: i32 = 1;
/// A handle was freed, or is not a handle of this library. Nothing was sent.
pub const ANCHOR_INVALID_HANDLE: i32 = 2;
/// No connection could be made. Nothing was sent.
pub const ANCHOR_CONNECT_FAILED: i32 = 3;
/// The server's certificate is not trusted, or the TLS handshake failed. Nothing was sent.
pub const ANCHOR_TLS_FAILED: i32 = 4;
/// The connection was lost before the complete answer arrived. The request may have taken effect.
pub const ANCHOR_CONNECTION_LOST: i32 = 5;
/// The timeout ended the call. The request may have taken effect.
pub const ANCHOR_TIMEOUT: i32 = 6;
/// The call was cancelled. The request may have taken effect.
pub const ANCHOR_CANCELLED: i32 = 7;
/// The answer did not confirm the request (a proxy's page, an empty body). Assume that it had no
/// effect.
pub const ANCHOR_BAD_RESPONSE: i32 = 8;
/// The process ran out of file descriptors, threads, memory or disk space.
pub const ANCHOR_RESOURCE_EXHAUSTED: i32 = 9;
/// A fault inside the library. Please report its message.
pub const ANCHOR_INTERNAL: i32 = 10;
/// HTTP 401: the API key was not accepted.
pub const ANCHOR_UNAUTHORIZED: i32 = 401;
/// HTTP 404: the session, the recording or the path does not exist.
pub const ANCHOR_NOT_FOUND: i32 = 404;
/// HTTP 429: too many requests.
pub const ANCHOR_RATE_LIMITED: i32 = 429;
/// HTTP 500: the API failed.
pub const ANCHOR_SERVER_ERROR: i32 = 500;

/// The name of a status as the header spells it, for C with its terminating NUL.
pub fn status_name(status: i32) -> &'static std::ffi::CStr {
    match status {
        ANCHOR_OK => c"ANCHOR_OK",
        ANCHOR_INVALID_ARGUMENT => c"ANCHOR_INVALID_ARGUMENT",
        ANCHOR_INVALID_HANDLE => c"ANCHOR_INVALID_HANDLE",
        ANCHOR_CONNECT_FAILED => c"ANCHOR_CONNECT_FAILED",
        ANCHOR_TLS_FAILED => c"ANCHOR_TLS_FAILED",
        ANCHOR_CONNECTION_LOST => c"ANCHOR_CONNECTION_LOST",
        ANCHOR_TIMEOUT => c"ANCHOR_TIMEOUT",
        ANCHOR_CANCELLED => c"ANCHOR_CANCELLED",
        ANCHOR_BAD_RESPONSE => c"ANCHOR_BAD_RESPONSE",
        ANCHOR_RESOURCE_EXHAUSTED => c"ANCHOR_RESOURCE_EXHAUSTED",
        ANCHOR_INTERNAL => c"ANCHOR_INTERNAL",
        ANCHOR_UNAUTHORIZED => c"ANCHOR_UNAUTHORIZED",
        ANCHOR_NOT_FOUND => c"ANCHOR_NOT_FOUND",
        ANCHOR_RATE_LIMITED => c"ANCHOR_RATE_LIMITED",
        ANCHOR_SERVER_ERROR => c"ANCHOR_SERVER_ERROR",
        300..=599 => c"HTTP_STATUS",
        _ => c"UNKNOWN_STATUS",
    }
}

/// Why a call failed. The texts are complete messages, except for that of `Api`.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// Names the argument and says what is wrong with it.
    InvalidArgument(String),
    /// Names the argument, and the kind of handle it must be.
    InvalidHandle(String),
    /// Nothing was sent.
    ConnectFailed(String),
    /// Nothing was sent.
    TlsFailed(String),
    /// The request was sent, and its outcome is unknown.
    ConnectionLost(String),
    /// The outcome is unknown.
    Timeout(String),
    /// The outcome is unknown.
    Cancelled(String),
    /// The answer did not confirm that it was done.
    BadResponse(String),
    /// Descriptors, threads, memory or disk space ran out.
    ResourceExhausted(String),
    /// A fault of the library.
    Internal(String),
    /// The API refused or failed (300 to 599), perhaps with an explanation.
    Api { http_status: u16, operation: Operation, said: Option<String> },
}

impl Error {
    /// The number that crosses the C boundary.
    pub fn status(&self) -> i32 {
        match self {
            Self::InvalidArgument(_) => ANCHOR_INVALID_ARGUMENT,
            Self::InvalidHandle(_) => ANCHOR_INVALID_HANDLE,
            Self::ConnectFailed(_) => ANCHOR_CONNECT_FAILED,
            Self::TlsFailed(_) => ANCHOR_TLS_FAILED,
            Self::ConnectionLost(_) => ANCHOR_CONNECTION_LOST,
            Self::Timeout(_) => ANCHOR_TIMEOUT,
            Self::Cancelled(_) => ANCHOR_CANCELLED,
            Self::BadResponse(_) => ANCHOR_BAD_RESPONSE,
            Self::ResourceExhausted(_) => ANCHOR_RESOURCE_EXHAUSTED,
            Self::Internal(_) => ANCHOR_INTERNAL,
            Self::Api { http_status, .. } => i32::from(*http_status),
        }
    }

    /// Adds how much of a download was kept, if the next call can resume it.
    pub fn with_kept(self, bytes: u64) -> Self {
        let more = |text: String| format!("{text}; {bytes} bytes are kept, and the next call downloads the rest");
        match self {
            Self::ConnectionLost(text) if bytes > 0 => Self::ConnectionLost(more(text)),
            Self::Timeout(text) if bytes > 0 => Self::Timeout(more(text)),
            Self::Cancelled(text) if bytes > 0 => Self::Cancelled(more(text)),
            other => other,
        }
    }

    /// Adds the operation that failed for this reason before anything was sent.
    pub fn before(self, operation: &Operation) -> Self {
        let more = |text| format!("{text}; nothing was sent while {operation}: {}", operation.step_if_not_done());
        match self {
            Self::ResourceExhausted(text) => Self::ResourceExhausted(more(text)),
            Self::TlsFailed(text) => Self::TlsFailed(more(text)),
            Self::Internal(text) => Self::Internal(more(text)),
            other => other,
        }
    }

    /// Something ran out: `what` failed for `reason`.
    pub fn exhausted(what: &str, reason: &(dyn StdError + 'static)) -> Self {
        Self::ResourceExhausted(Self::limit_reached(what, &text::root_cause(reason)))
    }

    /// The message of a failure that a higher limit prevents.
    pub fn limit_reached(what: &str, root: &str) -> String {
        format!("{what}: {root}; raise the limit or make fewer calls at once")
    }

    /// An error about the argument `name`.
    pub fn argument(name: &str, advice: impl fmt::Display) -> Self {
        Self::InvalidArgument(format!("{name} {advice}"))
    }

    /// The message, on one line.
    pub fn message(&self) -> String {
        text::one_line(&self.to_string())
    }
}

/// What an HTTP status means for this operation, and what to do about it.
fn explain(http_status: u16, operation: &Operation) -> (&'static str, &'static str) {
    match http_status {
        300..=399 => {
            ("a redirect was not followed", "check the base URL: the API key must not be sent to another host")
        }
        401 => ("the API key was not accepted", "check ANCHORBROWSER_API_KEY"),
        403 => ("the API key has no permission", "check what the API key may do"),
        404 => operation.not_found(),
        407 => ("the proxy asked for credentials", "put them into the proxy's URL"),
        408 => ("the API timed out", operation.next_step()),
        409 => ("the request conflicted with another one", operation.next_step()),
        429 => ("there were too many requests", operation.step_if_not_done()),
        500..=599 => ("the API failed", operation.next_step()),
        _ => ("the request was refused", "check the arguments and the base URL"),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument(text)
            | Self::InvalidHandle(text)
            | Self::ConnectFailed(text)
            | Self::TlsFailed(text)
            | Self::ConnectionLost(text)
            | Self::Timeout(text)
            | Self::Cancelled(text)
            | Self::BadResponse(text)
            | Self::ResourceExhausted(text) => f.write_str(text),
            Self::Internal(text) => write!(f, "a fault inside the library, please report it: {text}"),
            Self::Api { http_status, operation, said } => {
                let (meaning, advice) = explain(*http_status, operation);
                write!(f, "{http_status} {meaning} while {operation}")?;
                if let Some(said) = said {
                    write!(f, " (the API says: {said})")?;
                }
                let wait = if *http_status == 429 { "wait a moment; " } else { "" };
                write!(f, "; {wait}{advice}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_error_is_one_line_that_ends_with_advice() {
        let operation = Operation::Pause { session: "demo".into() };
        let error = Error::Api { http_status: 401, operation, said: Some("Invalid\nkey.".into()) };
        let expected = r#"401 the API key was not accepted while pausing session "demo" (the API says: Invalid key.); check ANCHORBROWSER_API_KEY"#;
        assert_eq!((error.message().as_str(), error.status()), (expected, ANCHOR_UNAUTHORIZED));
    }

    #[test]
    fn every_status_has_a_name() {
        assert_eq!(status_name(ANCHOR_TIMEOUT), c"ANCHOR_TIMEOUT");
        assert_eq!(status_name(418), c"HTTP_STATUS");
        assert_eq!(status_name(-7), c"UNKNOWN_STATUS");
    }
}
