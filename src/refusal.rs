//! What an HTTP status of the API means, and what to do about it.

use std::borrow::Cow;
use std::time::Duration;

use crate::operation::Operation;

/// What the advice about a refusal depends on, besides the operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hints {
    /// The words for the API key and the base URL: the variable, if they come from one.
    pub api_key: &'static str,
    pub base_url: &'static str,
    /// Whether the base URL has a path.
    pub has_base_path: bool,
    /// The delay that the server asked for.
    pub retry_after: Option<Duration>,
}

impl Default for Hints {
    fn default() -> Self {
        Self { api_key: "the API key", base_url: BASE_URL, has_base_path: false, retry_after: None }
    }
}

/// The words for a base URL that does not come from a variable.
pub const BASE_URL: &str = "the base URL";

/// What an HTTP status means for this operation, and what to do about it.
pub fn explain(http_status: u16, operation: &Operation, hints: &Hints) -> (&'static str, Cow<'static, str>) {
    let base_url = hints.base_url;
    let (meaning, advice) = match http_status {
        300..=399 => {
            let advice = format!(
                "check {base_url}, and look for a captive portal: the API key must not be sent to another host"
            );
            return ("a redirect was not followed", advice.into());
        }
        401 => return ("the API key was not accepted", format!("check {}", hints.api_key).into()),
        403 => ("the API key has no permission", "check what the API key may do"),
        404 if hints.has_base_path => {
            let (meaning, advice) = operation.not_found();
            return (meaning, format!("{advice}; check {base_url} too: its path comes before that of the API").into());
        }
        404 => operation.not_found(),
        405 if matches!(operation, Operation::Request { .. }) => {
            ("the path does not take this method", "check the method and the path")
        }
        407 => ("the proxy asked for credentials", "put them into the proxy's URL"),
        408 => ("the API timed out", operation.step_if_unknown()),
        409 => ("the request conflicted with another one", operation.next_step()),
        429 => ("there were too many requests", operation.step_if_not_done()),
        500..=599 => ("the API failed", operation.next_step()),
        _ => return ("the request was refused", format!("check the arguments and {base_url}").into()),
    };
    (meaning, advice.into())
}

/// How long to wait before the next try, in words.
pub fn wait(http_status: u16, retry_after: Option<Duration>) -> String {
    let seconds = retry_after.map_or(0, |delay| delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)));
    match (http_status, seconds) {
        (429, 0) => "wait a moment; ".into(),
        (429 | 503, 1) => "wait 1 second; ".into(),
        (429 | 503, 2..) => format!("wait {seconds} seconds; "),
        _ => String::new(),
    }
}

/// Whether the API fails in this way if there is no recording to pause.
pub fn may_have_no_recording(http_status: u16, operation: &Operation, said: Option<&str>) -> bool {
    http_status == 500
        && matches!(operation, Operation::Pause { .. })
        && said.is_some_and(|said| said.contains("Failed to pause"))
}
