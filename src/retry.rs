//! Which failures are tried again, and when.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, HeaderName, RETRY_AFTER};

use crate::error::Error;

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A server that asks for more is not obeyed; the usual pauses count instead.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A failed attempt.
pub struct Failure {
    pub error: Error,
    again: bool,
    nothing_was_done: bool,
    /// What the server asked for.
    after: Option<Duration>,
}

impl Failure {
    /// An attempt that has no answer.
    pub fn lost(error: Error) -> Self {
        let again = matches!(error, Error::ConnectFailed(_) | Error::ConnectionLost(_));
        let nothing_was_done = matches!(error, Error::ConnectFailed(_));
        Self { error, again, nothing_was_done, after: None }
    }

    /// An attempt that the next one may well make good, at once.
    pub fn again(error: Error) -> Self {
        Self { error, again: true, nothing_was_done: false, after: Some(Duration::ZERO) }
    }

    /// An attempt that was answered with something else than success.
    pub fn answered(error: Error, headers: &HeaderMap) -> Self {
        let by_status = matches!(error, Error::Api { http_status: 408 | 409 | 429 | 500..=599, .. });
        let is_asked = headers.get("x-should-retry").map(|value| value.as_bytes());
        let again = match is_asked {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => by_status,
        };
        let nothing_was_done = is_asked == Some(b"true") || matches!(error, Error::Api { http_status: 429, .. });
        let after = retry_after(headers, SystemTime::now()).filter(|asked| *asked <= LONGEST_RETRY_AFTER);
        Self { error, again, nothing_was_done, after }
    }

    /// Whether the server says that the request had no effect, or never got it: then any request may be repeated.
    pub fn nothing_was_done(&self) -> bool {
        self.nothing_was_done
    }

    /// How long to wait before the next attempt after `retries` of them; `None` if there must be none.
    pub fn pause(&self, retries: u32) -> Option<Duration> {
        if !self.again {
            return None;
        }
        Some(self.after.unwrap_or_else(|| jittered(doubled(retries))))
    }
}

fn doubled(retries: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(retries)).min(LONGEST_PAUSE)
}

/// Less up to a quarter, so that callers that failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let share = RandomState::new().hash_one(0) % 1024;
    pause.saturating_sub(pause.mul_f64(share as f64 / 4096.0))
}

/// How long the server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = |text: &str, unit: f64| Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok();
    let milliseconds = text(RETRY_AFTER_MS).and_then(|text| seconds(text, 0.001));
    milliseconds.or_else(|| {
        let text = text(RETRY_AFTER)?;
        let until = |date: SystemTime| date.duration_since(now).unwrap_or_default();
        seconds(text, 1.0).or_else(|| httpdate::parse_http_date(text).ok().map(until))
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::header::HeaderValue;

    use super::*;
    use crate::operation::Operation;

    fn headers(rows: &[(&'static str, &'static str)]) -> HeaderMap {
        rows.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_server_may_say_when() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let rows = [
            (vec![("retry-after", "2")], Some(2000)),
            (vec![("retry-after", "0.25")], Some(250)),
            (vec![("retry-after", "0")], Some(0)),
            (vec![("retry-after-ms", "300"), ("retry-after", "5")], Some(300)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")], Some(3000)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:30 GMT")], Some(0)),
            (vec![("retry-after", "60")], Some(60_000)),
            (vec![("retry-after", "3600")], Some(3_600_000)),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![("retry-after", "1e300")], None),
            (vec![("retry-after", "soon")], None),
            (vec![], None),
        ];
        for (given, expected) in rows {
            assert_eq!(retry_after(&headers(&given), now), expected.map(Duration::from_millis), "{given:?}");
        }
    }

    #[test]
    fn a_server_that_asks_for_more_than_a_minute_is_not_obeyed() {
        let error =
            || Error::Api { http_status: 429, operation: Operation::List { session: String::new() }, said: None };
        let pause = |seconds| Failure::answered(error(), &headers(&[("retry-after", seconds)])).pause(0);
        assert_eq!(pause("60"), Some(Duration::from_secs(60)));
        assert!(pause("61").is_some_and(|pause| pause <= FIRST_PAUSE));
    }

    #[test]
    fn pauses_double_up_to_eight_seconds_less_a_quarter_at_most() {
        let failure = Failure::lost(Error::ConnectionLost(String::new()));
        for (retries, most) in [(0, 500), (1, 1000), (2, 2000), (4, 8000), (5, 8000), (4_000_000_000, 8000)] {
            let pause = failure.pause(retries).unwrap().as_millis();
            assert!((most * 3 / 4..=most).contains(&pause), "{retries}: {pause}");
        }
    }

    #[test]
    fn what_is_tried_again() {
        let again = |http_status, given: &[(&'static str, &'static str)]| {
            let error = Error::Api { http_status, operation: Operation::List { session: String::new() }, said: None };
            Failure::answered(error, &headers(given)).pause(0).is_some()
        };
        for status in [408, 409, 429, 500, 502, 503, 599] {
            assert!(again(status, &[]), "{status}");
            assert!(!again(status, &[("x-should-retry", "false")]), "{status}");
        }
        for status in [300, 302, 400, 401, 403, 404, 410, 422] {
            assert!(!again(status, &[]), "{status}");
            assert!(again(status, &[("x-should-retry", "true")]), "{status}");
        }
        for error in [Error::TlsFailed(String::new()), Error::BadResponse(String::new())] {
            assert_eq!(Failure::lost(error).pause(0), None);
        }
    }
}
