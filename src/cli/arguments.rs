//! The command line. `--help` shows the documentation of the fields.

#![allow(rustdoc::bare_urls)]

use std::env;
use std::ffi::OsString;

use super::console::exit_with_usage;
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

/// tests/cli/packaged.rs makes sections of the man page from these headings.
const AFTER_HELP: &str = "\
Environment:
  ANCHORBROWSER_API_KEY         the API key, which is never read from the command line
  ANCHORBROWSER_BASE_URL        the base URL, unless --base-url is given
  ANCHORBROWSER_CUSTOM_HEADERS  headers for every request, one \"Name: value\" in each line
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                                the proxy, unless --proxy is given, and the hosts without one
  SSL_CERT_FILE, SSL_CERT_DIR   the certificates to trust instead of the system's
Unlike options, environment variables are hidden from other users of this machine.

Exit status:
  0    success, confirmed by the API
  1    failure on this side: no connection, an answer that is not the API's, a full disk
  2    an argument, a setting or the key is unusable
  3    the API did not accept the key, or the key has no permission (401, 403)
  4    the session, the recording or the path does not exist (404)
  5    timeout or lost connection: the request may have taken effect, try again
  6    the API refused for another reason or failed (429, 500 and others)
while-paused exits with the code of its command (128+N if signal N ended it), or with
  123  the recording may still be paused
  125  pausing failed, and the command was not run
  126  the command could not be run
  127  the command was not found
With several sessions, the first failure decides. If a signal ends anchor itself, a shell shows
128+N: 130 after Ctrl-C.

Examples:
  anchor pause SESSION && type-the-password && anchor resume SESSION
  anchor while-paused SESSION -- type-the-password
  anchor download SESSION video.mp4
  anchor list --json SESSION | jq -r '.data.items[].id'
  anchor request POST /v1/sessions '{}'";

const PAUSE_HELP: &str = "\
With several sessions, each has a line of its own, and a failure does not keep the others from their
turn. An id that begins with - comes after --.

Examples:
  anchor pause SESSION
  anchor pause --json SESSION1 SESSION2
  anchor pause -- -SESSION";

const RESUME_HELP: &str = "\
With several sessions, each has a line of its own, and a failure does not keep the others from their
turn. An id that begins with - comes after --.

Examples:
  anchor resume SESSION
  anchor resume --json SESSION1 SESSION2";

const LIST_HELP: &str = "\
Examples:
  anchor list SESSION
  anchor list --json SESSION | jq -r '.data.items[] | select(.is_primary).id'";

const DOWNLOAD_HELP: &str = "\
Examples:
  anchor download SESSION video.mp4
  anchor download --timeout 60 SESSION - | ffmpeg -i - video.gif";

const DELETE_HELP: &str = "\
With several sessions, each has a line of its own, and a failure does not keep the others from their
turn. An id that begins with - comes after --.

Examples:
  anchor delete SESSION primary
  anchor delete SESSION1 SESSION2 primary";

const REQUEST_HELP: &str = "\
Examples:
  anchor request POST /v1/sessions '{}'
  anchor request GET /v1/sessions/SESSION
  anchor request POST /v1/sessions/SESSION/keyboard/type - <text.json
  anchor request DELETE /v1/sessions/SESSION";

const PAUSED_HELP: &str = "\
The recording is resumed however the command ends: with any exit code, by a signal, or because it
cannot be run. Only SIGKILL to anchor, or a crash of the machine, leaves the recording paused without
a message. To resume it then: anchor resume SESSION.

Every signal that would end anchor and can be caught is passed on to the command, and anchor waits
until the command has ended. Ctrl-C reaches the command once, even if it runs in a process group or
a session of its own. Signals that were ignored when anchor was started stay ignored. Signals that
were blocked then are unblocked for the command, because otherwise they would not end it. As process
1 of a container, anchor also reaps the processes that the command leaves behind.

While the recording is being resumed, only a second Ctrl-C makes anchor give up. A line on stderr
then says how to resume later.

The command inherits input, output and the environment, including the API key, which a script that
drives the browser needs. To hide the key from it, run it with
env -u ANCHORBROWSER_API_KEY.

Two of these for one session are independent: the one that ends first resumes the recording.

--timeout applies to pausing and to resuming, not to the command. The options of anchor come before
the command.

Examples:
  anchor while-paused SESSION -- type-the-password
  anchor while-paused SESSION -- env -u ANCHORBROWSER_API_KEY python3 login.py
  anchor while-paused -- -SESSION type-the-password";

const HEADERS: &str = "headers";

/// Pauses, resumes, lists, downloads and deletes the recordings of Anchor Browser sessions
#[derive(Parser)]
#[command(name = "anchor", version, after_help = AFTER_HELP)]
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
        Self::try_parse_process().unwrap_or_else(|error| exit_with_usage(&error, asks_for_json(env::args_os())))
    }

    fn try_parse_process() -> Result<Self, clap::Error> {
        let matches = Self::definition().try_get_matches()?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        let after_subcommand = matches.subcommand().and_then(|(_, matches)| matches.get_many(HEADERS));
        arguments.settings.headers.extend(after_subcommand.into_iter().flatten().cloned());
        Ok(arguments)
    }
}

/// The options of every subcommand.
#[derive(Args)]
pub struct Settings {
    /// Print JSON: the API's answer to stdout, or a failure as {"error": {..}} to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// The timeout of a call, retries included [default: 30; for a download 3600]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = milliseconds)]
    pub timeout: Option<u64>,
    /// How often a transient failure is retried [default: 2]
    #[arg(long, global = true, value_name = "N")]
    pub max_retries: Option<u32>,
    /// The base URL of the API [default: https://api.anchorbrowser.io]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// A PEM file of certificates to trust in addition to the system's
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<String>,
    /// A PEM file with the client's certificate and key, for servers that ask for one
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub client_certificate: Option<String>,
    /// The proxy for every request, or "" for none
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
    /// Add a header to every request; may be repeated
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Log every attempt to stderr
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Action {
    /// Pause the recordings of sessions
    #[command(after_help = PAUSE_HELP)]
    Pause {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true)]
        sessions: Vec<String>,
    },
    /// Resume the recordings of sessions
    #[command(after_help = RESUME_HELP)]
    Resume {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true)]
        sessions: Vec<String>,
    },
    /// List the recordings of a session
    #[command(after_help = LIST_HELP)]
    List {
        /// The session's id
        session: String,
    },
    /// Download the primary recording of a session, or resume an interrupted download
    #[command(after_help = DOWNLOAD_HELP)]
    Download {
        /// The session's id
        session: String,
        /// The file to write; an existing file is replaced when the video is complete. "-" writes to
        /// stdout as the video arrives, and messages to stderr; "./-" is a file of this name
        #[arg(value_hint = ValueHint::FilePath)]
        file: String,
    },
    /// Delete a recording of each session
    #[command(after_help = DELETE_HELP)]
    Delete {
        /// The sessions' ids
        #[arg(value_name = "SESSION", required = true)]
        sessions: Vec<String>,
        /// An id from the list, or "primary"
        recording: String,
    },
    /// Run a command while the recording is paused, and resume it afterwards
    #[command(after_help = PAUSED_HELP, override_usage = "anchor while-paused [OPTIONS] <SESSION> [--] <COMMAND>...")]
    WhilePaused {
        /// The session's id
        session: String,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true, value_hint = ValueHint::CommandWithArguments)]
        command: Vec<OsString>,
    },
    /// Send any request to the API, and print its answer
    #[command(after_help = REQUEST_HELP)]
    Request {
        /// GET, POST, PUT, PATCH or DELETE
        method: String,
        /// The path and query, percent-encoded, such as "/v1/sessions?page=2"
        path: String,
        /// The body; "-" reads it from stdin, where other users cannot see it
        #[arg(value_name = "JSON")]
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

/// Whether a command line that cannot be understood asks for JSON.
fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
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
