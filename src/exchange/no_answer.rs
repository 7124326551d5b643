//! The messages of calls and attempts without an answer.

use std::error::Error as StdError;
use std::time::Duration;

use crate::error::Error;
use crate::operation::Operation;
use crate::text::{ADVICE, root_cause};

/// The message of a call that was ended by its timeout, or without one by its host, during an
/// attempt.
pub fn given_up(operation: &Operation, timeout: Option<Duration>, attempt: u32, last_error: Option<&Error>) -> String {
    let what = match timeout {
        Some(timeout) => format!("timed out after {} ms", timeout.as_millis()),
        None => "cancelled".into(),
    };
    let before = last_error.map(|error| format!(" (the previous attempt: {})", short_fact(error, operation)));
    let before = before.unwrap_or_default();
    let step = match (attempt, operation) {
        (0, _) => format!("nothing was sent: {}", operation.step_if_not_done()),
        (_, Operation::Download { .. }) if timeout.is_some() => "try again, or pass a longer timeout".into(),
        _ => operation.step_if_unknown().into(),
    };
    format!("{what} while {operation}{before}; {step}")
}

/// The log line for a request that was not processed.
pub fn sent_again(reason: &(dyn StdError + 'static)) -> String {
    format!("not processed, sent again: {}", root_cause(reason))
}

/// The error of a call whose earlier attempt may have taken effect, and whose last one was not
/// sent.
pub fn lost_before(operation: &Operation, last_error: &Error) -> Error {
    Error::ConnectionLost(format!(
        "{operation} may have taken effect: an attempt was sent, and no later one could be (the last one: {}){ADVICE}; {}",
        short_fact(last_error, operation),
        operation.step_if_unknown()
    ))
}

/// What happened in an attempt, in a message that names the operation anyway.
fn short_fact(error: &Error, operation: &Operation) -> String {
    error.fact().replacen(&format!(" while {operation}"), "", 1)
}
