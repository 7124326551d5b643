//! Which answers count as success, for each operation.
//!
//! A secret depends on a pause, so its answer must confirm it: HTTP 200 with a JSON object that has
//! a string `status` under `data` or `data.data`. There must be no `error` at the same level or
//! above, none of these names may be repeated, and the `status` must not contradict the request.
//! The API's specification does not list the values of `status`: unknown words are accepted,
//! contrary ones are not. Any other answer counts as "not paused".

use http::StatusCode;

use super::json::{Field, Json};
use crate::operation::Operation;
use crate::text::{foreign, quoted};

/// The API nests its answers in `data` once or twice.
const MAX_LEVELS: usize = 3;

/// Why an answer with a status of 200 to 299 does not confirm the operation, or `None` if it does.
/// An empty body is `None`.
pub fn flaw(operation: &Operation, status: StatusCode, body: Option<Json<'_>>) -> Option<String> {
    let judged = match (operation, status) {
        (Operation::Request { .. }, StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT)
        | (Operation::Delete { .. }, StatusCode::NO_CONTENT)
            if body.is_none() =>
        {
            Ok(())
        }
        (_, StatusCode::OK) | (Operation::Request { .. }, _) => match body {
            Some(body) => check_body(operation, body),
            None => Err("the body is empty".into()),
        },
        _ => Err("only 200 confirms it".into()),
    };
    judged.err()
}

fn check_body(operation: &Operation, body: Json<'_>) -> Result<(), String> {
    match operation {
        Operation::Pause { .. } => confirmed(body, contradicts_pause),
        Operation::Resume { .. } => confirmed(body, contradicts_resume),
        Operation::List { .. } => check_list(body),
        Operation::Delete { .. } => levels(body).map(drop),
        // A connection has no answer.
        Operation::Request { .. } | Operation::Connect => match body.fields(["error"]) {
            Some([error]) => check_error(error),
            None => Ok(()),
        },
        Operation::Download { .. } => Err("the body is not a video".into()),
    }
}

fn confirmed(body: Json<'_>, contradicts: fn(&str) -> bool) -> Result<(), String> {
    let levels = levels(body)?;
    let mut is_confirmed = false;
    for status in levels.iter().skip(1).flatten().filter_map(|level| level.status.get()) {
        let Some(status) = status.string() else {
            if status.readable().is_some() {
                return Err("its status is not Unicode".into());
            }
            continue;
        };
        if contradicts(&status.trim().to_lowercase()) {
            return Err(format!("its status is {}", quoted(status)));
        }
        is_confirmed = true;
    }
    if is_confirmed { Ok(()) } else { Err("the body contains no status".into()) }
}

fn contradicts_pause(status: &str) -> bool {
    ["fail", "error", "resum", "unpaus"].iter().any(|word| contains(status, word))
        || ["recording", "active", "running", "started"].contains(&status)
}

fn contradicts_resume(status: &str) -> bool {
    ["fail", "error"].iter().any(|word| contains(status, word))
        || (contains(status, "paus") && !contains(status, "unpaus"))
}

/// Like `str::contains`, whose preparation costs more than this search in a short status.
fn contains(status: &str, word: &str) -> bool {
    status.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

fn check_list(body: Json<'_>) -> Result<(), String> {
    let is_list = |level: &Level<'_>| level.items.get().is_some_and(Json::is_array) && !level.items.is_repeated;
    match levels(body)?.iter().skip(1).flatten().any(is_list) {
        true => Ok(()),
        false => Err("the body contains no list of recordings".into()),
    }
}

/// The fields of an object that can decide, besides `data` and `error`.
struct Level<'a> {
    status: Field<'a>,
    items: Field<'a>,
}

/// The object and those nested in its `data`, unless one of them has an error or an ambiguous
/// field.
fn levels(body: Json<'_>) -> Result<[Option<Level<'_>>; MAX_LEVELS], String> {
    let mut levels = [const { None }; MAX_LEVELS];
    let mut next = Some(body);
    for level in &mut levels {
        let Some([data, error, status, items]) = next.and_then(|it| it.fields(["data", "error", "status", "items"]))
        else {
            break;
        };
        check_error(error)?;
        for (name, field) in [("data", data), ("error", error), ("status", status)] {
            if field.is_repeated {
                return Err(format!("it repeats {name:?}"));
            }
        }
        next = data.get();
        *level = Some(Level { status, items });
    }
    if levels[0].is_none() { Err("the body is not a JSON object".into()) } else { Ok(levels) }
}

fn check_error(error: Field<'_>) -> Result<(), String> {
    match error.get().map(error_text) {
        None => Ok(()),
        Some(Some(text)) => Err(format!("the body contains an error (the API says: {})", foreign(text))),
        Some(None) => Err("the body contains an error".into()),
    }
}

/// The API's explanation of an error: its text, or its `message`, which may be nested in another
/// `error`.
pub fn error_text(error: Json<'_>) -> Option<String> {
    error.readable().or_else(|| {
        let [inner, message] = error.fields(["error", "message"])?;
        match inner.get() {
            Some(inner) => inner.readable().or_else(|| message_of(inner)),
            None => message.get()?.readable(),
        }
    })
}

fn message_of(error: Json<'_>) -> Option<String> {
    let [message] = error.fields(["message"])?;
    message.get()?.readable()
}
