//! A command that runs while the recording is paused.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use libc::SIGINT;

use super::api::Api;
use super::child;
use super::end::{self, End};
use super::failure::Failure;
use super::signals::Signals;
use crate::api::recordings;
use crate::text::root_cause;

/// Pauses, runs the command, and resumes whatever happens.
pub fn run(api: &Api, session: &str, command: &[OsString]) -> Result<End, Failure> {
    let signals = Signals::catch().map_err(|reason| Failure::of_signals(&reason))?;
    let pause = Pause { api, session, signals: Arc::new(signals) };
    let body = match pause.begin() {
        Ok(()) => pause.body(command),
        // It may be paused.
        Err(failure) if failure.outcome_is_unknown() => Err(failure),
        Err(failure) => return Err(failure.more("the command was not run")),
    };
    pause.end(body)
}

/// The recording of one session, and the signals that come meanwhile.
struct Pause<'a> {
    api: &'a Api,
    session: &'a str,
    signals: Arc<Signals>,
}

impl Pause<'_> {
    /// Pauses; any signal gives it up.
    fn begin(&self) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let quiet = move |_, _| signals.received().is_empty();
        let session = self.session.as_bytes();
        match self.api.call(Some(Arc::new(quiet)), |_| recordings::pause(session)) {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.ending(self.signalled(0).unwrap_or(end::NOT_PAUSED))),
        }
    }

    /// Runs the command, unless it is too late for it.
    fn body(&self, command: &[OsString]) -> Result<ExitStatus, Failure> {
        if let Some(signal) = self.signalled(0) {
            return Err(Failure::new("interrupted while pausing".into(), signal));
        }
        child::run(command, &self.signals).map_err(|reason| {
            let end = if reason.kind() == io::ErrorKind::NotFound { end::NOT_FOUND } else { end::NOT_RUNNABLE };
            let program = command.first().map(OsString::as_os_str).unwrap_or_default();
            Failure::new(format!("cannot run {program:?}: {}", root_cause(&reason)), end)
        })
    }

    /// Resumes, and tells what became of everything.
    fn end(&self, body: Result<ExitStatus, Failure>) -> Result<End, Failure> {
        let before = self.signals.received();
        let ended = body.map(|status| End::like(status, &before));
        if let Err(failure) = self.resume(before.len()) {
            return Err(self.still_paused(failure, ended));
        }
        match ended {
            Ok(end) => Ok(self.signalled(before.len()).unwrap_or(end)),
            Err(failure) => Err(failure.more("the command was not run, and the recording was resumed")),
        }
    }

    /// The first signal of all is never enough to leave the recording paused, and later ones only
    /// from the keyboard: on their way out a terminal or a supervisor may well send the others
    /// twice.
    fn resume(&self, signals_before: usize) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let goes_on = move |_, _| !signals.received().iter().skip(signals_before.max(1)).any(|it| *it == SIGINT);
        let session = self.session.as_bytes();
        self.api.call(Some(Arc::new(goes_on)), |_| recordings::resume(session))?;
        Ok(())
    }

    fn still_paused(&self, failure: Failure, ended: Result<End, Failure>) -> Failure {
        let end = if failure.is_cancelled() { End::Signal(SIGINT) } else { end::STILL_PAUSED };
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
        failure.after_command(exit_code).saying(message).ending(end)
    }

    /// The end by the first signal that came after so many.
    fn signalled(&self, before: usize) -> Option<End> {
        self.signals.received().get(before).map(|signal| End::Signal(*signal))
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        for (text, expected) in [("a-b_c.9", "a-b_c.9"), ("a b", "'a b'"), ("a'$x", r"'a'\''$x'"), ("ü", "'ü'")] {
            assert_eq!(quoted(text), expected);
        }
    }
}
