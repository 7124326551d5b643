//! The one place where a message or a log line leaves the library.
//!
//! What leaves is a [`Line`], and only [`Line::new`] makes one: one line of at most 1,000 bytes,
//! without the API key. A text of someone else is marked where it becomes part of a message, by
//! [`foreign`] or [`quoted`]. If the whole is too long, these parts are cut first, so that the words of the
//! library, and above all its advice at the end, stay. The advice is marked too, by [`ADVICE`]: a
//! message that is only a part of another one is shown without it.

use std::error::Error as StdError;
use std::{fmt, io};

use crate::redaction::Redactor;
use crate::sys::system_errors;

const MAX_LINE_BYTES: usize = 1000;
/// The most that is shown of a foreign text: the first of these with which the line is short enough.
const MAX_FOREIGN_BYTES: [usize; 4] = [300, 150, 100, 60];
/// A shorter foreign text is never cut.
const MIN_FOREIGN_BYTES: usize = 60;
/// Surround a foreign text. They are no characters, and no line contains them.
const BEGIN: char = '\u{fdd0}';
const END: char = '\u{fdd1}';
/// Stands before the advice of a message. It is no character either.
pub(crate) const ADVICE: char = '\u{fdd2}';
/// A key contains no blank, so cutting a text cannot put one together.
const CUT: &str = " ... ";

/// A text that may leave the library.
#[derive(Debug, Clone, PartialEq)]
pub struct Line(String);

impl Line {
    pub fn new(text: &str, redactor: &Redactor) -> Self {
        let text = match text.contains([BEGIN, END, ADVICE]) {
            true => with_short_parts(text, redactor),
            false => one_line(text),
        };
        // Even a key that a foreign text and its neighbours make up together.
        Self(cut(redactor.hide(text), MAX_LINE_BYTES))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// A text of someone else, as a part of a message.
pub fn foreign(text: impl Into<String>) -> String {
    let text = text.into();
    let text = if text.contains([BEGIN, END, ADVICE]) { text.replace([BEGIN, END, ADVICE], " ") } else { text };
    if text.len() <= MIN_FOREIGN_BYTES { text } else { format!("{BEGIN}{text}{END}") }
}

/// What a message says before its advice.
pub fn without_advice(message: &str) -> &str {
    message.split(ADVICE).next().unwrap_or_default()
}

/// A value of someone else as a part of a message, in quotation marks.
pub fn quoted(value: impl fmt::Debug) -> String {
    foreign(format!("{value:?}"))
}

/// The text with its foreign parts cut as far as the line needs it.
fn with_short_parts(text: &str, redactor: &Redactor) -> String {
    // The key is hidden before a part is cut, because half of it must not stay.
    let hidden = |part: &str| redactor.hide(one_line(&part.replace(ADVICE, "")));
    let parts: Vec<_> = text
        .split_inclusive([BEGIN, END])
        .map(|part| (part.ends_with(END), hidden(part.trim_end_matches([BEGIN, END]))))
        .collect();
    let joined = |max: usize| -> String {
        parts.iter().map(|(is_foreign, part)| if *is_foreign { cut(part.clone(), max) } else { part.clone() }).collect()
    };
    let mut fitting = String::new();
    for max in MAX_FOREIGN_BYTES {
        fitting = joined(max);
        if fitting.len() <= MAX_LINE_BYTES {
            break;
        }
    }
    fitting
}

/// At most `max` bytes of the text: its beginning and its end.
fn cut(text: String, max: usize) -> String {
    if text.len() <= max {
        return text;
    }
    let half = (max - CUT.len()) / 2;
    let begin = (0..=half).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    let end = (text.len() - half..=text.len()).find_map(|begin| text.get(begin..)).unwrap_or_default();
    format!("{begin}{CUT}{end}")
}

/// The text on one line, whatever it contains.
fn one_line(text: &str) -> String {
    text.replace(breaks_a_line, " ")
}

/// Whether a terminal, or a program that splits lines, treats the character as more than text.
fn breaks_a_line(character: char) -> bool {
    // The ranges separate lines and paragraphs, and change the direction of writing.
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An error and its causes, from the outermost to the innermost.
pub fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        // The source of an io::Error is the source of the error that it wraps, not that error
        // itself.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
        Some(error)
    })
}

/// The innermost cause. An error of the system is in English, whatever the host's language is.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let Some(root) = causes(error).last() else { return String::new() };
    match root.downcast_ref().and_then(io::Error::raw_os_error) {
        Some(number) => system_errors::text(number),
        None => foreign(without_link(root.to_string())),
    }
}

/// The TLS library explains a closed connection by a link to its own manual.
fn without_link(text: String) -> String {
    match text.contains("close_notify: http") {
        true => "the connection was closed without a TLS close_notify".into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-canary-of-the-tests";

    fn line(text: &str) -> String {
        Line::new(text, &Redactor::new(KEY)).into_string()
    }

    #[test]
    fn a_key_is_hidden_before_a_text_is_cut() {
        for before in 100..200 {
            let text = format!("{}{KEY}{}", "x".repeat(before), "y".repeat(2000));
            for shown in [line(&format!("a: {}; b", foreign(text.clone()))), line(&text)] {
                assert!(!shown.contains("canary") && shown.contains(CUT), "{shown}");
            }
        }
    }

    #[test]
    fn foreign_texts_are_cut_and_the_words_around_them_stay() {
        let (path, said) = (foreign("p".repeat(5000)), foreign("\u{fc}".repeat(5000)));
        let (own, short) = ("own words ".repeat(30), foreign("short"));
        let shown = line(&format!("{own}{path} middle {said} {short} end"));
        assert!(shown.starts_with(&format!("{own}pp")) && shown.ends_with(" short end"), "{shown}");
        assert!(shown.contains("pp middle \u{fc}") && shown.matches(CUT).count() == 2, "{shown}");
        // As much of them is shown as fits.
        assert!((800..=MAX_LINE_BYTES).contains(&shown.len()), "{}", shown.len());
        assert_eq!(line(&format!("a {path}")).len(), "a ".len() + 299);
    }

    #[test]
    fn a_closed_connection_is_put_in_words_without_a_link() {
        let text = "peer closed connection without sending TLS close_notify: https://docs.rs/x";
        let reason = io::Error::new(io::ErrorKind::UnexpectedEof, text);
        assert_eq!(root_cause(&reason), "the connection was closed without a TLS close_notify");
    }

    #[test]
    fn own_words_are_cut_only_if_nothing_else_is_left() {
        let shown = line(&format!("{}{}", "own words ".repeat(200), foreign("x".repeat(100))));
        assert!(shown.starts_with("own words ") && shown.ends_with("xx") && shown.len() >= 990, "{shown}");
    }
}
