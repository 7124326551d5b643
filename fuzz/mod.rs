//! What must hold whatever bytes come from outside: answers, headers, settings, ids, names of files.
//!
//! Each target takes bytes and states properties, judged by other means than the code uses. `cargo test` replays the
//! inputs that `__fuzz__` keeps for it and tries random ones; `make fuzz` has libFuzzer look for new ones.

mod answers;
mod paths;
mod settings;

/// As the API would write it, or a person.
const KEY: &str = "sk-canary/1";
/// No word of any message; inputs hold it where people put what nobody may see.
const SECRET: &str = "hunter2";

/// Runs a property on the kept inputs of a target and on some random ones.
macro_rules! for_any_bytes {
    ($name:literal, $property:expr) => {{
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/__fuzz__/", $name, "/corpus");
        assert!(std::fs::read_dir(kept).is_ok_and(|mut inputs| inputs.next().is_some()), "{kept} holds no input");
        // A property that fails ends the test: nobody sees what it left half done.
        let property = std::panic::AssertUnwindSafe($property);
        bolero::check!(name = $name).with_iterations(500).for_each(move |input: &[u8]| {
            let property = &property;
            (property.0)(input)
        })
    }};
}
use for_any_bytes;

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
