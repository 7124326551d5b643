//! `anchor while-paused`: running a command while the recording is paused.
//!
//! Signals are deferred, so that none of them ends this process before the recording is resumed.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use libc::SIGINT;

use super::api::Api;
use super::child;
use super::exit::{self, End};
use super::failure::Failure;
use super::signals::Signals;
use crate::api::recordings;
use crate::error::Error;
use crate::text::root_cause;

/// Pauses, runs the command, and resumes whatever happens.
pub fn run(api: &Api, session: &str, command: &[OsString]) -> Result<End, Failure> {
    // "while-paused -- SESSION -- COMMAND" has a second separator.
    let command = command.strip_prefix(&[OsString::from("--")]).unwrap_or(command);
    if command.is_empty() {
        return Err(Error::argument("command", "is missing: write it after --").into());
    }
    let signals = Signals::catch().map_err(|reason| Failure::of_signals(&reason))?;
    let pause = Pause { api, session, signals: Arc::new(signals) };
    let body = match pause.begin() {
        Ok(()) => pause.body(command),
        // The recording may be paused: `end` resumes it.
        Err(failure) if failure.outcome_is_unknown() => Err(failure),
        Err(failure) => return Err(failure.with_detail("the command was not run")),
    };
    pause.end(body)
}

/// The pause of one session, and the signals received meanwhile.
struct Pause<'a> {
    api: &'a Api,
    session: &'a str,
    signals: Arc<Signals>,
}

impl Pause<'_> {
    /// Pauses the recording. Any signal cancels that.
    fn begin(&self) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let should_continue = move |_, _| signals.received().is_empty();
        let session = self.session.as_bytes();
        match self.api.call(Some(Arc::new(should_continue)), |_| recordings::pause(session)) {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.with_end(self.signalled(0).unwrap_or(exit::NOT_PAUSED))),
        }
    }

    /// Runs the command, unless a signal was received while pausing.
    fn body(&self, command: &[OsString]) -> Result<ExitStatus, Failure> {
        if let Some(signal) = self.signalled(0) {
            return Err(Failure::new("interrupted while pausing".into(), signal));
        }
        child::run(command, &self.signals).map_err(|reason| {
            let end = if reason.kind() == io::ErrorKind::NotFound { exit::NOT_FOUND } else { exit::NOT_RUNNABLE };
            let program = command.first().map(OsString::as_os_str).unwrap_or_default();
            Failure::new(format!("cannot run {program:?}: {}", root_cause(&reason)), end)
        })
    }

    /// Resumes the recording, and combines the results of pausing, the command and resuming.
    fn end(&self, body: Result<ExitStatus, Failure>) -> Result<End, Failure> {
        let before = self.signals.received();
        let ended = body.map(|status| End::of_command(status, &before));
        if let Err(failure) = self.resume(before.len()) {
            return Err(self.still_paused(failure, ended));
        }
        match ended {
            Ok(end) => Ok(self.signalled(before.len()).unwrap_or(end)),
            Err(failure) => Err(failure.with_detail("the command was not run, and the recording was resumed")),
        }
    }

    /// Resumes the recording. Only Ctrl-C cancels that, and only if another signal came before: a
    /// terminal or a supervisor that shuts down may send the other signals twice.
    fn resume(&self, signals_before: usize) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let should_continue =
            move |_, _| !signals.received().iter().skip(signals_before.max(1)).any(|it| *it == SIGINT);
        let session = self.session.as_bytes();
        self.api.call(Some(Arc::new(should_continue)), |_| recordings::resume(session))?;
        Ok(())
    }

    fn still_paused(&self, failure: Failure, ended: Result<End, Failure>) -> Failure {
        let end = if failure.is_cancelled() { End::Signal(SIGINT) } else { exit::STILL_PAUSED };
        let exit_code = ended.as_ref().ok().map(|end| end.code());
        let before = match ended {
            Ok(end) => format!("the command ended with {}", end.code()),
            Err(failure) => format!("{}; the command was not run", failure.message),
        };
        let message = format!(
            "{before}; the recording of session {:?} may still be paused: {}; resume it with: anchor resume {}",
            self.session,
            failure.message,
            quoted(self.session)
        );
        failure.with_command_exit_code(exit_code).with_message(message).with_end(end)
    }

    /// How the process ends if more than `before` signals were received.
    fn signalled(&self, before: usize) -> Option<End> {
        self.signals.received().get(before).map(|signal| End::Signal(*signal))
    }
}

/// Quotes a text as one word of a shell, which is no option.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let word = if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) };
    if text.starts_with('-') { format!("-- {word}") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_as_one_word() {
        for (text, expected) in
            [("a-b_c.9", "a-b_c.9"), ("a b", "'a b'"), ("a'$x", r"'a'\''$x'"), ("ü", "'ü'"), ("-a", "-- -a")]
        {
            assert_eq!(quoted(text), expected);
        }
    }
}
