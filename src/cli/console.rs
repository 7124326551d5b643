//! The output to stdout and stderr.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;
use super::{exit, stdio};
use crate::config::{LogFunction, redactor};
use crate::redaction::Redactor;
use crate::text::{Line, root_cause};

const WITHOUT_TOTAL: &str = "{spinner} {bytes} {binary_bytes_per_sec}";
const WITH_TOTAL: &str = "{wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left";

/// The two outputs, and the progress bar on stderr.
pub struct Console {
    json: bool,
    redactor: Redactor,
    bar: ProgressBar,
}

impl Console {
    /// The bar is shown only if stderr is a terminal and the output is for a person.
    pub fn new(json: bool, with_bar: bool) -> Self {
        let target = if with_bar && !json { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target).with_style(style(WITHOUT_TOTAL));
        Self { json, redactor: redactor(None), bar }
    }

    /// Prints a result: `text` for a person, or `json`.
    pub fn print(&self, text: &str, json: &str) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let line = if self.json { json.to_owned() } else { self.without_key(text) };
        if line.is_empty() {
            return Ok(());
        }
        match stdio::write_all(&io::stdout(), format!("{line}\n").as_bytes()) {
            // The reader has closed the pipe: it has seen enough.
            Err(reason) if reason.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::new(format!("cannot write to standard output: {}", root_cause(&reason)), exit::FAILED))
            }
            _ => Ok(()),
        }
    }

    /// Prints a result to stderr: `json`, or `text` if a person is watching.
    pub fn report(&self, text: &str, json: Option<&str>) {
        self.bar.finish_and_clear();
        match json {
            Some(json) if self.json => warn(format_args!("{json}")),
            _ if !self.json && io::stderr().is_terminal() => warn(format_args!("{}", self.without_key(text))),
            _ => {}
        }
    }

    /// Prints what helps after a failure, unless a program reads it.
    pub fn hint(&self, text: &str) {
        if !self.json {
            warn(format_args!("{}", self.without_key(text)));
        }
    }

    /// A text of the command line, which may contain the API key by mistake.
    pub fn without_key(&self, text: &str) -> String {
        self.redactor.hide(text.to_owned())
    }

    /// Prints a failure, which may be about a session.
    pub fn fail(&self, failure: &Failure, session: Option<&str>) {
        self.bar.finish_and_clear();
        let message = Line::new(&failure.message, &self.redactor);
        let session = session.map(|session| self.without_key(session));
        match self.json {
            true => warn(format_args!("{}", failure.json(&message, session.as_deref()))),
            false => warn(format_args!("anchor: {}", message.as_str())),
        }
    }

    /// A log function that prints each line above the progress bar.
    pub fn log(&self) -> Arc<LogFunction> {
        let bar = self.bar.clone();
        Arc::new(move |_level, line| bar.suspend(|| warn(format_args!("anchor: {}", line.as_str()))))
    }

    /// A progress function that moves the bar.
    pub fn progress(&self) -> impl Fn(u64, u64) + Send + Sync + 'static {
        let bar = self.bar.clone();
        move |done, total| {
            if total > 0 && bar.length() != Some(total) {
                bar.set_style(style(WITH_TOTAL));
                bar.set_length(total);
            }
            let is_first = bar.position() == 0 && done > 0;
            bar.set_position(done);
            if is_first {
                // The part that an earlier download left must not count for the speed.
                bar.tick();
                bar.reset_eta();
            }
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Prints a line to stderr. A failure cannot be reported anywhere.
fn warn(line: std::fmt::Arguments<'_>) {
    let _ = stdio::write_all(&io::stderr(), format!("{line}\n").as_bytes());
}
