//! The subcommands that make one call.

use std::sync::Arc;

use indicatif::HumanBytes;
use serde_json::json;

use super::api::Api;
use super::console::Console;
use super::exit::{self, End};
use super::failure::Failure;
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
            self.change(session, &format!("paused: {session:?}"), recordings::pause(session.as_bytes()))
        })
    }

    pub fn resume(&self, sessions: &[String]) -> End {
        self.each(sessions, |session| {
            self.change(session, &format!("resumed: {session:?}"), recordings::resume(session.as_bytes()))
        })
    }

    pub fn delete(&self, sessions: &[String], recording: &str) -> End {
        self.each(sessions, |session| {
            let text = format!("deleted: {recording:?} of {session:?}");
            self.change(session, &text, recordings::delete(session.as_bytes(), recording.as_bytes()))
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

    fn change(&self, session: &str, text: &str, request: Result<Request, Error>) -> Result<(), Failure> {
        let answer = self.api.call(None, |_| request)?;
        self.console.print(text, &with_session(&self.console.without_key(session), answer.json()))
    }

    pub fn list(&self, session: &str) -> Result<(), Failure> {
        let answer = self.api.call(None, |_| recordings::list(session.as_bytes()))?;
        match table::of_recordings(answer.json()) {
            Ok(table) => self.console.print(&table, answer.json()),
            Err(error) => Err(Failure::of_call(&error, answer.outcome)),
        }
    }

    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> Result<(), Failure> {
        let body = match body {
            Some("-") => Some(stdio::read_to_string().map_err(|reason| {
                Error::argument("body", format_args!("cannot be read from standard input: {}", root_cause(&reason)))
            })?),
            given => given.map(str::to_owned),
        };
        let body = body.as_deref().map(str::as_bytes);
        let answer = self.api.call(None, |_| request::any(method.as_bytes(), path.as_bytes(), body))?;
        self.console.print(answer.outcome.result.as_deref().unwrap_or_default(), answer.json())
    }

    /// A signal cancels the download cleanly: the part is kept, and the message gives its size.
    pub fn download(&self, session: &str, file: &str) -> Result<(), Failure> {
        let to_stdout = file == "-";
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
        match (answer, signals.received().first()) {
            (Ok(answer), _) => {
                let text = format!("downloaded: {file:?}, {}", HumanBytes(answer.bytes));
                let json = json!({ "file": self.console.without_key(file), "bytes": answer.bytes }).to_string();
                match to_stdout {
                    // Standard output has the video and nothing else.
                    true => self.console.report(&text, &json),
                    false => return self.console.print(&text, &json),
                }
                Ok(())
            }
            (Err(failure), Some(signal)) if failure.is_cancelled() => Err(failure.with_end(End::Signal(*signal))),
            (Err(failure), _) => Err(failure),
        }
    }
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
