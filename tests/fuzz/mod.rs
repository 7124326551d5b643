//! What must hold whatever bytes come from outside: answers, headers, settings, ids, names of files.
//!
//! Each target takes bytes and states properties, judged by other means than the code uses. `cargo test` replays the
//! inputs that are kept for it; `make fuzz` has libFuzzer look for new ones.

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

/// As the API would write it, or a person.
const KEY: &str = "sk-canary/1";
/// No word of any message; inputs hold it where people put what nobody may see.
const SECRET: &str = "hunter2";

/// Runs a property on the inputs that are kept for a target.
#[cfg(not(fuzzing))]
fn for_any_bytes(target: &str, property: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/inputs").join(target);
    let kept: Vec<_> = fs::read_dir(&folder).expect("a folder of inputs").map(|entry| entry.expect("a file")).collect();
    assert!(!kept.is_empty(), "{folder:?} holds no input");
    for path in kept.iter().map(fs::DirEntry::path) {
        let input = fs::read(&path).expect("an input");
        // Its own message is printed by the panic; this one says where the input is.
        assert!(catch_unwind(AssertUnwindSafe(|| property(&input))).is_ok(), "{path:?} breaks it");
    }
}

#[cfg(fuzzing)]
fn for_any_bytes(_target: &str, property: impl Fn(&[u8]) + Send + Sync + 'static) {
    engine::explore(Box::new(property));
}

/// The parts of an input: what stands between the first line ends; the last part may hold more of them.
fn parts<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut lines = input.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}

/// Whether a person sees one line, in a terminal or where a program splits lines.
fn is_one_line(message: &str) -> bool {
    !message.is_empty() && !message.contains(|c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c))
}

/// Whether the secret stands in it.
fn tells(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().windows(SECRET.len()).any(|part| part == SECRET.as_bytes())
}
