//! Checks that several arguments share.

use std::str;
use std::time::Duration;

use crate::error::Error;

const MAX_TIMEOUT_MS: u64 = 24 * 60 * 60 * 1000;

/// A timeout in the range that every timer can represent.
pub fn checked_timeout(name: &str, milliseconds: u64) -> Result<Duration, Error> {
    match milliseconds {
        1..=MAX_TIMEOUT_MS => Ok(Duration::from_millis(milliseconds)),
        _ => {
            // What a negative number becomes on its way through C.
            let hint = if milliseconds > i64::MAX as u64 { " (a negative number?)" } else { "" };
            let range = format_args!("must be 1 to {MAX_TIMEOUT_MS} (a day), not {milliseconds}{hint}");
            Err(Error::argument(name, range))
        }
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
        for (wrong, end) in [
            (0, "not 0"),
            (86_400_001, "not 86400001"),
            (i64::MAX as u64, "not 9223372036854775807"),
            (-5_i64 as u64, "not 18446744073709551611 (a negative number?)"),
        ] {
            let message = checked_timeout("timeout_ms", wrong).unwrap_err().message();
            assert!(message.contains("1 to 86400000") && message.ends_with(end), "{message}");
        }
        assert_eq!(checked_timeout("timeout_ms", 86_400_000), Ok(Duration::from_secs(86_400)));
    }
}
