//! Fuzz targets: properties that hold for any bytes from outside, in answers, headers, settings,
//! ids and file names.
//!
//! A target takes bytes and checks properties by other means than the code uses. `cargo test`
//! replays the inputs stored in `tests/fuzz/inputs`. `tests/fuzz/run.py` searches for new ones with
//! libFuzzer.

mod answers;
#[cfg(fuzzing)]
#[allow(unsafe_code)]
mod engine;
mod paths;
mod settings;

#[cfg(not(fuzzing))]
use std::fs;
#[cfg(not(fuzzing))]
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(not(fuzzing))]
use std::path::Path;

/// An API key.
const KEY: &str = "sk-canary/1";
/// A word that no message contains. Inputs hold it where users put secrets.
const SECRET: &str = "hunter2";

/// Checks a property of the inputs that are stored for a target.
#[cfg(not(fuzzing))]
fn for_any_bytes(target: &str, property: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/inputs").join(target);
    let kept: Vec<_> = fs::read_dir(&folder).expect("a folder of inputs").map(|entry| entry.expect("a file")).collect();
    assert!(!kept.is_empty(), "{folder:?} holds no input");
    for path in kept.iter().map(fs::DirEntry::path) {
        let input = fs::read(&path).expect("an input");
        // The panic prints its own message. This one names the input.
        assert!(catch_unwind(AssertUnwindSafe(|| property(&input))).is_ok(), "{path:?} breaks it");
    }
}

#[cfg(fuzzing)]
fn for_any_bytes(_target: &str, property: impl Fn(&[u8]) + Send + Sync + 'static) {
    engine::explore(Box::new(property));
}

/// Splits an input at its first line ends. The last part may contain more of them.
fn parts<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut lines = input.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}

/// Whether a terminal, or a program that splits lines, shows the message as one line.
fn is_one_line(message: &str) -> bool {
    !message.is_empty() && !message.contains(|c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c))
}

/// Whether the text contains the secret.
fn tells(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().windows(SECRET.len()).any(|part| part == SECRET.as_bytes())
}
