//! `anchor while-paused`: running a command while the recording is paused.
//!
//! Signals are deferred, so that none of them ends this process before the recording is resumed.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use libc::SIGINT;

use super::actions::Actions;
use super::child;
use super::exit::{self, End};
use super::failure::Failure;
use super::names::{shown, word};
use super::signals::Signals;
use crate::api::recordings;
use crate::error::Error;
use crate::operation::Operation;
use crate::text::root_cause;

/// Pauses, runs the command, and resumes whatever happens.
pub fn run(actions: &Actions<'_>, session: &str, command: &[OsString]) -> Result<End, Failure> {
    // "while-paused -- SESSION -- COMMAND" has a second separator.
    let command = command.strip_prefix(&[OsString::from("--")]).unwrap_or(command);
    if command.is_empty() {
        return Err(Failure::from(Error::argument("command", "is missing: write it after --")).before_command());
    }
    let signals = Signals::catch().map_err(|reason| Failure::of_signals(&reason).before_command())?;
    let pause = Pause { actions, session, signals: Arc::new(signals) };
    let body = match pause.begin() {
        Ok(()) => pause.body(command),
        // The recording may be paused: `end` resumes it.
        Err(failure) if failure.outcome_is_unknown() => Body::NotRun(failure),
        Err(failure) => return Err(failure.with_detail("the command was not run")),
    };
    pause.end(body)
}

/// What became of the command.
enum Body {
    Ended(End),
    NotRun(Failure),
    /// It was started, and the system does not say how it ended.
    Lost(Failure),
}

/// The pause of one session, and the signals received meanwhile.
struct Pause<'a> {
    actions: &'a Actions<'a>,
    session: &'a str,
    signals: Arc<Signals>,
}

impl Pause<'_> {
    /// Pauses the recording. Any signal cancels that.
    fn begin(&self) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let should_continue = move |_, _| signals.received().is_empty();
        let pause = recordings::pause(self.session.as_bytes());
        let failed = match self.actions.api.call(Some(Arc::new(should_continue)), |_| pause) {
            Ok(_) => return Ok(()),
            Err(failure) => failure.with_end(self.signalled(0).unwrap_or(exit::NOT_RUN)),
        };
        Err(failed.without_advice_about(&Operation::Pause { session: String::new() }))
    }

    /// Runs the command, unless a signal was received while pausing.
    fn body(&self, command: &[OsString]) -> Body {
        if let Some(signal) = self.signalled(0) {
            return Body::NotRun(Failure::new("interrupted while pausing".into(), signal));
        }
        let program = command.first().map(OsString::as_os_str).unwrap_or_default();
        let child = match child::start(command, &self.signals) {
            Ok(child) => child,
            Err(reason) => {
                let end = if reason.kind() == io::ErrorKind::NotFound { exit::NOT_FOUND } else { exit::NOT_RUNNABLE };
                return Body::NotRun(Failure::new(format!("cannot run {program:?}: {}", root_cause(&reason)), end));
            }
        };
        match child::wait_for(child, &self.signals) {
            Ok(status) => Body::Ended(End::of_command(status, &self.signals.received())),
            Err(reason) => {
                let message = format!("cannot wait for {program:?}: {}", root_cause(&reason));
                Body::Lost(Failure::new(message, exit::FAILED))
            }
        }
    }

    /// Resumes the recording, and combines the results of pausing, the command and resuming.
    fn end(&self, body: Body) -> Result<End, Failure> {
        let before = self.signals.received().len();
        if let Err(failure) = self.resume(before) {
            return Err(self.still_paused(failure, body));
        }
        match body {
            Body::Ended(end) => {
                if before > 0 {
                    self.actions.console.report(&format!("resumed: {}", shown(self.session)), None);
                }
                Ok(self.signalled(before).unwrap_or(end))
            }
            Body::NotRun(failure) => {
                let is_not_found = failure.end == exit::NOT_FOUND;
                let failure = failure.with_detail("the command was not run, and the recording was resumed");
                Err(if is_not_found { failure.with_detail("for shell code: -- sh -c '...'") } else { failure })
            }
            Body::Lost(failure) => Err(failure.with_detail("the recording was resumed")),
        }
    }

    /// Resumes the recording. Only Ctrl-C cancels that, and only if another signal came before: a
    /// terminal or a supervisor that shuts down may send the other signals twice.
    fn resume(&self, signals_before: usize) -> Result<(), Failure> {
        let signals = Arc::clone(&self.signals);
        let should_continue =
            move |_, _| !signals.received().iter().skip(signals_before.max(1)).any(|it| *it == SIGINT);
        let session = self.session.as_bytes();
        match self.actions.api.call(Some(Arc::new(should_continue)), |_| recordings::resume(session)) {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.without_advice_about(&Operation::Resume { session: String::new() })),
        }
    }

    fn still_paused(&self, failure: Failure, body: Body) -> Failure {
        let (before, end, exit_code) = match body {
            Body::Ended(end) => {
                (format!("the command ended with {}", end.code()), exit::STILL_PAUSED, Some(end.code()))
            }
            Body::NotRun(failure) => (format!("{}; the command was not run", failure.message), failure.end, None),
            Body::Lost(failure) => (failure.message, exit::STILL_PAUSED, None),
        };
        let end = if failure.is_cancelled() { End::Signal(SIGINT) } else { end };
        let message = format!("{before}; the recording of session {:?} {}", self.session, self.what_helps(&failure));
        failure.with_command_exit_code(exit_code).with_message(message).with_end(end)
    }

    /// What the failure of a resume leaves behind, and what to do about it.
    fn what_helps(&self, failure: &Failure) -> String {
        // The session has ended, so that resuming cannot help.
        if failure.is_not_found() {
            return format!("was not resumed: {}", failure.message);
        }
        let separator = if self.session.starts_with('-') { "-- " } else { "" };
        format!(
            "may still be paused: {}; resume it with: anchor resume {separator}{}",
            failure.message,
            word(self.session)
        )
    }

    /// How the process ends if more than `before` signals were received.
    fn signalled(&self, before: usize) -> Option<End> {
        self.signals.received().get(before).map(|signal| End::Signal(*signal))
    }
}
