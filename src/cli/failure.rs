//! A failure of the command, as a message or as JSON.

use std::io;

use serde_json::{Value, json};

use super::exit::{self, End};
use crate::call::Outcome;
use crate::error::{self, Error};
use crate::operation::Operation;
use crate::text::{Line, root_cause};

pub struct Failure {
    /// Of any length, and perhaps with the API key: only the console shows it.
    pub message: String,
    /// The status of the library, or `None` if the failure was not the library's.
    status: Option<i32>,
    outcome_is_unknown: bool,
    outcome: Outcome,
    /// The exit code of the command that ran while the recording was paused.
    command_exit_code: Option<u8>,
    pub end: End,
}

impl Failure {
    pub fn new(message: String, end: End) -> Self {
        Self {
            message,
            status: None,
            outcome_is_unknown: false,
            outcome: Outcome::default(),
            command_exit_code: None,
            end,
        }
    }

    /// The failure of a call with this outcome.
    pub fn of_call(error: &Error, outcome: Outcome) -> Self {
        Self {
            outcome,
            outcome_is_unknown: may_have_taken_effect(error),
            status: Some(error.status()),
            ..Self::new(error.to_string(), End::of_error(error))
        }
    }

    pub fn of_signals(reason: &io::Error) -> Self {
        Self::new(format!("cannot watch for signals: {}", root_cause(reason)), exit::FAILED)
    }

    /// The failure to understand the command line.
    pub fn of_usage(what: &str) -> Self {
        Self::from(Error::InvalidArgument(format!("{what}; see anchor --help")))
    }

    /// Whether the request may have taken effect although it failed.
    pub fn outcome_is_unknown(&self) -> bool {
        self.outcome_is_unknown
    }

    pub fn is_cancelled(&self) -> bool {
        self.status == Some(error::ANCHOR_CANCELLED)
    }

    pub fn is_not_found(&self) -> bool {
        self.status == Some(error::ANCHOR_NOT_FOUND)
    }

    pub fn with_detail(self, text: &str) -> Self {
        Self { message: format!("{}; {text}", self.message), ..self }
    }

    /// The failure of `while-paused` before its command was run.
    pub fn before_command(self) -> Self {
        self.with_detail("the command was not run").with_end(exit::NOT_RUN)
    }

    /// Removes the library's advice, which does not fit if the command goes on by itself.
    pub fn without_advice_about(self, operation: &Operation) -> Self {
        // The longer one begins with the other.
        let steps = [operation.step_if_unknown(), operation.next_step()];
        let marked = steps.iter().flat_map(|step| [format!("; {step}"), format!(": {step}")]);
        let message = marked.fold(self.message, |text, advice| text.replace(&advice, ""));
        Self { message, ..self }
    }

    pub fn with_message(self, message: String) -> Self {
        Self { message, ..self }
    }

    pub fn with_end(self, end: End) -> Self {
        Self { end, ..self }
    }

    pub fn with_command_exit_code(self, command_exit_code: Option<u8>) -> Self {
        Self { command_exit_code, ..self }
    }

    /// The failure with this message as JSON, and with the session that it is about. Unknown values
    /// are null.
    pub fn json(&self, message: &Line, session: Option<&str>) -> Value {
        let outcome = &self.outcome;
        let name = self.status.and_then(|status| error::status_name(status).to_str().ok());
        let mut error = json!({
            "status": self.status,
            "name": name,
            "message": message.as_str(),
            "session_id": session,
            "http_status": Some(outcome.http_status).filter(|status| *status != 0),
            "request_id": outcome.request_id,
            "attempts": outcome.attempts,
            "retry_after_ms": outcome.retry_after.and_then(|pause| u64::try_from(pause.as_millis()).ok()),
        });
        if let (Some(code), Some(fields)) = (self.command_exit_code, error.as_object_mut()) {
            fields.insert("command_exit_code".into(), code.into());
        }
        json!({ "error": error })
    }
}

fn may_have_taken_effect(error: &Error) -> bool {
    match error {
        Error::InvalidArgument(_) | Error::InvalidHandle(_) | Error::ConnectFailed(_) | Error::TlsFailed(_) => false,
        Error::Api { http_status, .. } => matches!(http_status, 408 | 409 | 500..),
        _ => true,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of_call(&error, Outcome::default())
    }
}
