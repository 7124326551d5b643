//! The table of faults, and the choice of the fault that a request meets.
//!
//! A fault has a name, an effect and a description, which `--help` and README.md show. Most faults
//! apply to every request. The ones with `-once` in their name apply to the first request, counted
//! for each session or, if the fault was given without a session, for all requests together. Faults
//! of downloads apply, and are counted, only for downloads. `resume:NAME` limits a fault to one
//! operation in the same way.

use axum::http::StatusCode;

use crate::download::{Delivery, NORMAL, Ranges, Transfer, Validator};
use crate::routes::Operation;
use crate::state::Sessions;

/// What a fault does to a request. The first group handles the request normally too, so that it
/// changes the state.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    Delay,
    Trickle,
    NoContent,
    RespondThenReset,
    /// Applies only to downloads.
    Download(Delivery),

    Status(StatusCode),
    StatusWithHeader(StatusCode, &'static str, &'static str),
    RetryAfterDate,
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
    pub effect: Effect,
    /// Applies only to the first request.
    pub once: bool,
    /// For a once-only fault, the effects on later requests. The last one stays.
    afterwards: &'static [Effect],
    pub description: &'static str,
}

/// The fault of one request.
#[derive(Clone, Copy, Debug)]
pub struct ActiveFault {
    pub name: &'static str,
    pub effect: Effect,
}

const fn always(name: &'static str, effect: Effect, description: &'static str) -> Fault {
    Fault { name, effect, once: false, afterwards: &[], description }
}

const fn once(name: &'static str, effect: Effect, description: &'static str) -> Fault {
    Fault { name, effect, once: true, afterwards: &[], description }
}

/// Cuts the first download, and has the given effects on later ones.
const fn cut_once(
    name: &'static str,
    delivery: Delivery,
    afterwards: &'static [Effect],
    description: &'static str,
) -> Fault {
    Fault {
        name,
        effect: Effect::Download(Delivery { transfer: Transfer::Cut, ..delivery }),
        once: true,
        afterwards,
        description,
    }
}

const fn video(transfer: Transfer) -> Effect {
    Effect::Download(Delivery { transfer, ..NORMAL })
}

const NO_TAG: Delivery = Delivery { validator: Validator::Missing, ..NORMAL };
const WEAK_TAG: Delivery = Delivery { validator: Validator::WeakTagAndDate, ..NORMAL };
const NO_RANGE: Delivery = Delivery { ranges: Ranges::Ignored, ..NORMAL };
const WRONG_RANGE: Delivery = Delivery { ranges: Ranges::Wrong, ..NORMAL };
const CHANGED: Delivery = Delivery { version: 2, ..NORMAL };

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
const INTERNAL: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

#[rustfmt::skip]
pub const TABLE: &[Fault] = &[
    always("400", Effect::Status(StatusCode::BAD_REQUEST), "400"),
    once("400-once-retry", Effect::StatusWithHeader(StatusCode::BAD_REQUEST, "x-should-retry", "true"), "400 with x-should-retry: true, once"),
    always("401", Effect::Status(StatusCode::UNAUTHORIZED), "401"),
    always("403", Effect::Status(StatusCode::FORBIDDEN), "403"),
    always("404", Effect::Status(StatusCode::NOT_FOUND), "404"),
    once("408-once", Effect::Status(StatusCode::REQUEST_TIMEOUT), "408, once"),
    once("409-once", Effect::Status(StatusCode::CONFLICT), "409, once"),
    always("422", Effect::Status(StatusCode::UNPROCESSABLE_ENTITY), "422"),
    always("429", Effect::StatusWithHeader(TOO_MANY, "retry-after", "1"), "429 with Retry-After: 1"),
    once("429-once", Effect::StatusWithHeader(TOO_MANY, "retry-after", "1"), "429 with Retry-After: 1, once"),
    once("429-once-ms", Effect::StatusWithHeader(TOO_MANY, "retry-after-ms", "300"), "429 with retry-after-ms: 300, once"),
    once("429-once-date", Effect::RetryAfterDate, "429 with Retry-After as a date 2 s ahead, once"),
    always("429-long", Effect::StatusWithHeader(TOO_MANY, "retry-after", "3600"), "429 with Retry-After: 3600"),
    always("500", Effect::Status(INTERNAL), "500"),
    once("500-once", Effect::Status(INTERNAL), "500, once"),
    always("500-no-retry", Effect::StatusWithHeader(INTERNAL, "x-should-retry", "false"), "500 with x-should-retry: false"),
    always("502-page", Effect::ProxyPage, "502 with an HTML page, as from a proxy"),
    once("503-once", Effect::StatusWithHeader(StatusCode::SERVICE_UNAVAILABLE, "retry-after", "0"), "503 with Retry-After: 0, once"),
    always("301", Effect::Redirect(StatusCode::MOVED_PERMANENTLY), "301 redirect"),
    always("302", Effect::Redirect(StatusCode::FOUND), "302 redirect"),
    always("303", Effect::Redirect(StatusCode::SEE_OTHER), "303 redirect"),
    always("307", Effect::Redirect(StatusCode::TEMPORARY_REDIRECT), "307 redirect"),
    always("308", Effect::Redirect(StatusCode::PERMANENT_REDIRECT), "308 redirect"),
    always("html", Effect::Html, "200 with the HTML page of a captive portal"),
    always("empty", Effect::Empty, "200 with Content-Length: 0"),
    always("no-content", Effect::NoContent, "204; the request takes effect"),
    always("garbage", Effect::Garbage, "200 with JSON that is not UTF-8"),
    always("array", Effect::Array, "200 with the JSON []"),
    always("error-in-200", Effect::ErrorIn200, "200 with an error body of the API"),
    always("gzip", Effect::Gzip, "200 with a gzip-compressed success body"),
    always("long", Effect::Long, "200 with a success body of 2 MiB"),
    always("deep", Effect::Deep, "200 with 100,000 opening brackets"),
    always("truncated", Effect::Truncated, "200 with half of the announced body, then closes the connection"),
    always("truncated-chunk", Effect::TruncatedChunk, "200 in chunks, and closes the connection before the last chunk"),
    always("close", Effect::Close, "closes the connection without a response"),
    once("close-once", Effect::Close, "closes the connection without a response, once"),
    always("reset", Effect::Reset, "resets the connection without a response"),
    once("reset-once", Effect::Reset, "resets the connection without a response, once"),
    always("delay", Effect::Delay, "responds after 3 s; the request takes effect at once"),
    always("stall", Effect::Stall, "never responds"),
    always("trickle", Effect::Trickle, "200 with a body of about 600 bytes, one byte every 100 ms; the request takes effect"),
    always("endless", Effect::Endless, "200 with a body that never ends"),
    always("answer-then-reset", Effect::RespondThenReset, "responds, takes effect, and resets the idle connection 10 ms later"),

    always("cut", video(Transfer::Cut), "half of the requested bytes, then closes the connection"),
    once("cut-once", video(Transfer::Cut), "half of the requested bytes, then closes the connection, once"),
    cut_once("no-etag-cut-once", NO_TAG, &[Effect::Download(NO_TAG)], "never an ETag; half, then closes the connection, once"),
    cut_once("weak-etag-cut-once", WEAK_TAG, &[Effect::Download(WEAK_TAG)], "always a weak ETag and a Last-Modified; half, then closes the connection, once"),
    cut_once("no-range-cut-once", NO_RANGE, &[Effect::Download(NO_RANGE)], "always the whole video, ignoring ranges; half, then closes the connection, once"),
    cut_once("changed-cut-once", NORMAL, &[Effect::Download(CHANGED)], "half, then closes the connection, and serves another version from then on, once"),
    cut_once("wrong-range-cut-once", NORMAL, &[Effect::Download(WRONG_RANGE), Effect::Download(NORMAL)], "half, then closes the connection, and the next range begins one byte too late, once"),
    always("video-chunked", video(Transfer::Chunked), "in chunks, without a Content-Length"),
    always("video-chunked-cut", video(Transfer::ChunkedCut), "half of the requested bytes in chunks, then closes the connection"),
    always("video-slow", video(Transfer::Slow), "every 200 ms 64 KiB, or a sixteenth of the video if that is less"),
    always("video-empty", video(Transfer::Empty), "200 with Content-Length: 0"),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|fault| fault.name)
}

fn by_name(name: &str) -> Result<&'static Fault, String> {
    let known = || names().collect::<Vec<_>>().join(", ");
    TABLE
        .iter()
        .find(|fault| fault.name == name)
        .ok_or_else(|| format!("unknown fault '{}'; the known faults are {}", name.escape_debug(), known()))
}

/// The end of `--help`: the list of faults and an example.
pub fn help() -> String {
    let lines = |downloads| {
        let faults = TABLE.iter().filter(move |fault| fault.is_for_downloads() == downloads);
        faults.map(|fault| format!("\n  {:<20} {}", fault.name, fault.description)).collect::<String>()
    };
    format!(
        "Faults, for --fault or the request header x-sandbox-fault. A fault with -once in its name applies\n\
         to the first request only, counted for each session or, without a session, for all requests.\n\
         pause:NAME and resume:NAME let only that operation fail.{}\n\nFaults of downloads (GET .../recordings/primary/fetch):{}\n\n\
         Example:\n  sandbox --port 8080 --session demo --fault demo=500-once --fault demo=resume:500",
        lines(false),
        lines(true)
    )
}

/// A fault, for all requests or for one operation only.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub only: Option<Operation>,
    pub fault: &'static Fault,
}

impl Choice {
    /// Parses `[OPERATION:]NAME`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((operation, name)) = text.split_once(':') else {
            return Ok(Self { only: None, fault: by_name(text)? });
        };
        let fault = by_name(name)?;
        let only = Operation::by_name(operation)
            .ok_or_else(|| format!("before the : must be pause or resume, not '{}'", operation.escape_debug()))?;
        if fault.is_for_downloads() {
            return Err(format!("'{name}' applies only to downloads: leave out {operation}:"));
        }
        Ok(Self { only: Some(only), fault })
    }

    /// Applies the fault to a request, counted for the session or for all. Returns `None` if the
    /// fault is for other operations, or is spent.
    pub fn apply(&self, session: Option<&str>, operation: Operation, sessions: &mut Sessions) -> Option<ActiveFault> {
        let Self { only, fault } = *self;
        let other_operation = only.is_some_and(|only| only != operation);
        if other_operation || fault.is_for_downloads() && operation != Operation::Download {
            return None;
        }
        let earlier = if fault.once { sessions.count_fault(session, only, fault.name) } else { 0 };
        let effect = match earlier.checked_sub(1) {
            None => fault.effect,
            Some(index) => *fault.afterwards.get(index).or(fault.afterwards.last())?,
        };
        Some(ActiveFault { name: fault.name, effect })
    }
}

/// Parses `[SESSION=][OPERATION:]NAME`. A session id may contain `=` and `:`, and a name does not.
pub fn parse_argument(argument: &str) -> Result<(Option<String>, Choice), String> {
    let Some((session, choice)) = argument.rsplit_once('=') else {
        return Ok((None, Choice::parse(argument)?));
    };
    if session.is_empty() {
        return Err(format!("no session id before the = in '{}'", argument.escape_debug()));
    }
    let choice = Choice::parse(choice)?;
    if Operation::by_name(session).is_some() {
        return Err(format!("'{session}' is an operation and not a session: write {session}:{}", choice.fault.name));
    }
    Ok((Some(session.to_owned()), choice))
}

/// The faults from the command line, each for one session or for all requests.
#[derive(Debug, Default)]
pub struct FaultPlan {
    entries: Vec<(Option<String>, Choice)>,
}

impl FaultPlan {
    pub fn add(&mut self, session: Option<String>, choice: Choice) {
        self.entries.push((session, choice));
    }

    /// The sessions that have their own fault.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(session, _)| session.as_deref())
    }

    /// The fault of a request: the session's own faults come before the general ones, and the first
    /// unspent one applies.
    pub fn select(&self, session: Option<&str>, operation: Operation, sessions: &mut Sessions) -> Option<ActiveFault> {
        let own = self.entries.iter().filter(|(bound, _)| bound.is_some() && bound.as_deref() == session);
        let general = self.entries.iter().filter(|(bound, _)| bound.is_none());
        own.chain(general).find_map(|(bound, choice)| choice.apply(bound.as_deref(), operation, sessions))
    }
}

impl Fault {
    fn is_for_downloads(&self) -> bool {
        matches!(self.effect, Effect::Download(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn parsed(argument: &str) -> Option<(Option<String>, &'static str)> {
        parse_argument(argument).ok().map(|(session, choice)| (session, choice.fault.name))
    }

    fn next_name(plan: &FaultPlan, session: Option<&str>, sessions: &mut Sessions) -> Option<&'static str> {
        plan.select(session, Operation::Pause, sessions).map(|active| active.name)
    }

    fn plan(arguments: &[&str]) -> FaultPlan {
        let mut plan = FaultPlan::default();
        for (session, choice) in arguments.iter().filter_map(|argument| parse_argument(argument).ok()) {
            plan.add(session, choice);
        }
        plan
    }

    #[test]
    fn an_argument_is_a_name_or_a_session_and_a_name() {
        assert_eq!(parsed("500"), Some((None, "500")));
        assert_eq!(parsed("a=500"), Some((Some("a".to_owned()), "500")));
        assert_eq!(parsed("a=b=close-once"), Some((Some("a=b".to_owned()), "close-once")));
        assert_eq!(parsed("resume:500"), Some((None, "500")));
        assert_eq!(parsed("a:b=resume:500"), Some((Some("a:b".to_owned()), "500")));
        assert_eq!(parsed("a=unknown"), None);
        assert_eq!(parsed("a="), None);
        assert_eq!(parsed("=500"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn names_are_unique_and_mark_once_only_faults() {
        assert_eq!(names().collect::<BTreeSet<_>>().len(), TABLE.len());
        for fault in TABLE {
            assert_eq!(fault.once, fault.name.contains("-once"), "{}", fault.name);
            assert_eq!(fault.once, fault.description.ends_with(", once"), "{}", fault.name);
        }
    }

    #[test]
    fn a_sessions_own_fault_comes_first_and_is_counted_for_the_session() {
        let (plan, mut sessions) = (plan(&["a=500-once", "b=500-once", "401"]), Sessions::default());
        assert_eq!(next_name(&plan, Some("a"), &mut sessions), Some("500-once"));
        assert_eq!(next_name(&plan, Some("a"), &mut sessions), Some("401"));
        assert_eq!(next_name(&plan, Some("b"), &mut sessions), Some("500-once"));
        assert_eq!(next_name(&plan, None, &mut sessions), Some("401"));
    }

    #[test]
    fn a_general_once_only_fault_is_counted_for_all_requests_together() {
        let (plan, mut sessions) = (plan(&["500-once", "close-once"]), Sessions::default());
        assert_eq!(next_name(&plan, Some("a"), &mut sessions), Some("500-once"));
        assert_eq!(next_name(&plan, Some("b"), &mut sessions), Some("close-once"));
        assert_eq!(next_name(&plan, Some("a"), &mut sessions), None);
    }

    #[test]
    fn download_faults_apply_to_and_are_spent_by_downloads_only() {
        let (plan, mut sessions) = (plan(&["a=cut-once", "401"]), Sessions::default());
        let mut name = |operation| plan.select(Some("a"), operation, &mut sessions).map(|active| active.name);
        assert_eq!(name(Operation::Pause), Some("401"));
        assert_eq!(name(Operation::Download), Some("cut-once"));
        assert_eq!(name(Operation::Download), Some("401"));
    }

    #[test]
    fn a_fault_of_one_operation_applies_to_and_is_spent_by_that_operation_only() {
        let (plan, mut sessions) = (plan(&["a=resume:500-once", "a=pause:500-once"]), Sessions::default());
        let mut name = |operation| plan.select(Some("a"), operation, &mut sessions).map(|active| active.name);
        assert_eq!(name(Operation::Other), None);
        assert_eq!(name(Operation::Pause), Some("500-once"));
        assert_eq!(name(Operation::Resume), Some("500-once"));
        assert_eq!(name(Operation::Resume), None);
    }

    #[test]
    fn a_fault_that_could_never_act_is_refused() {
        let message = |argument| parse_argument(argument).err().unwrap_or_default();
        assert_eq!(message("resume=500"), "'resume' is an operation and not a session: write resume:500");
        assert_eq!(message("a=resume:cut"), "'cut' applies only to downloads: leave out resume:");
        assert_eq!(message("list:500"), "before the : must be pause or resume, not 'list'");
        assert!(message("resume:600").starts_with("unknown fault '600'; the known faults are 400, "));
    }

    #[test]
    fn the_last_effect_after_a_cut_stays() {
        let (plan, mut sessions) = (plan(&["a=wrong-range-cut-once"]), Sessions::default());
        let mut delivery = || match plan.select(Some("a"), Operation::Download, &mut sessions)?.effect {
            Effect::Download(delivery) => Some(delivery),
            _ => None,
        };
        assert_eq!(delivery(), Some(Delivery { transfer: Transfer::Cut, ..NORMAL }));
        assert_eq!(delivery(), Some(WRONG_RANGE));
        assert_eq!(delivery(), Some(NORMAL));
        assert_eq!(delivery(), Some(NORMAL));
    }

    #[test]
    fn the_readme_lists_the_same_faults() {
        let readme = include_str!("README.md");
        let listed = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(listed.collect::<Vec<_>>(), names().collect::<Vec<_>>());
    }
}
