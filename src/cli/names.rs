//! Ids and files as a person sees them.

/// The text as it is, or in quotation marks if it holds anything special.
pub fn shown(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("{text:?}") }
}

/// Quotes a text as one word of a shell.
pub fn word(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_needs_it_is_quoted() {
        for (text, in_message, in_shell) in [
            ("a-b_c.9", "a-b_c.9", "a-b_c.9"),
            ("/tmp/v.mp4", "/tmp/v.mp4", "/tmp/v.mp4"),
            ("", "\"\"", "''"),
            ("a b", "\"a b\"", "'a b'"),
            ("a'$x", "\"a'$x\"", r"'a'\''$x'"),
            ("ü", "\"ü\"", "'ü'"),
        ] {
            assert_eq!((shown(text), word(text)), (in_message.into(), in_shell.into()));
        }
    }
}
