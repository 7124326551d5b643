//! Properties that must hold for any bytes from outside: answers, headers, proxies, certificates,
//! settings, ids, file names.
//!
//! Each test is a fuzz target: it takes arbitrary bytes and checks properties of the code that
//! parses them, without reusing that code. `cargo test` replays the inputs in `tests/fuzz/inputs`,
//! a folder for each target. `tests/fuzz/run.py` lets libFuzzer search for new ones.

mod answers;
#[cfg(fuzzing)]
#[allow(unsafe_code)]
mod libfuzzer;
mod lines;
mod paths;
mod peers;
mod settings;

#[cfg(not(fuzzing))]
use std::fs;
#[cfg(not(fuzzing))]
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(not(fuzzing))]
use std::path::Path;

/// An API key with a slash, which JSON may escape.
const KEY: &str = "sk-canary/1";
/// A word that occurs in no message. Inputs contain it where people put passwords and keys.
const SECRET: &str = "hunter2";

/// Checks a property for every kept input of a target.
#[cfg(not(fuzzing))]
fn for_any_bytes(target: &str, property: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/inputs").join(target);
    let inputs: Vec<_> =
        fs::read_dir(&folder).expect("a folder of inputs").map(|entry| entry.expect("a file")).collect();
    assert!(!inputs.is_empty(), "{folder:?} is empty");
    for path in inputs.iter().map(fs::DirEntry::path) {
        let input = fs::read(&path).expect("an input");
        // The panic has printed its message. Add the file that caused it.
        assert!(catch_unwind(AssertUnwindSafe(|| property(&input))).is_ok(), "{path:?} breaks the property");
    }
}

#[cfg(fuzzing)]
fn for_any_bytes(_target: &str, property: impl Fn(&[u8]) + Send + Sync + 'static) {
    libfuzzer::explore(Box::new(property));
}

/// Splits an input at its first `N - 1` newlines. Missing parts are empty.
fn split_lines<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut lines = input.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}

/// Whether a text is shown as one line by terminals and by programs that split lines.
fn is_one_line(message: &str) -> bool {
    let breaks = |c: char| c.is_control() || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}".contains(c);
    let turns = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    !message.is_empty() && !message.contains(|c| breaks(c) || turns(c))
}

fn reveals_secret(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().windows(SECRET.len()).any(|part| part == SECRET.as_bytes())
}
