//! Which failures are retried, and after which delay.
//!
//! Connection failures, 408, 409, 429 and 5xx are transient. The server may overrule that by
//! `x-should-retry`, and may choose the delay by `retry-after-ms` or `Retry-After` up to a minute.
//! Otherwise the delays double from half a second to 8 seconds, less up to a quarter.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, HeaderName, RETRY_AFTER};

use crate::error::Error;

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const FIRST_DELAY: Duration = Duration::from_millis(500);
const LONGEST_DELAY: Duration = Duration::from_secs(8);
/// A longer request of the server is ignored in favour of the usual delay.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Some servers take a few requests on each connection, and refuse others that are on their way. That
/// many refusals in a row are usual there, and the next are a sign of overload.
const RESENDS_AT_ONCE: u32 = 64;
const FIRST_RESEND_DELAY: Duration = Duration::from_millis(10);
const LONGEST_RESEND_DELAY: Duration = Duration::from_millis(100);

/// A failed attempt.
pub struct Failure {
    pub error: Error,
    is_transient: bool,
    nothing_was_done: bool,
    /// The delay that the server asked for.
    requested_delay: Option<Duration>,
    /// Whether the next attempt asks for something else, so that it is no retry.
    begins_anew: bool,
}

impl Failure {
    /// An attempt without an answer.
    pub fn lost(error: Error) -> Self {
        let is_transient = matches!(error, Error::ConnectFailed(_) | Error::ConnectionLost(_));
        let nothing_was_done = matches!(error, Error::ConnectFailed(_));
        Self { error, is_transient, nothing_was_done, requested_delay: None, begins_anew: false }
    }

    /// This attempt, of a request that the server did not process.
    pub fn unprocessed(self) -> Self {
        Self { nothing_was_done: true, ..self }
    }

    /// An attempt that was not sent, and that would fail again.
    pub fn permanent(error: Error) -> Self {
        Self { error, is_transient: false, nothing_was_done: true, requested_delay: None, begins_anew: false }
    }

    /// An attempt that is worth repeating at once.
    pub fn retry_at_once(error: Error) -> Self {
        let requested_delay = Some(Duration::ZERO);
        Self { error, is_transient: true, nothing_was_done: false, requested_delay, begins_anew: false }
    }

    /// The rest of a video was asked for, and there is none. The next attempt asks for the whole.
    pub fn begin_anew(error: Error) -> Self {
        Self { begins_anew: true, ..Self::retry_at_once(error) }
    }

    /// An attempt whose answer was not a success.
    pub fn answered(error: Error, headers: &HeaderMap) -> Self {
        let is_transient_status = matches!(error, Error::Api { http_status: 408 | 409 | 429 | 500..=599, .. });
        let should_retry = headers.get("x-should-retry").map(|value| value.as_bytes());
        let is_transient = match should_retry {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => is_transient_status,
        };
        let nothing_was_done = should_retry == Some(b"true") || matches!(error, Error::Api { http_status: 429, .. });
        let requested_delay = retry_after(headers, SystemTime::now()).filter(|delay| *delay <= LONGEST_RETRY_AFTER);
        Self { error, is_transient, nothing_was_done, requested_delay, begins_anew: false }
    }

    /// Whether the request certainly had no effect, so that even one that is not repeatable may be
    /// retried.
    pub fn nothing_was_done(&self) -> bool {
        self.nothing_was_done
    }

    /// Whether the next attempt is no retry of this one, and follows however many retries are allowed.
    pub fn begins_anew(&self) -> bool {
        self.begins_anew
    }

    /// The delay before the next attempt after `retries` retries, or `None` if the failure is
    /// permanent.
    pub fn delay(&self, retries: u32) -> Option<Duration> {
        if !self.is_transient {
            return None;
        }
        Some(self.requested_delay.unwrap_or_else(|| jittered(doubled(FIRST_DELAY, retries).min(LONGEST_DELAY))))
    }
}

/// The delay before a request that was not processed is sent again, for the `number`th time.
pub fn resend_delay(number: u32) -> Option<Duration> {
    let late = number.checked_sub(RESENDS_AT_ONCE + 1)?;
    Some(doubled(FIRST_RESEND_DELAY, late).min(LONGEST_RESEND_DELAY))
}

fn doubled(delay: Duration, times: u32) -> Duration {
    delay.saturating_mul(2_u32.saturating_pow(times))
}

/// The delay, less up to a quarter, so that callers that failed together do not retry together.
fn jittered(delay: Duration) -> Duration {
    let share = RandomState::new().hash_one(0) % 1024;
    delay.saturating_sub(delay.mul_f64(share as f64 / 4096.0))
}

/// The delay that the server asks for: `retry-after-ms`, or `Retry-After` in seconds or as a date.
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
    fn the_server_may_choose_the_delay() {
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
    fn a_request_that_is_refused_often_waits() {
        let milliseconds = |number| resend_delay(number).map(|delay| delay.as_millis());
        assert_eq!(
            [1, 64, 65, 66, 68, 69, 100].map(milliseconds),
            [None, None, Some(10), Some(20), Some(80), Some(100), Some(100)]
        );
    }

    #[test]
    fn a_delay_of_more_than_a_minute_is_ignored() {
        let error = || Error::Api {
            http_status: 429,
            operation: Operation::List { session: String::new() },
            said: None,
            hints: Box::default(),
            kept: 0,
        };
        let delay = |seconds| Failure::answered(error(), &headers(&[("retry-after", seconds)])).delay(0);
        assert_eq!(delay("60"), Some(Duration::from_secs(60)));
        assert!(delay("61").is_some_and(|delay| delay <= FIRST_DELAY));
    }

    #[test]
    fn delays_double_up_to_eight_seconds_less_a_quarter_at_most() {
        let failure = Failure::lost(Error::ConnectionLost(String::new()));
        for (retries, most) in [(0, 500), (1, 1000), (2, 2000), (4, 8000), (5, 8000), (4_000_000_000, 8000)] {
            let delay = failure.delay(retries).unwrap().as_millis();
            assert!((most * 3 / 4..=most).contains(&delay), "{retries}: {delay}");
        }
    }

    #[test]
    fn only_transient_failures_are_retried() {
        let is_retried = |http_status, given: &[(&'static str, &'static str)]| {
            let error = Error::Api {
                http_status,
                operation: Operation::List { session: String::new() },
                said: None,
                hints: Box::default(),
                kept: 0,
            };
            Failure::answered(error, &headers(given)).delay(0).is_some()
        };
        for status in [408, 409, 429, 500, 502, 503, 599] {
            assert!(is_retried(status, &[]), "{status}");
            assert!(!is_retried(status, &[("x-should-retry", "false")]), "{status}");
        }
        for status in [300, 302, 400, 401, 403, 404, 410, 422] {
            assert!(!is_retried(status, &[]), "{status}");
            assert!(is_retried(status, &[("x-should-retry", "true")]), "{status}");
        }
        for error in [Error::TlsFailed(String::new()), Error::BadResponse(String::new())] {
            assert_eq!(Failure::lost(error).delay(0), None);
        }
    }
}
