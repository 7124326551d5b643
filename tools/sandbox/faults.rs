//! The faults by name, and the choice of the fault that applies to a request.

use axum::http::StatusCode;

use crate::download::{Manner, Ranges, Sending, USUAL, Validator};
use crate::state::Sessions;

/// The effect of a fault on a request. Only the first group executes the request and changes the
/// state.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Delay,
    Trickle,
    NoContent,
    AnswerThenReset,
    /// Applies to downloads only.
    Video(Manner),

    Refuse(StatusCode),
    RefuseWith(StatusCode, &'static str, &'static str),
    RefuseUntilDate,
    ProxyPage,
    Redirect(StatusCode),
    Html,
    Empty,
    Garbage,
    Array,
    ErrorIn200,
    Gzip,
    Long,
    Deep,
    Truncated,
    TruncatedChunk,
    Endless,
    Close,
    Reset,
    Stall,
}

#[derive(Debug)]
pub struct Fault {
    pub name: &'static str,
    pub act: Act,
    /// Only the first request fails.
    pub once: bool,
    /// The effects on later requests of a fault that happens once. The last one applies to all
    /// further requests.
    then: &'static [Act],
    pub does: &'static str,
}

/// The fault of one request.
#[derive(Clone, Copy, Debug)]
pub struct Met {
    pub name: &'static str,
    pub act: Act,
}

const fn always(name: &'static str, act: Act, does: &'static str) -> Fault {
    Fault { name, act, once: false, then: &[], does }
}

const fn once(name: &'static str, act: Act, does: &'static str) -> Fault {
    Fault { name, act, once: true, then: &[], does }
}

/// Cuts off the first download, and then applies these effects in turn.
const fn cut_once(name: &'static str, manner: Manner, then: &'static [Act], does: &'static str) -> Fault {
    Fault { name, act: Act::Video(Manner { sending: Sending::Cut, ..manner }), once: true, then, does }
}

const fn video(sending: Sending) -> Act {
    Act::Video(Manner { sending, ..USUAL })
}

const NO_TAG: Manner = Manner { validator: Validator::Missing, ..USUAL };
const WEAK_TAG: Manner = Manner { validator: Validator::WeakTagAndDate, ..USUAL };
const NO_RANGE: Manner = Manner { ranges: Ranges::Ignored, ..USUAL };
const WRONG_RANGE: Manner = Manner { ranges: Ranges::Wrong, ..USUAL };
const CHANGED: Manner = Manner { version: 2, ..USUAL };

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
const INTERNAL: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

#[rustfmt::skip]
pub const TABLE: &[Fault] = &[
    always("400", Act::Refuse(StatusCode::BAD_REQUEST), "400"),
    once("400-once-retry", Act::RefuseWith(StatusCode::BAD_REQUEST, "x-should-retry", "true"), "400 with x-should-retry: true, once"),
    always("401", Act::Refuse(StatusCode::UNAUTHORIZED), "401"),
    always("403", Act::Refuse(StatusCode::FORBIDDEN), "403"),
    always("404", Act::Refuse(StatusCode::NOT_FOUND), "404"),
    once("408-once", Act::Refuse(StatusCode::REQUEST_TIMEOUT), "408, once"),
    once("409-once", Act::Refuse(StatusCode::CONFLICT), "409, once"),
    always("422", Act::Refuse(StatusCode::UNPROCESSABLE_ENTITY), "422"),
    always("429", Act::RefuseWith(TOO_MANY, "retry-after", "1"), "429 with Retry-After: 1"),
    once("429-once", Act::RefuseWith(TOO_MANY, "retry-after", "1"), "429 with Retry-After: 1, once"),
    once("429-once-ms", Act::RefuseWith(TOO_MANY, "retry-after-ms", "300"), "429 with retry-after-ms: 300, once"),
    once("429-once-date", Act::RefuseUntilDate, "429 with Retry-After: the date 2 s ahead, once"),
    always("429-long", Act::RefuseWith(TOO_MANY, "retry-after", "3600"), "429 with Retry-After: 3600"),
    always("500", Act::Refuse(INTERNAL), "500"),
    once("500-once", Act::Refuse(INTERNAL), "500, once"),
    always("500-no-retry", Act::RefuseWith(INTERNAL, "x-should-retry", "false"), "500 with x-should-retry: false"),
    always("502-page", Act::ProxyPage, "502 with an HTML page, as from a proxy"),
    once("503-once", Act::RefuseWith(StatusCode::SERVICE_UNAVAILABLE, "retry-after", "0"), "503 with Retry-After: 0, once"),
    always("301", Act::Redirect(StatusCode::MOVED_PERMANENTLY), "301 redirect"),
    always("302", Act::Redirect(StatusCode::FOUND), "302 redirect"),
    always("303", Act::Redirect(StatusCode::SEE_OTHER), "303 redirect"),
    always("307", Act::Redirect(StatusCode::TEMPORARY_REDIRECT), "307 redirect"),
    always("308", Act::Redirect(StatusCode::PERMANENT_REDIRECT), "308 redirect"),
    always("html", Act::Html, "200 with a captive portal's HTML page"),
    always("empty", Act::Empty, "200 with Content-Length: 0"),
    always("no-content", Act::NoContent, "204; the request takes effect"),
    always("garbage", Act::Garbage, "200 with JSON that is not UTF-8"),
    always("array", Act::Array, "200 with the JSON []"),
    always("error-in-200", Act::ErrorIn200, "200 with the API's error body"),
    always("gzip", Act::Gzip, "200 with a gzip-compressed success"),
    always("long", Act::Long, "200 with a success of 2 MiB"),
    always("deep", Act::Deep, "200 with 100000 opening brackets"),
    always("truncated", Act::Truncated, "200 with half of the announced body, then closed"),
    always("truncated-chunk", Act::TruncatedChunk, "200 in chunks, closed before the last one"),
    always("close", Act::Close, "closes without an answer"),
    once("close-once", Act::Close, "closes without an answer, once"),
    always("reset", Act::Reset, "resets the connection without an answer"),
    once("reset-once", Act::Reset, "resets the connection without an answer, once"),
    always("delay", Act::Delay, "answers after 3 s; the request takes effect at once"),
    always("stall", Act::Stall, "never answers"),
    always("trickle", Act::Trickle, "200 with a body of about 600 bytes, one every 100 ms; the request takes effect"),
    always("endless", Act::Endless, "200 with a body that never ends"),
    always("answer-then-reset", Act::AnswerThenReset, "answers, takes effect, and resets the idle connection 10 ms later"),

    always("cut", video(Sending::Cut), "half of what is asked for, then closed"),
    once("cut-once", video(Sending::Cut), "half of what is asked for, then closed, once"),
    cut_once("no-etag-cut-once", NO_TAG, &[Act::Video(NO_TAG)], "always without an ETag; half, then closed, once"),
    cut_once("weak-etag-cut-once", WEAK_TAG, &[Act::Video(WEAK_TAG)], "always with a weak ETag and a Last-Modified; half, then closed, once"),
    cut_once("no-range-cut-once", NO_RANGE, &[Act::Video(NO_RANGE)], "always whole, as if ranges were unknown; half, then closed, once"),
    cut_once("changed-cut-once", USUAL, &[Act::Video(CHANGED)], "half, then closed, and another version ever after, once"),
    cut_once("wrong-range-cut-once", USUAL, &[Act::Video(WRONG_RANGE), Act::Video(USUAL)], "half, then closed, and next a range that begins one byte too late, once"),
    always("video-chunked", video(Sending::Chunked), "in chunks, without a length"),
    always("video-chunked-cut", video(Sending::ChunkedCut), "half of what is asked for in chunks, then closed"),
    always("video-slow", video(Sending::Slow), "64 KiB, but at most a sixteenth of the video, every 200 ms"),
    always("video-empty", video(Sending::Nothing), "200 with Content-Length: 0"),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|fault| fault.name)
}

pub fn by_name(name: &str) -> Result<&'static Fault, String> {
    let known = || names().collect::<Vec<_>>().join(", ");
    TABLE
        .iter()
        .find(|fault| fault.name == name)
        .ok_or_else(|| format!("unknown fault '{}'; known are: {}", name.escape_debug(), known()))
}

/// The list for `--help`.
pub fn help() -> String {
    let lines = |downloads| {
        let faults = TABLE.iter().filter(move |fault| fault.is_about_downloads() == downloads);
        faults.map(|fault| format!("\n  {:<20} {}", fault.name, fault.does)).collect::<String>()
    };
    format!("Faults:{}\n\nFaults of the download:{}", lines(false), lines(true))
}

/// Parses `[SESSION=]NAME`. A session id may contain `=`, a name cannot.
pub fn parse_argument(argument: &str) -> Result<(Option<String>, &'static Fault), String> {
    match argument.rsplit_once('=') {
        Some(("", _)) => Err(format!("no session before the = of '{}'", argument.escape_debug())),
        Some((session, name)) => Ok((Some(session.to_owned()), by_name(name)?)),
        None => Ok((None, by_name(argument)?)),
    }
}

/// The faults from the command line, each for one session or for all requests.
#[derive(Debug, Default)]
pub struct FaultPlan {
    entries: Vec<(Option<String>, &'static Fault)>,
}

impl FaultPlan {
    pub fn add(&mut self, session: Option<String>, fault: &'static Fault) {
        self.entries.push((session, fault));
    }

    /// The sessions that have a fault of their own.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(session, _)| session.as_deref())
    }

    /// The fault of a request: those of the session come before the general ones, and the first
    /// that is not spent applies.
    pub fn met_by(&self, session: Option<&str>, download: bool, sessions: &mut Sessions) -> Option<Met> {
        let own = self.entries.iter().filter(|(bound, _)| bound.is_some() && bound.as_deref() == session);
        let general = self.entries.iter().filter(|(bound, _)| bound.is_none());
        own.chain(general).find_map(|(bound, fault)| fault.met(bound.as_deref(), download, sessions))
    }
}

impl Fault {
    fn is_about_downloads(&self) -> bool {
        matches!(self.act, Act::Video(_))
    }

    /// The effect of the fault, which is counted for one session or for all. None if the fault is
    /// spent.
    pub fn met(&self, session: Option<&str>, download: bool, sessions: &mut Sessions) -> Option<Met> {
        if self.is_about_downloads() && !download {
            return None;
        }
        let before = if self.once { sessions.meet(session, self.name) } else { 0 };
        let act = match before.checked_sub(1) {
            None => self.act,
            Some(later) => *self.then.get(later).or(self.then.last())?,
        };
        Some(Met { name: self.name, act })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn parsed(argument: &str) -> Option<(Option<String>, &'static str)> {
        parse_argument(argument).ok().map(|(session, fault)| (session, fault.name))
    }

    fn met(plan: &FaultPlan, session: Option<&str>, sessions: &mut Sessions) -> Option<&'static str> {
        plan.met_by(session, false, sessions).map(|met| met.name)
    }

    fn plan(arguments: &[&str]) -> FaultPlan {
        let mut plan = FaultPlan::default();
        for (session, fault) in arguments.iter().filter_map(|argument| parse_argument(argument).ok()) {
            plan.add(session, fault);
        }
        plan
    }

    #[test]
    fn arguments() {
        assert_eq!(parsed("500"), Some((None, "500")));
        assert_eq!(parsed("a=500"), Some((Some("a".to_owned()), "500")));
        assert_eq!(parsed("a=b=close-once"), Some((Some("a=b".to_owned()), "close-once")));
        assert_eq!(parsed("a=unknown"), None);
        assert_eq!(parsed("a="), None);
        assert_eq!(parsed("=500"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn names_are_unique_and_say_once() {
        assert_eq!(names().collect::<BTreeSet<_>>().len(), TABLE.len());
        for fault in TABLE {
            assert_eq!(fault.once, fault.name.contains("-once"), "{}", fault.name);
            assert_eq!(fault.once, fault.does.ends_with(", once"), "{}", fault.name);
        }
    }

    #[test]
    fn a_sessions_own_fault_comes_first_and_is_counted_for_it() {
        let (plan, mut sessions) = (plan(&["a=500-once", "b=500-once", "401"]), Sessions::default());
        assert_eq!(met(&plan, Some("a"), &mut sessions), Some("500-once"));
        assert_eq!(met(&plan, Some("a"), &mut sessions), Some("401"));
        assert_eq!(met(&plan, Some("b"), &mut sessions), Some("500-once"));
        assert_eq!(met(&plan, None, &mut sessions), Some("401"));
    }

    #[test]
    fn general_faults_that_happen_once_are_counted_together() {
        let (plan, mut sessions) = (plan(&["500-once", "close-once"]), Sessions::default());
        assert_eq!(met(&plan, Some("a"), &mut sessions), Some("500-once"));
        assert_eq!(met(&plan, Some("b"), &mut sessions), Some("close-once"));
        assert_eq!(met(&plan, Some("a"), &mut sessions), None);
    }

    #[test]
    fn only_downloads_meet_and_spend_what_is_about_the_video() {
        let (plan, mut sessions) = (plan(&["a=cut-once", "401"]), Sessions::default());
        let mut name = |download| plan.met_by(Some("a"), download, &mut sessions).map(|met| met.name);
        assert_eq!(name(false), Some("401"));
        assert_eq!(name(true), Some("cut-once"));
        assert_eq!(name(true), Some("401"));
    }

    #[test]
    fn what_a_cut_leaves_behind_stays() {
        let (plan, mut sessions) = (plan(&["a=wrong-range-cut-once"]), Sessions::default());
        let mut manner = || match plan.met_by(Some("a"), true, &mut sessions)?.act {
            Act::Video(manner) => Some(manner),
            _ => None,
        };
        assert_eq!(manner(), Some(Manner { sending: Sending::Cut, ..USUAL }));
        assert_eq!(manner(), Some(WRONG_RANGE));
        assert_eq!(manner(), Some(USUAL));
        assert_eq!(manner(), Some(USUAL));
    }

    #[test]
    fn readme_lists_the_same_faults() {
        let readme = include_str!("README.md");
        let listed = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(listed.collect::<Vec<_>>(), names().collect::<Vec<_>>());
    }
}
