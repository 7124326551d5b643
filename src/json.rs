//! What of an answer's JSON decides: read whole and checked, but not kept.
//!
//! A tree of values can take a hundred times the memory of its text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value as far as it matters here.
pub enum Json {
    Null,
    Text(String),
    Object { error: Option<Box<Json>>, message: Option<Box<Json>> },
    Other,
}

impl Json {
    /// `None` if it is no JSON, or nested so deeply that no parser of the host's should have to meet it.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Its field `error`, if it is an object and has one that is not null.
    pub fn error(&self) -> Option<&Self> {
        match self {
            Self::Object { error, .. } => error.as_deref().filter(|error| !matches!(error, Self::Null)),
            _ => None,
        }
    }

    /// It, if it is a text, or else its field `message`.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object { message: Some(message), .. } => match message.as_ref() {
                Self::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        while items.next_element::<Json>()?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let (mut error, mut message) = (None, None);
        while let Some((name, value)) = fields.next_entry::<String, Json>()? {
            match name.as_str() {
                "error" => error = Some(Box::new(value)),
                "message" => message = Some(Box::new(value)),
                _ => {}
            }
        }
        Ok(Json::Object { error, message })
    }
}
