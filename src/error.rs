//! Why a call failed: a status for the program, and a message for the person.
//!
//! The message is one line that a person can act on: what failed, for which session, what the API
//! said, and what to do next.

use std::error::Error as StdError;
use std::fmt;

use crate::operation::Operation;
use crate::redaction::Redactor;
use crate::refusal::{self, Hints};
use crate::sys::errors;
use crate::text::{self, ADVICE, Line};

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
/// The process ran out of file descriptors, threads, memory or disk space, or the system refused
/// them, a write to the file of a download included.
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

/// Why a call failed. The texts are complete messages, except for that of `Api`. They may contain
/// the API key and be of any length: only a [`Report`] leaves the library.
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
    /// Descriptors, threads, memory or disk space ran out, or the system refused them, or a file could
    /// not be written.
    ResourceExhausted(String),
    /// A fault of the library.
    Internal(String),
    /// The API refused or failed (300 to 599), perhaps with an explanation. So many bytes of a download
    /// are kept.
    Api { http_status: u16, operation: Operation, said: Option<Box<str>>, hints: Box<Hints>, kept: u64 },
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

    /// What happened, without the advice: for an attempt that others follow.
    pub fn fact(&self) -> String {
        text::without_advice(&self.to_string()).to_owned()
    }

    /// Adds what the advice depends on, if the API has refused or failed.
    pub fn with_hints(self, hints: Hints) -> Self {
        match self {
            Self::Api { http_status, operation, said, kept, .. } => {
                Self::Api { http_status, operation, said, hints: hints.into(), kept }
            }
            error => error,
        }
    }

    /// Adds how many attempts did not connect.
    pub fn with_attempts(self, attempts: u32) -> Self {
        match self {
            Self::ConnectFailed(text) if attempts > 1 => Self::ConnectFailed(text.replacen(
                "; nothing was sent",
                &format!(" ({attempts} attempts); nothing was sent"),
                1,
            )),
            error => error,
        }
    }

    /// Adds how much of a download was kept, if the next call can resume it.
    pub fn with_kept(self, bytes: u64) -> Self {
        match self {
            Self::Api { http_status, operation, said, hints, .. } => {
                Self::Api { http_status, operation, said, hints, kept: bytes }
            }
            error if bytes > 0 => error.map_text(|text| text + &kept_note(bytes)),
            error => error,
        }
    }

    /// Adds that the last step of a download may still succeed.
    pub fn while_placing(self, name: &str) -> Self {
        let name = text::quoted(name);
        self.map_text(|text| {
            format!("{text}; the video is complete, and the system is still putting it in the place of {name}")
        })
    }

    /// Changes the text, if there is one.
    fn map_text(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::InvalidArgument(text) => Self::InvalidArgument(change(text)),
            Self::InvalidHandle(text) => Self::InvalidHandle(change(text)),
            Self::ConnectFailed(text) => Self::ConnectFailed(change(text)),
            Self::TlsFailed(text) => Self::TlsFailed(change(text)),
            Self::ConnectionLost(text) => Self::ConnectionLost(change(text)),
            Self::Timeout(text) => Self::Timeout(change(text)),
            Self::Cancelled(text) => Self::Cancelled(change(text)),
            Self::BadResponse(text) => Self::BadResponse(change(text)),
            Self::ResourceExhausted(text) => Self::ResourceExhausted(change(text)),
            Self::Internal(text) => Self::Internal(change(text)),
            error @ Self::Api { .. } => error,
        }
    }

    /// Adds how much of a video a reader got. That cannot be taken back.
    pub fn with_written(self, bytes: u64, name: &str) -> Self {
        let name = text::quoted(name);
        let error = match self {
            error @ Self::Api { .. } => Self::ConnectionLost(format!("the video could not be continued: {error}")),
            error => error,
        };
        error.map_text(|text| {
            format!("{text}; {bytes} bytes of the video were written to {name}, and the rest is missing")
        })
    }

    /// Corrects the error of an attempt of a download that sent nothing, when an earlier one was sent.
    pub fn after_an_attempt(self) -> Self {
        let text = |text: String| text.replacen("nothing was sent", "this attempt sent nothing", 1);
        match self {
            Self::ConnectFailed(said) | Self::TlsFailed(said) => Self::ConnectionLost(text(said)),
            error => error.map_text(text),
        }
    }

    /// The error of an argument that was found when a request had been sent.
    pub fn after_sending(self) -> Self {
        match self {
            Self::InvalidArgument(text) => Self::ResourceExhausted(text),
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

    /// Adds the operation that failed for this reason when it may have been sent.
    pub fn during(self, operation: &Operation) -> Self {
        let more = |text| format!("{text}; this ended the call while {operation}: {}", operation.step_if_unknown());
        match self {
            Self::ResourceExhausted(text) => Self::ResourceExhausted(more(text)),
            Self::Internal(text) => Self::Internal(more(text)),
            other => other,
        }
    }

    /// The system did not provide something: `what` failed for `reason`. Only if that ran out, a
    /// higher limit would help.
    pub fn exhausted(what: &str, reason: &(dyn StdError + 'static)) -> Self {
        let root = text::root_cause(reason);
        let is_limit = text::causes(reason).filter_map(|cause| cause.downcast_ref()).any(errors::is_limit);
        Self::ResourceExhausted(match is_limit {
            true => Self::limit_reached(what, &root),
            false => Self::refused(what, &root),
        })
    }

    /// The message of a failure that a higher limit prevents.
    pub fn limit_reached(what: &str, root: &str) -> String {
        format!("{what}: {root}; raise the limit or make fewer calls at once")
    }

    /// The message of a failure that a higher limit does not prevent.
    pub fn refused(what: &str, root: &str) -> String {
        format!(
            "{what}: the system refused it: {root}; check what this process may do (seccomp, container, security module)"
        )
    }

    /// An error about the argument `name`.
    pub fn argument(name: &str, advice: impl fmt::Display) -> Self {
        Self::InvalidArgument(format!("{name} {advice}"))
    }

    /// The message, if there is no API key to hide.
    #[cfg(test)]
    pub fn message(&self) -> String {
        Report::new(self, None).message.into_string()
    }
}

/// What the host learns of a failure.
#[derive(Debug)]
pub struct Report {
    pub status: i32,
    pub message: Line,
}

impl Report {
    /// Without a redactor, no client is known yet, and so no key.
    pub fn new(error: &Error, redactor: Option<&Redactor>) -> Self {
        let nothing_to_hide = Redactor::default();
        let message = Line::new(&error.to_string(), redactor.unwrap_or(&nothing_to_hide));
        Self { status: error.status(), message }
    }
}

fn kept_note(bytes: u64) -> String {
    format!("; {bytes} bytes are kept, and the next call downloads the rest")
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
            Self::Api { http_status, operation, said, hints, kept } => {
                let (meaning, advice) = refusal::explain(*http_status, operation, hints);
                write!(f, "{http_status} {meaning} while {operation}")?;
                if let Some(said) = said {
                    write!(f, " (the API says: {said})")?;
                }
                write!(f, "{ADVICE}; {}{advice}", refusal::wait(*http_status, hints.retry_after))?;
                if refusal::may_have_no_recording(*http_status, operation, said.as_deref()) {
                    f.write_str("; a session that was started without recording answers this too")?;
                }
                if *kept > 0 { f.write_str(&kept_note(*kept)) } else { Ok(()) }
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
        let error = Error::Api {
            http_status: 401,
            operation,
            said: Some("Invalid\nkey.".into()),
            hints: Box::default(),
            kept: 0,
        };
        let expected = r#"401 the API key was not accepted while pausing session "demo" (the API says: Invalid key.); check the API key"#;
        assert_eq!(Some(error.fact().replace('\n', " ").as_str()), expected.strip_suffix("; check the API key"));
        assert_eq!((error.message().as_str(), error.status()), (expected, ANCHOR_UNAUTHORIZED));
    }

    #[test]
    fn every_status_has_a_name() {
        assert_eq!(status_name(ANCHOR_TIMEOUT), c"ANCHOR_TIMEOUT");
        assert_eq!(status_name(418), c"HTTP_STATUS");
        assert_eq!(status_name(-7), c"UNKNOWN_STATUS");
    }
}
