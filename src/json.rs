//! The parts of a JSON text that decide something.
//!
//! The whole text is checked to be JSON, but only what decides is read. The rest may hold what no value of a host can: a
//! lone surrogate (`"\ud83d"`, which a truncated emoji becomes), `1e400`, a thousand arrays in each other. A tree of
//! values would refuse these, and can take a hundred times the memory of its text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value, known by its text.
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a RawValue);

impl<'a> Json<'a> {
    /// `None` if the text is not JSON.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        serde_json::from_str(std::str::from_utf8(text).ok()?).ok().map(Self)
    }

    pub fn is_null(self) -> bool {
        self.0.get() == "null"
    }

    pub fn is_array(self) -> bool {
        self.0.get().starts_with('[')
    }

    /// The fields that can decide; `None` if this is not an object.
    pub fn fields(self) -> Option<Fields<'a>> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The characters of a string; `None` if this is not a string, or one that is not Unicode.
    pub fn string(self) -> Option<String> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The characters of a string for a person to read, with a replacement for what is not Unicode.
    pub fn readable(self) -> Option<String> {
        decoded(self.0.get())
    }
}

/// The characters of a string literal, with a replacement for what is not Unicode; `None` if it is no string literal.
pub fn decoded(literal: &str) -> Option<String> {
    let Bytes(bytes) = serde_json::from_str(literal).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned()))
}

/// How far the syntax of a text is right: the line and column of the first fault.
pub fn check_syntax(text: &str) -> Result<(), (usize, usize)> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err((reason.line(), reason.column())),
    }
}

/// The fields of an object that can decide.
#[derive(Default)]
pub struct Fields<'a> {
    pub data: Field<'a>,
    pub error: Field<'a>,
    pub items: Field<'a>,
    pub message: Field<'a>,
    pub status: Field<'a>,
}

/// A field of an object, which may be missing or be there more than once.
#[derive(Default)]
pub struct Field<'a> {
    value: Option<Json<'a>>,
    pub is_repeated: bool,
}

impl<'a> Field<'a> {
    /// The first value that is not null.
    pub fn get(&self) -> Option<Json<'a>> {
        self.value.filter(|value| !value.is_null())
    }

    fn add(&mut self, value: Json<'a>) {
        self.is_repeated = self.value.is_some();
        self.value = self.get().or(Some(value));
    }
}

impl<'a> Fields<'a> {
    fn named(&mut self, name: &[u8]) -> Option<&mut Field<'a>> {
        match name {
            b"data" => Some(&mut self.data),
            b"error" => Some(&mut self.error),
            b"items" => Some(&mut self.items),
            b"message" => Some(&mut self.message),
            b"status" => Some(&mut self.status),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(Bytes(name)) = entries.next_key()? {
                    match fields.named(&name) {
                        Some(field) => field.add(Json(entries.next_value()?)),
                        None => drop(entries.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// The characters of a string: UTF-8, but for lone surrogates.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
                Ok(Bytes(text.as_bytes().to_vec()))
            }
        }

        deserializer.deserialize_bytes(Reader).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields<'_> {
        Json::parse(text.as_bytes()).unwrap().fields().unwrap()
    }

    #[test]
    fn what_no_value_of_a_host_can_hold_is_json() {
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
    fn names_count_however_they_are_spelt() {
        let found = fields(r#"{"err\u006fr":1,"\ud83d":2,"Status":3,"status":"x","data":null}"#);
        assert!(found.error.get().is_some() && found.data.get().is_none());
        assert_eq!(found.status.get().and_then(Json::string).as_deref(), Some("x"));
    }

    #[test]
    fn a_repeated_field_is_known_as_such_and_null_hides_nothing() {
        for text in [r#"{"error":{},"error":null}"#, r#"{"error":null,"error":{}}"#] {
            let found = fields(text);
            assert!(found.error.is_repeated && found.error.get().is_some(), "{text}");
        }
        let found = fields(r#"{"error":null,"error":null,"status":1}"#);
        assert!(found.error.is_repeated && found.error.get().is_none() && !found.status.is_repeated);
    }

    #[test]
    fn strings_are_read_strictly_or_for_a_person() {
        let json = Json::parse(br#""a\ud83d""#).unwrap();
        assert_eq!((json.string(), json.readable().unwrap().starts_with('a')), (None, true));
        assert_eq!(Json::parse(b"7").unwrap().readable(), None);
    }
}
