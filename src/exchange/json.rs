//! JSON, read only as far as it decides something.
//!
//! The syntax of the whole text is checked, but only the deciding fields are decoded. The rest may
//! contain values that a tree of values would reject: a lone surrogate (`"\ud83d"`, left over from
//! a truncated emoji), `1e400`, or a thousand nested arrays. Such a tree could also take a hundred
//! times the memory of its text.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value, kept as its text.
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a RawValue);

impl<'a> Json<'a> {
    /// Returns `None` if the text is not JSON.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        serde_json::from_str(std::str::from_utf8(text).ok()?).ok().map(Self)
    }

    pub fn is_null(self) -> bool {
        self.0.get() == "null"
    }

    pub fn is_array(self) -> bool {
        self.0.get().starts_with('[')
    }

    /// The fields with these names, or `None` if this is not an object.
    pub fn fields<const N: usize>(self, names: [&str; N]) -> Option<[Field<'a>; N]> {
        Fields(names).deserialize(&mut serde_json::Deserializer::from_str(self.0.get())).ok()
    }

    /// The values of an array, or `None` if this is not one.
    #[cfg(feature = "command")]
    pub fn items(self) -> Option<Vec<Self>> {
        let values: Vec<&RawValue> = serde_json::from_str(self.0.get()).ok()?;
        Some(values.into_iter().map(Self).collect())
    }

    #[cfg(feature = "command")]
    pub fn text(self) -> &'a str {
        self.0.get()
    }

    /// The characters of a string, or `None` if this is not a string or not valid Unicode.
    pub fn string(self) -> Option<String> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The characters of a string for a person to read. Invalid Unicode is replaced.
    pub fn readable(self) -> Option<String> {
        decoded(self.0.get())
    }
}

/// The characters of a string literal with invalid Unicode replaced, or `None` if it is not one.
pub fn decoded(literal: &str) -> Option<String> {
    let Bytes(bytes) = serde_json::from_str(literal).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned()))
}

/// Checks the syntax of a text. The error is the line and the column of the first fault.
pub fn check_syntax(text: &str) -> Result<(), (usize, usize)> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err((reason.line(), reason.column())),
    }
}

/// A field of an object. It may be missing or repeated.
#[derive(Clone, Copy, Default)]
pub struct Field<'a> {
    value: Option<Json<'a>>,
    pub is_repeated: bool,
}

impl<'a> Field<'a> {
    /// The first value that is not null.
    pub fn get(self) -> Option<Json<'a>> {
        self.value.filter(|value| !value.is_null())
    }

    fn add(&mut self, value: Json<'a>) {
        self.is_repeated = self.value.is_some();
        self.value = self.get().or(Some(value));
    }
}

/// Reads the fields with these names, and skips the others.
struct Fields<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Fields<'_, N> {
    type Value = [Field<'de>; N];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Fields<'_, N> {
    type Value = [Field<'de>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields = [Field::default(); N];
        while let Some(index) = entries.next_key_seed(Name(&self.0))? {
            match index.and_then(|index| fields.get_mut(index)) {
                Some(field) => field.add(Json(entries.next_value()?)),
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// Reads the name of a field and finds its index in the list of names.
struct Name<'n, const N: usize>(&'n [&'n str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Name<'_, N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<const N: usize> Visitor<'_> for Name<'_, N> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E>(self, found: &[u8]) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|name| name.as_bytes() == found))
    }
}

/// The characters of a string: UTF-8 that may include lone surrogates.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'a, const N: usize>(text: &'a str, names: [&str; N]) -> [Field<'a>; N] {
        Json::parse(text.as_bytes()).unwrap().fields(names).unwrap()
    }

    #[test]
    fn valid_json_is_accepted_even_if_its_values_cannot_be_decoded() {
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        for text in [r#""\ud83d""#, "1e400", r#"{"\ud83d":1,"a":-1e-9999}"#, &deep, " 7 ", "\"\u{7f}\""] {
            assert!(Json::parse(text.as_bytes()).is_some(), "{text}");
            assert_eq!(check_syntax(text), Ok(()), "{text}");
        }
        for text in ["", "[", "nul", "01", r#""\u12""#, "\"\n\"", "{} {}", "{1:2}", "NaN", r#"{"a":1,}"#] {
            assert!(Json::parse(text.as_bytes()).is_none(), "{text}");
            assert!(check_syntax(text).is_err(), "{text}");
        }
        assert!(Json::parse(b"\"\xff\"").is_none());
    }

    #[test]
    fn an_escaped_name_matches() {
        let text = r#"{"err\u006fr":1,"\ud83d":2,"Status":3,"status":"x","data":null}"#;
        let [error, data, status] = fields(text, ["error", "data", "status"]);
        assert!(error.get().is_some() && data.get().is_none());
        assert_eq!(status.get().and_then(Json::string).as_deref(), Some("x"));
        assert!(Json::parse(b"[]").unwrap().fields(["a"]).is_none());
    }

    #[test]
    fn a_repeated_field_is_marked_and_null_does_not_hide_a_value() {
        for text in [r#"{"error":{},"error":null}"#, r#"{"error":null,"error":{}}"#] {
            let [error] = fields(text, ["error"]);
            assert!(error.is_repeated && error.get().is_some(), "{text}");
        }
        let [error, status] = fields(r#"{"error":null,"error":null,"status":1}"#, ["error", "status"]);
        assert!(error.is_repeated && error.get().is_none() && !status.is_repeated);
    }

    #[test]
    fn strings_are_decoded_strictly_or_for_a_person() {
        let json = Json::parse(br#""a\ud83d""#).unwrap();
        assert_eq!((json.string(), json.readable().unwrap().starts_with('a')), (None, true));
        assert_eq!(Json::parse(b"7").unwrap().readable(), None);
    }
}
