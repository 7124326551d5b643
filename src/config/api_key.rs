//! The API key. No message ever shows it.

use http::header::HeaderValue;

use super::environment::{KEY_VARIABLE, variable};
use crate::error::Error;
use crate::redaction::Redactor;
use crate::sys::environment::is_trusted;

const MAX_KEY_BYTES: usize = 4096;

/// The key, and the words for it in advice.
pub fn from_argument_or_environment(given: Option<&[u8]>) -> Result<(HeaderValue, &'static str), Error> {
    if let Some(bytes) = given {
        // A wrapper may have read it from a variable.
        return Ok((checked_key("api_key", bytes)?, "the API key that the client was given"));
    }
    match variable(KEY_VARIABLE)? {
        Some(value) => Ok((checked_key(KEY_VARIABLE, value.as_bytes())?, KEY_VARIABLE)),
        None if is_trusted() => {
            Err(Error::argument("api_key", format_args!("is missing: pass one or set {KEY_VARIABLE}")))
        }
        None => Err(Error::argument(
            "api_key",
            "is missing: pass one; this is a set-user-id program, which reads no environment variables",
        )),
    }
}

/// Hides the key that was given, or that of the environment, whether or not it can be used.
pub fn redactor(given: Option<&[u8]>) -> Redactor {
    let key = match given {
        Some(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        None => variable(KEY_VARIABLE).ok().flatten(),
    };
    Redactor::new(key.unwrap_or_default().trim())
}

/// A key that can be sent in a header unchanged.
pub fn checked_key(name: &str, bytes: &[u8]) -> Result<HeaderValue, Error> {
    let refuse = |flaw: &str| Err(Error::argument(name, flaw));
    if bytes.is_empty() {
        return refuse("is empty: pass the key from the Anchor Browser dashboard");
    }
    if bytes.len() > MAX_KEY_BYTES {
        return refuse("is longer than 4096 bytes: pass the key alone");
    }
    if bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
        return refuse("ends with a newline: remove it");
    }
    if !bytes.iter().all(u8::is_ascii_graphic) {
        return refuse("contains a space, a control character or a character that is not ASCII: pass the key alone");
    }
    let mut key = HeaderValue::from_bytes(bytes)
        .map_err(|_| Error::argument(name, "cannot be sent in a header: pass the key alone"))?;
    key.set_sensitive(true);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_key_is_refused_and_not_shown() {
        let rows: [(&[u8], &str); 7] = [
            (b"", "is empty"),
            (b"sk-canary\n", "ends with a newline"),
            (b"sk-canary\r\n", "ends with a newline"),
            (b"sk canary", "contains a space"),
            (b"sk-canary\x01x", "contains a space, a control"),
            ("sk-canary-ü".as_bytes(), "not ASCII"),
            (&[b'k'; 4097], "longer than 4096"),
        ];
        for (key, reason) in rows {
            let message = checked_key("api_key", key).unwrap_err().message();
            assert!(message.starts_with("api_key ") && message.contains(reason), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
        assert!(checked_key("api_key", &[b'k'; 4096]).is_ok_and(|key| key.is_sensitive()));
    }
}
