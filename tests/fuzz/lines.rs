//! The filter through which messages and log lines leave the library.

use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{env, iter};

use super::{for_any_bytes, is_one_line, split_lines};
use crate::redaction::{MIN_KEY_BYTES, Redactor};
use crate::text::{Line, foreign};

const MAX_BYTES: usize = 1000;
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Input: a key, and on the next lines a text.
#[test]
fn line() {
    for_any_bytes("line", |input: &[u8]| {
        let [key, text] = split_lines(input).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        if (MIN_KEY_BYTES..=4096).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            check(&key, &text, &text);
            check(&key, &foreign(text.clone()), &text);
        }
    });
}

/// Random keys and texts. A failure prints the seed that repeats it.
#[cfg(not(fuzzing))]
#[test]
fn random_lines() {
    let seed = env::var("ANCHOR_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    for number in (0..if seed.is_some() { 1 } else { 300 }).map(|number| first.wrapping_add(number)) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut random = Random(number);
            let key = random.key();
            let pieces: Vec<_> = (0..random.below(12)).map(|_| random.piece(&key)).collect();
            let plain = pieces.concat();
            let marked = pieces.into_iter().map(|piece| if random.below(2) == 0 { foreign(piece) } else { piece });
            check(&key, &marked.collect::<String>(), &plain);
        }));
        assert!(result.is_ok(), "ANCHOR_SEED={number} cargo test --lib random_lines");
    }
}

/// Checks the line of `text`, which is `plain` except for marks of foreign parts.
fn check(key: &str, text: &str, plain: &str) {
    let redactor = Redactor::new(key);
    let line = Line::new(text, &redactor).into_string();
    assert!(line.is_empty() || is_one_line(&line), "{key:?}: {line:?}");
    assert!(line.len() <= MAX_BYTES, "{} bytes: {line:?}", line.len());
    for form in forms(key) {
        assert!(!contains(&line, &form), "{key:?} as {form:?} in {line:?}");
    }
    assert_eq!(Line::new(&line, &redactor).into_string(), line, "not the same when it is filtered again");
    let has_key =
        plain.contains(['%', '\\', '\u{fdd0}', '\u{fdd1}']) || forms(key).iter().any(|form| contains(plain, form));
    if text == plain && is_one_line(plain) && plain.len() <= MAX_BYTES && !has_key {
        assert_eq!(line, plain, "{key:?} is not in it");
    }
}

/// Case does not matter, except in Base64, where it only makes the test stricter.
fn contains(text: &str, form: &str) -> bool {
    text.to_ascii_lowercase().contains(&form.to_ascii_lowercase())
}

/// The key in the forms that can be listed, without the code that looks for them.
fn forms(key: &str) -> Vec<String> {
    let each = |spell: fn(u8) -> String| key.bytes().map(spell).collect::<String>();
    let mut forms = vec![
        key.to_owned(),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02x}") }),
        each(|byte| format!("%25{byte:02x}")),
        each(|byte| format!("\\u{byte:04x}")),
        serde_json::to_string(key).unwrap().trim_matches('"').to_owned(),
        format!("{key:?}").trim_matches('"').to_owned(),
    ];
    // The quotes of these two are not those of the key.
    forms.retain(|form| form.len() >= key.len());
    forms.extend((0..3).map(|before| base64_of(key, before)));
    forms
}

/// The characters of Base64 that the key alone decides, behind so many other bytes.
fn base64_of(key: &str, before: usize) -> String {
    let bits: Vec<_> = key.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let skipped = [0, 4, 2][before];
    let number = |bits: &[u8]| bits.iter().fold(0, |number, bit| number * 2 + usize::from(*bit));
    bits[skipped..].chunks_exact(6).map(|bits| char::from(STANDARD[number(bits)])).collect()
}

/// A small generator, so that a seed means the same texts on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let characters: Vec<_> = alphabet.chars().collect();
        iter::repeat_with(|| characters[self.below(characters.len())]).take(length).collect()
    }

    fn key(&mut self) -> String {
        let alphabets = ["abcXYZ019", r#"a"\/%+'[]{}ux"#, "0123456789abcdef%", r"\u0041", "k", "+/=-_Aa", "[api key]"];
        let alphabet = alphabets[self.below(alphabets.len())].replace(' ', "");
        let length = MIN_KEY_BYTES + [0, 1, 2, 35, 35, 300, 4090][self.below(7).min(self.below(20))];
        self.text(&alphabet, length)
    }

    fn piece(&mut self, key: &str) -> String {
        let length = self.below(40);
        match self.below(12) {
            0 => self.text("\n\r\t\0\u{7f}\u{85}\u{2028}\u{202e}\u{2069} x", length),
            1 => self.text("漢ü€😀 ", length * 20),
            2 => self.text(r#"%25\u00"/'{}x41 "#, length),
            3 => key.get(..self.below(key.len())).unwrap_or_default().to_owned(),
            4 => key.get(self.below(key.len())..).unwrap_or_default().to_owned(),
            5 => "\u{fdd0}\u{fdd1}\u{fdd0} [api key] ... ".to_owned(),
            6 => self.text("word and more ", length * 60),
            7 | 8 => key.to_owned(),
            9 => {
                let whole = format!("{}{key}{}", self.text("ab:", length % 7), self.text("xyz", length % 5));
                let encoded = base64_of(&format!("{whole}\0\0\0"), 0);
                if self.below(2) == 0 { encoded } else { encoded.replace('+', "-").replace('/', "_") }
            }
            _ => key.bytes().map(|byte| self.spelling(byte)).collect(),
        }
    }

    /// One byte of the key in one of its spellings.
    fn spelling(&mut self, byte: u8) -> String {
        let character = char::from(byte);
        match self.below(9) {
            0 => format!("%{byte:02X}"),
            1 => format!("%{byte:02x}"),
            2 => format!("%25{byte:02X}"),
            3 => format!("\\u{byte:04x}"),
            4 => format!("\\u{{{byte:x}}}"),
            5 => format!("\\x{byte:02x}"),
            6 if b"\"/'\\".contains(&byte) => format!("\\{character}"),
            7 => character.to_ascii_uppercase().into(),
            _ => character.into(),
        }
    }
}
