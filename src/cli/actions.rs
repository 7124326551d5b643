//! The subcommands that make one call.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::HumanBytes;
use serde_json::json;

use super::api::Api;
use super::console::Console;
use super::exit::{self, End};
use super::failure::Failure;
use super::names::{shown, word};
use super::signals::Signals;
use super::{stdio, table};
use crate::api::{recordings, request};
use crate::error::Error;
use crate::exchange::Request;
use crate::text::root_cause;

const STDOUT: &str = "/dev/stdout";

pub struct Actions<'a> {
    pub api: &'a Api,
    pub console: &'a Console,
}

impl Actions<'_> {
    pub fn pause(&self, sessions: &[String]) -> End {
        self.each(sessions, |session| {
            let text = format!("paused: {}", shown(session));
            self.change(session, &text, recordings::pause(session.as_bytes()), "the recording was paused")
        })
    }

    pub fn resume(&self, sessions: &[String]) -> End {
        self.each(sessions, |session| {
            let text = format!("resumed: {}", shown(session));
            self.change(session, &text, recordings::resume(session.as_bytes()), "the recording was resumed")
        })
    }

    pub fn delete(&self, sessions: &[String], recording: &str) -> End {
        self.each(sessions, |session| {
            let text = format!("deleted: {} of {}", shown(recording), shown(session));
            let request = recordings::delete(session.as_bytes(), recording.as_bytes());
            let changed = self.change(session, &text, request, "the recording was deleted");
            changed.map_err(|failure| match failure.is_not_found() && recording != "primary" {
                true => failure.with_detail(&format!("the last argument, {}, is the recording", shown(recording))),
                false => failure,
            })
        })
    }

    /// Does the same for each session, also after a failure. Returns how the first failure ends.
    fn each(&self, sessions: &[String], change: impl Fn(&str) -> Result<(), Failure>) -> End {
        let mut end = exit::DONE;
        for session in sessions {
            if let Err(failure) = change(session) {
                self.console.fail(&failure, Some(session));
                end = if end == exit::DONE { failure.end } else { end };
            }
        }
        end
    }

    /// Makes a call that changes the recording. If that cannot be printed, the failure says what was `done`.
    fn change(&self, session: &str, text: &str, request: Result<Request, Error>, done: &str) -> Result<(), Failure> {
        let answer = self.api.call(None, |_| request)?;
        let json = with_session(&self.console.without_key(session), answer.json());
        self.console.print(text, &json).map_err(|failure| failure.with_detail(done))
    }

    pub fn list(&self, session: &str) -> Result<(), Failure> {
        let answer = self.api.call(None, |_| recordings::list(session.as_bytes()))?;
        match table::of_recordings(answer.json()) {
            Ok(table) => self.console.print(&table, answer.json()),
            Err(error) => Err(Failure::of_call(&error, answer.outcome)),
        }
    }

    /// A path alone is read with GET.
    pub fn request(&self, method: &str, path: Option<&str>, body: Option<&str>) -> Result<(), Failure> {
        let (method, path) = match path {
            Some(_) if method.starts_with('/') => {
                return Err(Error::argument("method", "is missing: write it before the path").into());
            }
            Some(path) => (method.to_ascii_uppercase(), path),
            None if method.starts_with('/') => ("GET".to_owned(), method),
            None => return Err(Error::argument("path", "is missing: write it after the method").into()),
        };
        let body = body.map(body_of).transpose()?;
        let bytes = body.as_deref().map(str::as_bytes);
        let answer = self.api.call(None, |_| request::any(method.as_bytes(), path.as_bytes(), bytes))?;
        let printed = self.console.print(answer.outcome.result.as_deref().unwrap_or_default(), answer.json());
        printed.map_err(|failure| failure.with_detail("the API accepted the request"))
    }

    /// A signal cancels the download cleanly: the part is kept, and the message gives its size.
    pub fn download(&self, session: &str, file: &str) -> Result<(), Failure> {
        let to_stdout = file == "-";
        if to_stdout && io::stdout().is_terminal() {
            return Err(Error::argument("standard output", "is a terminal: redirect it, or name a file").into());
        }
        let file = if to_stdout { STDOUT } else { file };
        let signals = Arc::new(Signals::catch().map_err(|reason| Failure::of_signals(&reason))?);
        let (show, caught) = (self.console.progress(), Arc::clone(&signals));
        let progress = move |done, total| {
            show(done, total);
            caught.received().is_empty()
        };
        let answer = self.api.call(Some(Arc::new(progress)), |client| {
            recordings::download(client.address(), session.as_bytes(), file.as_bytes())
        });
        let answer = answer.map_err(|failure| if to_stdout { about_stdout(failure) } else { failure });
        match (answer, signals.received().first()) {
            (Ok(answer), _) => {
                let name = if to_stdout { "standard output".to_owned() } else { shown(file) };
                let text = format!("downloaded: {name}, {}", HumanBytes(answer.bytes));
                let json = json!({ "file": self.console.without_key(file), "bytes": answer.bytes }).to_string();
                match to_stdout {
                    // Standard output has the video and nothing else.
                    true => self.console.report(&text, Some(&json)),
                    false => {
                        let printed = self.console.print(&text, &json);
                        return printed.map_err(|failure| failure.with_detail("the video was downloaded"));
                    }
                }
                Ok(())
            }
            (Err(failure), Some(signal)) if failure.is_cancelled() => Err(failure.with_end(End::Signal(*signal))),
            (Err(failure), _) => Err(failure),
        }
    }
}

/// The JSON text that the argument means. The messages do not repeat it: it may be a secret.
fn body_of(argument: &str) -> Result<String, Error> {
    if let Some(file) = argument.strip_prefix('@') {
        return Err(Error::argument("body", format_args!("is not JSON: for a file, write - <{}", word(file))));
    }
    let text = match argument {
        "-" => stdio::read_to_string().map_err(|reason| {
            Error::argument("body", format_args!("cannot be read from standard input: {}", root_cause(&reason)))
        })?,
        text => text.to_owned(),
    };
    match text.trim().is_empty() {
        true => Err(Error::argument("body", "is empty: leave it out, or give JSON such as {}")),
        false => Ok(text),
    }
}

/// The library's message about the file that it wrote, for someone who named no file.
fn about_stdout(failure: Failure) -> Failure {
    let message = failure.message.replace(&format!("{STDOUT:?}"), "standard output");
    let message = message.replace("Broken pipe; try again, or choose another path", "the reader closed the pipe");
    failure.with_message(message)
}

/// The API's JSON object with the session's id, which tells the answers about several apart.
fn with_session(session: &str, answer: &str) -> String {
    let session = json!(session);
    match answer.trim_start().strip_prefix('{').map(str::trim_start) {
        Some(fields) if fields.starts_with('}') => format!(r#"{{"session_id":{session}{fields}"#),
        Some(fields) => format!(r#"{{"session_id":{session},{fields}"#),
        None => format!(r#"{{"session_id":{session},"answer":{answer}}}"#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_gets_the_id_of_its_session() {
        for (answer, expected) in [
            (r#"{"data":{"status":"success"}}"#, r#"{"session_id":"a\"b","data":{"status":"success"}}"#),
            (" { \n}", r#"{"session_id":"a\"b"}"#),
            ("[1]", r#"{"session_id":"a\"b","answer":[1]}"#),
        ] {
            assert_eq!(with_session("a\"b", answer), expected);
        }
    }
}
