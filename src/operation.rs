//! What a call does, and the words for it.
//!
//! Every message names the operation that failed, its session, and the next step. The operation
//! also decides which answers count as success.

use std::borrow::Cow;
use std::fmt;

use http::Method;

use crate::text::quoted;

/// What a call is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    Pause { session: String },
    Resume { session: String },
    List { session: String },
    Delete { session: String, recording: String },
    Download { session: String },
    Request { method: Method, path: String },
    Connect,
}

impl Operation {
    /// What to do if an answer does not confirm the operation.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Pause { .. } => "assume that it is still being recorded, and pause again",
            Self::Resume { .. } => "assume that it is still paused, and resume again",
            Self::Delete { .. } => "list the recordings to see whether it was deleted",
            Self::Request { method, .. } if *method != Method::GET => {
                "it may have taken effect: check before you send it again"
            }
            Self::List { .. } | Self::Download { .. } | Self::Request { .. } | Self::Connect => "try again",
        }
    }

    /// What to do if no answer tells whether the operation took effect.
    pub fn step_if_unknown(&self) -> &'static str {
        match self {
            Self::Pause { .. } => {
                "assume that it is still being recorded, and pause again; if you give up, resume: it may be paused"
            }
            _ => self.next_step(),
        }
    }

    /// What to do if the operation certainly had no effect.
    pub fn step_if_not_done(&self) -> &'static str {
        match self {
            Self::Pause { .. } | Self::Resume { .. } => self.next_step(),
            _ => "try again",
        }
    }

    /// What a 404 means, and what to do about it.
    pub fn not_found(&self) -> (&'static str, &'static str) {
        match self {
            Self::Delete { .. } => ("the session or the recording was not found", "check both ids"),
            // Advice to resume again would not help.
            Self::Resume { .. } => ("the session was not found", "the session has ended, or the id is wrong"),
            Self::Download { .. } => ("no recording was found", "check the id, and that the session was recorded"),
            Self::Request { .. } => ("nothing was found", "check the path"),
            _ => ("the session was not found", "check the id, and that the session has not ended"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause { session } => write!(f, "pausing session {}", quoted(session)),
            Self::Resume { session } => write!(f, "resuming session {}", quoted(session)),
            Self::List { session } => write!(f, "listing the recordings of session {}", quoted(session)),
            Self::Delete { session, recording } => {
                write!(f, "deleting recording {} of session {}", quoted(recording), quoted(session))
            }
            Self::Download { session } => write!(f, "downloading the recording of session {}", quoted(session)),
            Self::Request { method, path } => write!(f, "sending {method} {}", quoted(without_query(path))),
            Self::Connect => f.write_str("connecting"),
        }
    }
}

/// The path, with "?..." in place of a query: its values may be secrets.
pub fn without_query(path: &str) -> Cow<'_, str> {
    path.split_once('?').map_or(Cow::Borrowed(path), |(path, _)| Cow::Owned(format!("{path}?...")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_not_shown() {
        for (path, shown) in [("/v1", "/v1"), ("/v1?", "/v1?..."), ("/v1?a=b?c#d", "/v1?..."), ("?", "?...")] {
            assert_eq!(without_query(path), shown);
        }
    }
}
