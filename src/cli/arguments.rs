//! The command line. `--help` shows the documentation of the fields.

#![allow(rustdoc::bare_urls)]

use std::env;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

use super::help;
use super::usage::{self, Words};

const HEADERS: &str = "headers";

/// Pauses, resumes, lists, downloads and deletes the recordings of Anchor Browser sessions
#[derive(Parser)]
#[command(name = "anchor", version, after_help = help::ALL)]
pub struct Arguments {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub action: Action,
}

impl Arguments {
    /// The definition of the command line.
    pub fn definition() -> Command {
        let command = Self::command();
        // A global option after the subcommand would replace one before it, but headers accumulate.
        let headers = command.get_arguments().find(|argument| argument.get_id() == HEADERS).cloned();
        command.mut_subcommands(|subcommand| subcommand.args(headers.clone()))
    }

    /// Parses the arguments of this process. An error in them ends the process.
    pub fn of_process() -> Self {
        let given: Vec<_> = env::args_os().collect();
        let mut definition = Self::definition();
        let words = Words::of(&mut definition, &given);
        Self::parse(&mut definition, &words, &given).unwrap_or_else(|error| usage::exit_with(error, &words, &given))
    }

    fn parse(definition: &mut Command, words: &Words, given: &[OsString]) -> Result<Self, clap::Error> {
        let given = given.iter().filter(|argument| !(words.is_help() && usage::asks_for_help(argument)));
        let matches = definition.try_get_matches_from_mut(given)?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        let after_subcommand = matches.subcommand().and_then(|(_, matches)| matches.get_many(HEADERS));
        arguments.settings.headers.extend(after_subcommand.into_iter().flatten().cloned());
        match &arguments.action {
            Action::WhilePaused { session, .. } if words.has_separator_first() && !session.starts_with('-') => {
                let what = "no session given: write it before --, unless it begins with -";
                let while_paused = definition.find_subcommand_mut(usage::WHILE_PAUSED).cloned();
                Err(while_paused.unwrap_or_default().error(ErrorKind::MissingRequiredArgument, what))
            }
            _ => Ok(arguments),
        }
    }
}

/// The options of every subcommand.
#[derive(Args)]
pub struct Settings {
    /// Print JSON: the API's answer to stdout, or a failure as {"error": {..}} to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// The timeout of a call, retries included [default: 30; for a download 3600]
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        value_parser = milliseconds,
        allow_negative_numbers = true,
        value_hint = ValueHint::Other
    )]
    pub timeout: Option<u64>,
    /// How often a transient failure is retried [default: 2]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub max_retries: Option<u32>,
    /// The base URL of the API [default: https://api.anchorbrowser.io]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Other)]
    pub base_url: Option<String>,
    /// A PEM file of certificates to trust in addition to the system's
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<String>,
    /// A PEM file with the client's certificate and key, for servers that ask for one
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub client_certificate: Option<String>,
    /// The proxy for every request, or "" for none
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Other)]
    pub proxy: Option<String>,
    /// Add a header to every request; may be repeated
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", value_hint = ValueHint::Other)]
    pub headers: Vec<String>,
    /// Log every attempt to stderr
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Action {
    /// Pause the recordings of sessions
    #[command(after_help = help::PAUSE)]
    Pause {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true, value_hint = ValueHint::Other)]
        sessions: Vec<String>,
    },
    /// Resume the recordings of sessions
    #[command(after_help = help::RESUME, aliases = ["unpause", "continue"])]
    Resume {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true, value_hint = ValueHint::Other)]
        sessions: Vec<String>,
    },
    /// List the recordings of a session
    #[command(after_help = help::LIST)]
    List {
        /// The session's id
        #[arg(value_hint = ValueHint::Other)]
        session: String,
    },
    /// Download the primary recording of a session, or resume an interrupted download
    #[command(after_help = help::DOWNLOAD)]
    Download {
        /// The session's id
        #[arg(value_hint = ValueHint::Other)]
        session: String,
        /// The file to write; an existing file is replaced when the video is complete. "-" writes to
        /// stdout as the video arrives, and messages to stderr; "./-" is a file of this name
        #[arg(value_hint = ValueHint::FilePath)]
        file: String,
    },
    /// Delete a recording of each session
    #[command(after_help = help::DELETE)]
    Delete {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true, value_hint = ValueHint::Other)]
        sessions: Vec<String>,
        /// An id from the list, or "primary"
        #[arg(value_hint = ValueHint::Other)]
        recording: String,
    },
    /// Run a command while the recording is paused, and resume it afterwards
    #[command(after_help = help::WHILE_PAUSED, override_usage = "anchor while-paused [OPTIONS] <SESSION> [--] <COMMAND>...")]
    WhilePaused {
        /// The session's id
        #[arg(value_hint = ValueHint::Other)]
        session: String,
        /// A program and its arguments: no shell function, builtin or alias
        #[arg(trailing_var_arg = true, required = true, value_hint = ValueHint::CommandWithArguments)]
        command: Vec<OsString>,
    },
    /// Send any request to the API, and print its answer
    #[command(after_help = help::REQUEST, override_usage = "anchor request [OPTIONS] [METHOD] <PATH> [JSON]")]
    Request {
        /// GET, POST, PUT, PATCH or DELETE, in any case; GET if only a path is given
        #[arg(value_hint = ValueHint::Other)]
        method: String,
        /// The path and query, percent-encoded, such as "/v1/sessions?page=2"
        #[arg(value_hint = ValueHint::Other)]
        path: Option<String>,
        /// The body; "-" reads it from stdin, where other users cannot see it
        #[arg(value_name = "JSON", value_hint = ValueHint::Other)]
        body: Option<String>,
    },
}

impl Action {
    /// The one session that the subcommand is about.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::List { session } | Self::Download { session, .. } | Self::WhilePaused { session, .. } => {
                Some(session)
            }
            Self::Pause { .. } | Self::Resume { .. } | Self::Delete { .. } | Self::Request { .. } => None,
        }
    }
}

/// Parses seconds, which may have a fraction, to milliseconds.
fn milliseconds(text: &str) -> Result<u64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    match seconds {
        0.001..=86_400.0 => Ok((seconds * 1000.0).round() as u64),
        _ => Err("must be 0.001 to 86400 (a day)".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn seconds_become_milliseconds() {
        for (text, expected) in [("30", 30_000), ("0.25", 250), ("0.001", 1), ("86400", 86_400_000)] {
            assert_eq!(milliseconds(text), Ok(expected));
        }
        for wrong in ["", "x", "0", "-1", "NaN", "inf", "86401", "0.0009"] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }
}
