//! Mistakes in the command line, reported like every other failure.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process;

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::console::Console;
use super::exit;
use super::failure::Failure;
use super::stdio;

pub const WHILE_PAUSED: &str = "while-paused";

/// The first two arguments that are neither options nor values of options. The second may be "--".
pub struct Words([Option<OsString>; 2]);

impl Words {
    pub fn of(definition: &mut Command, given: &[OsString]) -> Self {
        // Only then the definition knows which options take values.
        definition.build();
        let mut arguments = given.iter().skip(1);
        let mut next = || {
            loop {
                let argument = arguments.next()?;
                if argument == "--" || !argument.as_bytes().starts_with(b"-") {
                    return Some(argument.clone());
                }
                if takes_value(definition, argument) {
                    arguments.next();
                }
            }
        };
        Self([next(), next()])
    }

    fn is(&self, subcommand: &str) -> bool {
        matches!(self, Self([Some(word), _]) if word == subcommand)
    }

    pub fn is_help(&self) -> bool {
        self.is("help")
    }

    /// Whether `--` comes before the first argument of the subcommand.
    pub fn has_separator_first(&self) -> bool {
        matches!(self, Self([_, Some(word)]) if word == "--")
    }
}

/// Whether the value of this option is the next argument.
fn takes_value(definition: &Command, argument: &OsStr) -> bool {
    definition.get_opts().any(|option| {
        option.get_long().is_some_and(|long| *argument == *format!("--{long}"))
            || option.get_short().is_some_and(|short| *argument == *format!("-{short}"))
    })
}

pub fn asks_for_help(argument: &OsStr) -> bool {
    argument == "--help" || argument == "-h"
}

/// Ends the process after `--help`, `--version` or a mistake in the command line, which may contain
/// the API key.
pub fn exit_with(error: Error, words: &Words, given: &[OsString]) -> ! {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || !error.use_stderr() {
        let text = error.render().to_string();
        let _ = match is_help {
            true => stdio::write_all(&io::stderr(), text.as_bytes()),
            false => stdio::write_all(&io::stdout(), text.as_bytes()),
        };
        process::exit(error.exit_code());
    }
    let end = if words.is(WHILE_PAUSED) { exit::NOT_RUN } else { exit::UNUSABLE };
    let (message, usage) = explained(error, given);
    let console = Console::new(asks_for_json(given), false);
    console.fail(&Failure::of_usage(&message), None);
    if let Some(usage) = usage {
        console.hint(&usage);
    }
    process::exit(end.code().into());
}

fn asks_for_json(given: &[OsString]) -> bool {
    given.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json")
}

/// What is wrong and what may be meant, and the usage.
fn explained(mut error: Error, given: &[OsString]) -> (String, Option<String>) {
    let own_tip = tip(&mut error, given);
    let text = error.render().to_string();
    let mut usage = None;
    let mut parts = vec![];
    for paragraph in text.trim_start_matches("error: ").split("\n\n").map(str::trim_start) {
        if paragraph.starts_with("Usage: ") {
            usage = Some(joined(paragraph));
        } else if !paragraph.starts_with("For more information") {
            parts.extend(paragraph.split("tip: ").map(joined).filter(|part| !part.is_empty()));
        }
    }
    parts.extend(own_tip.map(str::to_owned));
    (parts.join("; "), usage)
}

/// The lines of a paragraph as one.
fn joined(paragraph: &str) -> String {
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes the tips of clap that mislead, and returns a better one.
fn tip(error: &mut Error, given: &[OsString]) -> Option<&'static str> {
    let of_kind = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let option = of_kind(ContextKind::InvalidArg).filter(|option| option.starts_with('-'))?;
            tip_for_option(error, &option, given)
        }
        ErrorKind::InvalidSubcommand => {
            let name = of_kind(ContextKind::InvalidSubcommand)?;
            tip_for_subcommand(error, &name)
        }
        _ => None,
    }
}

fn tip_for_option(error: &mut Error, option: &str, given: &[OsString]) -> Option<&'static str> {
    // It says that the option may be a value.
    error.remove(ContextKind::Suggested);
    if option.starts_with("--api") {
        error.remove(ContextKind::SuggestedArg);
        return Some("the key comes from ANCHORBROWSER_API_KEY, because other users see the command line");
    }
    let whole = given.iter().find(|argument| argument.as_bytes().starts_with(option.as_bytes()));
    whole.is_some_and(|whole| may_be_id(whole)).then_some("an id that begins with - comes after --")
}

fn tip_for_subcommand(error: &mut Error, name: &str) -> Option<&'static str> {
    let similar = error.remove(ContextKind::SuggestedSubcommand);
    if name == "status" {
        return Some("anchor list SESSION shows the recordings, with a status if the API gives one");
    }
    if let Some(ContextValue::Strings(mut names)) = similar {
        // The last one is the most similar one. The others may mean the opposite, such as "unpause".
        let best = names.pop().into_iter().collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(best));
    }
    None
}

/// Ids are long and have digits, unlike options.
fn may_be_id(argument: &OsStr) -> bool {
    let bytes = argument.as_bytes();
    bytes.len() >= 8 && bytes.iter().any(u8::is_ascii_digit) && !bytes.contains(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition;

    #[test]
    fn the_first_words_are_no_options_and_no_values() {
        for (line, expected) in [
            ("pause a", [Some("pause"), Some("a")]),
            ("--timeout 3 -H x --json while-paused -v --proxy= -- a", [Some("while-paused"), Some("--")]),
            ("--timeout=3 -x list", [Some("list"), None]),
            ("", [None, None]),
        ] {
            let given: Vec<_> = ["anchor"].into_iter().chain(line.split_whitespace()).map(OsString::from).collect();
            assert_eq!(Words::of(&mut definition(), &given).0, expected.map(|word| word.map(OsString::from)), "{line}");
        }
    }

    #[test]
    fn an_id_is_told_from_an_option() {
        for (argument, expected) in
            [("-4f1c-9a", true), ("--1234567", true), ("--timeout=5", false), ("-k", false), ("--verbosely", false)]
        {
            assert_eq!(may_be_id(OsStr::new(argument)), expected, "{argument}");
        }
    }
}
