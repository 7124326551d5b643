//! Hiding the API key in a text, in every form in which it can stand there.
//!
//! | form | the key `k"7/+z` |
//! |---|---|
//! | as it is, in any case | `k"7/+z`, `K"7/+Z` |
//! | percent-encoded, wholly or in part, once or more often | `k%227%2F%2bz`, `%6b%22%37%2f%2b%7a`, `k%25227/+z` |
//! | escaped as in JSON or by `{:?}`, once or more often | `k\"7\/+z`, `\u006b\u00227/\u002Bz`, `k\\\"7/+z`, `k\u{22}7/+z` |
//! | in Base64 of either alphabet, after any other bytes | `ayI3Lyt6`, `czprIjcvK3o=`, `YXBpOmsiNy8rego` |
//!
//! The forms may be mixed. A short key is a word that any text may contain, and it is not hidden.

/// A shorter key is not hidden: that would garble the message, and show the key by what is missing.
pub(crate) const MIN_KEY_BYTES: usize = 6;
const MARK: &str = "[api key]";
/// Each level of quoting doubles the backslashes and adds one, or adds a "25" after the "%".
const MAX_BACKSLASHES: usize = 7;
const MAX_PERCENTS: usize = 3;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Hides one API key.
#[derive(Default)]
pub struct Redactor {
    /// Empty if there is nothing to hide.
    key: Box<[u8]>,
    mark: String,
    /// Whether a form of the key can begin with a byte.
    starts: Box<[bool]>,
    /// What stands at the first two places of each form.
    begins: [[Either; 2]; FORMS.len()],
}

/// The bytes of which one stands at a place of a form.
type Either = [u8; 2];

#[derive(Clone, Copy)]
enum Form {
    Plain,
    /// The bits at the start of the key whose character depends on the byte before the key too.
    Base64 {
        skipped_bits: usize,
    },
}

const FORMS: [Form; 4] =
    [Form::Plain, Form::Base64 { skipped_bits: 0 }, Form::Base64 { skipped_bits: 4 }, Form::Base64 { skipped_bits: 2 }];

impl Redactor {
    pub fn new(key: &str) -> Self {
        if key.len() < MIN_KEY_BYTES {
            return Self::default();
        }
        let mark = if overlaps_with_mark(key) { format!(" {MARK} ") } else { MARK.into() };
        let mut redactor =
            Self { key: key.as_bytes().into(), mark, starts: [false; 256].into(), begins: Default::default() };
        redactor.begins = FORMS.map(|form| [0, 1].map(|index| redactor.unit(form, index).unwrap_or_default()));
        let firsts = redactor.begins.into_iter().flat_map(|[first, _]| first);
        for first in firsts.chain(*b"%\\").collect::<Vec<_>>() {
            if let Some(can_begin) = redactor.starts.get_mut(usize::from(first)) {
                *can_begin = true;
            }
        }
        redactor
    }

    /// Whether the text contains the key.
    pub fn is_in(&self, text: &str) -> bool {
        self.next(text.as_bytes(), 0).is_some()
    }

    /// The text without the key.
    pub fn hide(&self, text: String) -> String {
        let (mut shown, mut copied) = (String::new(), 0);
        while let Some((begin, end)) = self.next(text.as_bytes(), copied) {
            shown += text.get(copied..begin).unwrap_or_default();
            shown += &self.mark;
            copied = end;
        }
        if copied == 0 { text } else { shown + text.get(copied..).unwrap_or_default() }
    }

    /// Where the key next stands in the text, from `from` on.
    fn next(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        // No form is shorter than the key.
        while let Some(rest) = text.get(at..).filter(|rest| rest.len() >= self.key.len()) {
            at += rest.iter().position(|byte| self.may_begin(*byte))?;
            let found = |form| self.end(text, at, form).map(|end| self.whole(text, (at, end), form, from));
            let likely = FORMS.into_iter().zip(self.begins).filter(|(_, begin)| may_be(*begin, text.get(at..)));
            let longest = likely.filter_map(|(form, _)| found(form)).max_by_key(|(_, end)| *end);
            if longest.is_some() {
                return longest;
            }
            at += 1;
        }
        None
    }

    fn may_begin(&self, byte: u8) -> bool {
        self.starts.get(usize::from(byte)).is_some_and(|can_begin| *can_begin)
    }

    /// Where the form of the key ends that begins at `at`.
    fn end(&self, text: &[u8], at: usize, form: Form) -> Option<usize> {
        let rest = text.get(at..)?;
        if matches!(form, Form::Base64 { .. }) && rest.starts_with(b"\\") {
            return None;
        }
        for (index, byte) in rest.iter().enumerate() {
            match self.unit(form, index) {
                None => return Some(at + index),
                Some(unit) if unit.contains(byte) => {}
                // Without an escape so far, no other spelling can match.
                Some(_) if !rest.iter().take(index + 1).any(is_escape) => return None,
                Some(_) => return self.end_of_escaped(text, at, form),
            }
        }
        // The text ends before the form does, unless escapes are what made it look longer.
        self.end_of_escaped(text, at, form)
    }

    fn end_of_escaped(&self, text: &[u8], at: usize, form: Form) -> Option<usize> {
        let mut ends = vec![];
        spellings(text, at, self.unit(form, 0)?, |end| ends.push(end));
        for index in 1.. {
            let Some(unit) = self.unit(form, index) else { break };
            for end in std::mem::take(&mut ends) {
                spellings(text, end, unit, |end| ends.push(end));
            }
            if ends.is_empty() {
                break;
            }
            ends.sort_unstable();
            ends.dedup();
        }
        ends.last().copied()
    }

    /// What stands at a place of a form, or `None` behind its end.
    fn unit(&self, form: Form, index: usize) -> Option<Either> {
        match form {
            Form::Plain => self.key.get(index).map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]),
            Form::Base64 { skipped_bits } => {
                let bit = skipped_bits + 6 * index;
                let (first, second) = (*self.key.get(bit / 8)?, self.key.get(bit / 8 + 1).copied());
                if bit % 8 > 2 && second.is_none() {
                    return None;
                }
                let bits = u16::from_be_bytes([first, second.unwrap_or_default()]);
                let number = usize::from(bits << (bit % 8) >> 10);
                Some([*STANDARD.get(number)?, *URL_SAFE.get(number)?])
            }
        }
    }

    /// Adds the characters of Base64 that hold some bits of the key, and the padding.
    fn whole(&self, text: &[u8], (begin, end): (usize, usize), form: Form, from: usize) -> (usize, usize) {
        let Form::Base64 { skipped_bits } = form else { return (begin, end) };
        let is_digit = |at: usize| text.get(at).is_some_and(|byte| STANDARD.contains(byte) || URL_SAFE.contains(byte));
        let begin = begin.checked_sub(1).filter(|at| skipped_bits > 0 && *at >= from && is_digit(*at)).unwrap_or(begin);
        let left_bits = (8 * self.key.len() - skipped_bits) % 6;
        let end = if left_bits > 0 && is_digit(end) { end + 1 } else { end };
        let padding = text.get(end..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
        (begin, end + padding)
    }
}

/// Whether the text may begin with a form of the key. Two bytes rule out most texts.
fn may_be([first, second]: [Either; 2], text: Option<&[u8]>) -> bool {
    match text {
        Some([here, next, ..]) => is_escape(here) || first.contains(here) && (is_escape(next) || second.contains(next)),
        _ => false,
    }
}

/// Whether the mark and its neighbours could together be the key. A key contains no blank.
fn overlaps_with_mark(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let is_split = |at: usize| {
        let (before, behind) = MARK.split_at_checked(at).unwrap_or_default();
        key.ends_with(before) || key.starts_with(behind)
    };
    (1..MARK.len()).any(is_split)
}

/// Finds the ends of all spellings of one byte at `at`: as itself, escaped or percent-encoded.
fn spellings(text: &[u8], at: usize, unit: Either, mut found: impl FnMut(usize)) {
    let rest = text.get(at..).unwrap_or_default();
    let backslashes = rest.iter().take(MAX_BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    if unit.contains(&b'\\') {
        (1..=backslashes).for_each(|count| found(at + count));
    }
    let rest = rest.get(backslashes..).unwrap_or_default();
    let mut check = |byte: Option<u8>, length: usize| {
        if byte.is_some_and(|byte| unit.contains(&byte)) {
            found(at + backslashes + length);
        }
    };
    check(rest.first().copied(), 1);
    match rest {
        [b'u', b'0', b'0', high, low, ..] if backslashes > 0 => check(hex(*high, *low), 5),
        [b'u', b'{', high, low, b'}', ..] if backslashes > 0 => check(hex(*high, *low), 5),
        [b'x', high, low, ..] if backslashes > 0 => check(hex(*high, *low), 3),
        [b'%', digits @ ..] => {
            for (pairs, pair) in digits.chunks(2).enumerate().take(1 + MAX_PERCENTS) {
                if let [high, low] = pair {
                    check(hex(*high, *low), 3 + 2 * pairs);
                }
                if pair != b"25" {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn is_escape(byte: &u8) -> bool {
    matches!(byte, b'%' | b'\\')
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-Q\"7/+z\\%9";

    #[test]
    fn every_form_of_the_key_is_hidden() {
        let rows = [
            ("plain", r#"<sk-Q"7/+z\%9>"#, "<[api key]>"),
            ("in another case, as in a host", r#"<SK-q"7/+Z\%9>"#, "<[api key]>"),
            ("percent-encoded where a path needs it", "<sk-Q%227%2F%2Bz%5C%259>", "<[api key]>"),
            ("percent-encoded with small digits", "<sk-Q%227%2f%2bz%5c%259>", "<[api key]>"),
            ("percent-encoded as a whole", "<%73%6b%2D%51%22%37%2F%2b%7a%5C%25%39>", "<[api key]>"),
            ("percent-encoded twice", "<sk-Q%25227%252F%252Bz%255C%25259>", "<[api key]>"),
            ("escaped in JSON", r#"<sk-Q\"7/+z\\%9>"#, "<[api key]>"),
            ("escaped in JSON, with slashes", r#"<sk-Q\"7\/+z\\%9>"#, "<[api key]>"),
            (
                "escaped in JSON as a whole",
                r"<\u0073\u006B\u002d\u0051\u0022\u0037\u002F\u002b\u007a\u005c\u0025\u0039>",
                "<[api key]>",
            ),
            ("JSON in JSON", r#"<sk-Q\\\"7\\/+z\\\\%9>"#, "<[api key]>"),
            ("quoted by {:?} in JSON in JSON", r#"<sk-Q\\\\\\\"7/+z\\\\%9>"#, "<[api key]>"),
            ("escaped by {:?}", r"<sk-Q\u{22}7/+z\\%9>", "<[api key]>"),
            ("escaped as bytes", r"<sk\x2dQ\x227/+z\x5C%9>", "<[api key]>"),
            ("several of them at once", r"<\u0073k%2DQ\x227%252f+z\\%259>", "<[api key]>"),
            ("Base64", "<c2stUSI3Lyt6XCU5>", "<[api key]>"),
            ("Base64 behind a name and a colon", "<dXNlcjpzay1RIjcvK3pcJTk=>", "<dXNlcj[api key]>"),
            ("Base64 behind two bytes, before others", "<YWJzay1RIjcvK3pcJTl4eHh4>", "<YW[api key]4eHh4>"),
            ("Base64 of the other alphabet", "<eHg_c2stUSI3Lyt6XCU5>", "<eHg_[api key]>"),
            ("Base64 in a URL", "<c2stUSI3Lyt6XCU5%3D>", "<[api key]%3D>"),
            ("twice", r#"sk-Q"7/+z\%9sk-Q"7/+z\%9"#, "[api key][api key]"),
            ("without its end", r#"<sk-Q"7/+z\%>"#, r#"<sk-Q"7/+z\%>"#),
            ("without its beginning", r#"<k-Q"7/+z\%9>"#, r#"<k-Q"7/+z\%9>"#),
            ("nothing", "", ""),
        ];
        let redactor = Redactor::new(KEY);
        for (form, text, shown) in rows {
            assert_eq!(redactor.hide(text.into()), shown, "{form}");
            assert_eq!(redactor.is_in(text), text != shown, "{form}");
        }
    }

    #[test]
    fn both_alphabets_of_base64_are_found_at_every_position() {
        let redactor = Redactor::new("sk-???~~~key");
        for (text, shown) in [
            ("c2stPz8/fn5+a2V5", "[api key]"),
            ("c2stPz8_fn5-a2V5", "[api key]"),
            ("c2stPz8%2Ffn5%2ba2V5", "[api key]"),
            ("YTpzay0/Pz9+fn5rZXk=", "YT[api key]"),
            ("YTpzay0_Pz9-fn5rZXk=", "YT[api key]"),
            ("Ojpzay0_Pz9-fn5rZXk6Og==", "Oj[api key]6Og=="),
            ("OnNrLT8/P35+fmtleQ==", "O[api key]"),
            ("OnNrLT8_P35-fmtleTo=", "O[api key]o="),
        ] {
            assert_eq!(redactor.hide(text.into()), shown, "{text}");
        }
    }

    #[test]
    fn a_short_key_is_a_word_and_stays() {
        for (key, text, shown) in [
            ("", "text", "text"),
            ("check", "check ANCHORBROWSER_API_KEY", "check ANCHORBROWSER_API_KEY"),
            ("check6", "check6 a", "[api key] a"),
        ] {
            assert_eq!(Redactor::new(key).hide(text.into()), shown);
        }
    }

    #[test]
    fn the_mark_and_its_neighbours_are_not_the_key() {
        for key in ["]]]]]]", "key]key]", "abc[api", "KEY]abc", "[[[[[["] {
            let redactor = Redactor::new(key);
            let shown = redactor.hide(format!("{key}{key}{key}"));
            assert!(shown.contains(MARK) && !redactor.is_in(&shown), "{shown}");
        }
    }
}
