//! Checks that several arguments share.

use std::str;
use std::time::Duration;

use crate::error::Error;

const MAX_TIMEOUT_MS: u64 = 24 * 60 * 60 * 1000;

/// A timeout in the range that every timer can represent.
pub fn checked_timeout(name: &str, milliseconds: u64) -> Result<Duration, Error> {
    match milliseconds {
        1..=MAX_TIMEOUT_MS => Ok(Duration::from_millis(milliseconds)),
        _ => Err(Error::argument(name, format_args!("must be 1 to {MAX_TIMEOUT_MS} (a day), not {milliseconds}"))),
    }
}

/// The text of an argument.
pub fn checked_utf8<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|_| Error::argument(name, "is not UTF-8: pass text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_one_millisecond_to_a_day() {
        for wrong in [0, 86_400_001, u64::MAX] {
            assert!(checked_timeout("timeout_ms", wrong).unwrap_err().message().contains("1 to 86400000"));
        }
        assert_eq!(checked_timeout("timeout_ms", 86_400_000), Ok(Duration::from_secs(86_400)));
    }
}
