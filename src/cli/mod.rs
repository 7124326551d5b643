//! The command `anchor`, for people and shell scripts.
//!
//! `arguments` say what is asked, `actions` do it through `api`, `console` tells the answer or the
//! `failure`, and `end` is how the process ends. Only `while_paused` has more to it: a `child`, and
//! `signals` that must not keep it from resuming.

mod actions;
mod api;
mod arguments;
mod child;
mod console;
mod end;
mod failure;
mod signals;
mod table;
mod while_paused;

use std::process::ExitCode;

use actions::Actions;
use api::Api;
use arguments::{Action, Arguments};
use console::Console;
use end::End;
use failure::Failure;

/// A person who waits for a video waits longer than a program for an answer.
const DOWNLOAD_TIMEOUT_MS: u64 = 60 * 60 * 1000;

/// What the command line may say, for man pages and completions.
pub fn definition() -> clap::Command {
    Arguments::definition()
}

/// Does what the command line says, and tells `main` what to return.
pub fn run() -> ExitCode {
    let Arguments { settings, action } = Arguments::of_process();
    let is_download = matches!(action, Action::Download { .. });
    let console = Console::new(settings.json, is_download);
    let api = Api::new(&settings, is_download.then_some(DOWNLOAD_TIMEOUT_MS), console.log());
    let end = api.and_then(|api| act(&action, &api, &console)).unwrap_or_else(|failure| {
        console.fail(&failure);
        failure.end
    });
    end.now()
}

fn act(action: &Action, api: &Api, console: &Console) -> Result<End, Failure> {
    let actions = Actions { api, console };
    match action {
        Action::Pause { session } => actions.pause(session),
        Action::Resume { session } => actions.resume(session),
        Action::List { session } => actions.list(session),
        Action::Download { session, file } => actions.download(session, file),
        Action::Delete { session, recording } => actions.delete(session, recording),
        Action::Request { method, path, body } => actions.request(method, path, body.as_deref()),
        Action::WhilePaused { session, command } => return while_paused::run(api, session, command),
    }?;
    Ok(end::DONE)
}
