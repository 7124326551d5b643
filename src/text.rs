//! Rules for text that a person reads: one line, not too long, without the API key.

use std::error::Error as StdError;
use std::io;

const MAX_QUOTED_CHARS: usize = 300;
/// A shorter key is a word that an answer may well contain. Hiding it would only garble the
/// message.
const MIN_HIDDEN_KEY_BYTES: usize = 6;

/// The text on one line, whatever it contains.
pub fn one_line(text: &str) -> String {
    text.replace(breaks_a_line, " ")
}

/// Whether a terminal, or a program that splits lines, treats the character as more than text.
fn breaks_a_line(character: char) -> bool {
    // The two ranges separate lines and paragraphs, and change the direction of writing.
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without the API key, which a server may have echoed.
pub fn without_key(text: &str, key: &str) -> String {
    if key.len() < MIN_HIDDEN_KEY_BYTES { text.to_owned() } else { text.replace(key, "[api key]") }
}

/// A quotation of bearable length.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
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

/// The innermost cause, without the error number.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let root = causes(error).last().map(ToString::to_string).unwrap_or_default();
    root.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_quotation_is_cut_between_characters() {
        assert_eq!(shortened(&"ü".repeat(301)).chars().count(), 303);
    }
}
