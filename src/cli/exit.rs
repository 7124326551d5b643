//! How the process ends: the exit codes that `--help` lists, or a signal.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use crate::error::{self, Error};
use crate::sys::signals;

pub(super) const DONE: End = End::Code(0);
pub(super) const FAILED: End = End::Code(1);
pub(super) const UNUSABLE: End = End::Code(2);
pub(super) const STILL_PAUSED: End = End::Code(123);
pub(super) const NOT_PAUSED: End = End::Code(125);
pub(super) const NOT_RUNNABLE: End = End::Code(126);
pub(super) const NOT_FOUND: End = End::Code(127);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Code(u8),
    /// Ending by the signal itself shows a shell that the person wants to stop its script too.
    Signal(i32),
}

impl End {
    /// The end after a failed call.
    pub fn of_error(error: &Error) -> Self {
        match error.status() {
            error::ANCHOR_INVALID_ARGUMENT => UNUSABLE,
            401 | 403 => Self::Code(3),
            404 => Self::Code(4),
            error::ANCHOR_CONNECTION_LOST | error::ANCHOR_TIMEOUT | error::ANCHOR_CANCELLED => Self::Code(5),
            300..=599 => Self::Code(6),
            _ => FAILED,
        }
    }

    /// The end after a command with this status, and after these signals.
    pub fn of_command(status: ExitStatus, received: &[i32]) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, Some(signal)) if received.contains(&signal) => Self::Signal(signal),
            (None, Some(signal)) => Self::Code(Self::Signal(signal).code()),
            (None, None) => FAILED,
        }
    }

    /// The exit code that a shell shows.
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }

    /// Ends the process if that takes a signal, else returns the exit code for `main`.
    pub fn exit(self) -> ExitCode {
        if let Self::Signal(signal) = self {
            signals::end_process_by(signal);
        }
        ExitCode::from(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    #[test]
    fn every_failure_has_its_exit_code() {
        let api = |http_status| Error::Api {
            http_status,
            operation: Operation::List { session: String::new() },
            said: None,
            hints: Box::default(),
            kept: 0,
        };
        for (http_status, code) in [(401, 3), (403, 3), (404, 4), (302, 6), (400, 6), (429, 6), (500, 6)] {
            assert_eq!(End::of_error(&api(http_status)), End::Code(code), "{http_status}");
        }
        let text = String::new;
        let rows = [
            (Error::InvalidArgument(text()), 2),
            (Error::ConnectFailed(text()), 1),
            (Error::TlsFailed(text()), 1),
            (Error::ConnectionLost(text()), 5),
            (Error::Timeout(text()), 5),
            (Error::Cancelled(text()), 5),
            (Error::BadResponse(text()), 1),
            (Error::ResourceExhausted(text()), 1),
            (Error::Internal(text()), 1),
        ];
        for (error, code) in rows {
            assert_eq!(End::of_error(&error), End::Code(code), "{error:?}");
        }
    }

    #[test]
    fn the_exit_code_of_the_command_is_kept() {
        let exited = |code: i32| ExitStatus::from_raw(code << 8);
        assert_eq!(End::of_command(exited(0), &[]), End::Code(0));
        assert_eq!(End::of_command(exited(255), &[2]), End::Code(255));
        assert_eq!(End::of_command(ExitStatus::from_raw(9), &[]), End::Code(137));
        assert_eq!(End::of_command(ExitStatus::from_raw(2), &[15]), End::Code(130));
        assert_eq!(End::of_command(ExitStatus::from_raw(2), &[15, 2]), End::Signal(2));
    }
}
