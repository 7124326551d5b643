//! The command `anchor`, for people and shell scripts.
//!
//! `arguments` parses the command line, `usage` explains mistakes in it, `actions` makes the calls
//! through `api`, and `console` prints the answer or the `failure`. `exit` decides how the process ends. `while_paused` also runs
//! a `child`, and defers `signals` so that none of them prevents the resume.

mod actions;
mod api;
mod arguments;
mod child;
mod console;
mod exit;
mod failure;
mod help;
mod names;
mod signals;
mod stdio;
mod table;
mod usage;
mod while_paused;

use std::process::ExitCode;

use actions::Actions;
use api::Api;
use arguments::{Action, Arguments};
use console::Console;
use exit::End;
use failure::Failure;

/// The default for downloads: a video takes longer than an answer.
const DOWNLOAD_TIMEOUT_MS: u64 = 60 * 60 * 1000;

/// The definition of the command line, for man pages and completions.
pub fn definition() -> clap::Command {
    Arguments::definition()
}

/// Runs the command that the arguments name, and returns the exit code for `main`.
pub fn run() -> ExitCode {
    let Arguments { settings, action } = Arguments::of_process();
    let is_download = matches!(action, Action::Download { .. });
    let console = Console::new(settings.json, is_download);
    let api = Api::new(&settings, is_download.then_some(DOWNLOAD_TIMEOUT_MS), console.log());
    let api = match action {
        Action::WhilePaused { .. } => api.map_err(Failure::before_command),
        _ => api,
    };
    let end = api.and_then(|api| act(&action, &api, &console)).unwrap_or_else(|failure| {
        console.fail(&failure, action.session());
        failure.end
    });
    end.exit()
}

fn act(action: &Action, api: &Api, console: &Console) -> Result<End, Failure> {
    let actions = Actions { api, console };
    match action {
        Action::Pause { sessions } => return Ok(actions.pause(sessions)),
        Action::Resume { sessions } => return Ok(actions.resume(sessions)),
        Action::Delete { sessions, recording } => return Ok(actions.delete(sessions, recording)),
        Action::List { session } => actions.list(session),
        Action::Download { session, file } => actions.download(session, file),
        Action::Request { method, path, body } => actions.request(method, path.as_deref(), body.as_deref()),
        Action::WhilePaused { session, command } => return while_paused::run(&actions, session, command),
    }?;
    Ok(exit::DONE)
}
