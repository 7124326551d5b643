//! Which answers count as success, for each operation.
//!
//! Pausing is what a secret depends on, so an answer has to say that it was done: HTTP 200 with a JSON object that holds a
//! string `status` under `data` or `data.data`, no `error` beside or above it, none of these names twice, and a `status`
//! that does not contradict what was asked. The API's specification gives no list of values, so unknown words are
//! accepted and contrary ones are not. All else is treated as if it had not been paused.

use http::StatusCode;

use crate::json::{Field, Fields, Json};
use crate::operation::Operation;

/// The API nests its answers in `data` once or twice.
const MAX_NESTING: usize = 2;
const NOT_AN_OBJECT: &str = "the body is not a JSON object";

/// Why an answer of 200 to 299 is not what the API answers when it has done what was asked; `None` if it is. `body` is
/// `None` for an empty one.
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
        Operation::Request { .. } => match body.fields() {
            Some(fields) if fields.error.get().is_some() => Err(held_error(&fields)),
            _ => Ok(()),
        },
        Operation::Download { .. } => Err("the body is not a video".into()),
    }
}

fn confirmed(body: Json<'_>, contradicts: fn(&str) -> bool) -> Result<(), String> {
    let levels = levels(body)?;
    let statuses = levels.iter().skip(1).filter_map(|level| level.status.get()?.string());
    let mut is_confirmed = false;
    for status in statuses {
        if contradicts(&status.trim().to_lowercase()) {
            return Err(format!("its status is {status:?}"));
        }
        is_confirmed = true;
    }
    if is_confirmed { Ok(()) } else { Err("the body holds no status".into()) }
}

fn contradicts_pause(status: &str) -> bool {
    ["fail", "error", "resum", "unpaus"].iter().any(|word| status.contains(word))
        || ["recording", "active", "running", "started"].contains(&status)
}

fn contradicts_resume(status: &str) -> bool {
    ["fail", "error"].iter().any(|word| status.contains(word))
        || (status.contains("paus") && !status.contains("unpaus"))
}

fn check_list(body: Json<'_>) -> Result<(), String> {
    let is_list = |level: &Fields<'_>| level.items.get().is_some_and(Json::is_array) && !level.items.is_repeated;
    match levels(body)?.iter().skip(1).any(is_list) {
        true => Ok(()),
        false => Err("the body holds no list of recordings".into()),
    }
}

/// The object and those in its `data`, if none of them holds an error or leaves open which value of a name counts.
fn levels(body: Json<'_>) -> Result<Vec<Fields<'_>>, String> {
    let mut levels = vec![];
    let mut next = Some(body.fields().ok_or(NOT_AN_OBJECT)?);
    while let Some(level) = next.take() {
        if level.error.get().is_some() {
            return Err(held_error(&level));
        }
        let repeated =
            |(name, field): (&str, &Field<'_>)| field.is_repeated.then(|| format!("it names {name:?} twice"));
        let deciding = [("data", &level.data), ("error", &level.error), ("status", &level.status)];
        if let Some(flaw) = deciding.into_iter().find_map(repeated) {
            return Err(flaw);
        }
        if levels.len() < MAX_NESTING {
            next = level.data.get().and_then(Json::fields);
        }
        levels.push(level);
    }
    Ok(levels)
}

fn held_error(level: &Fields<'_>) -> String {
    match error_text(level) {
        Some(text) => format!("the body holds an error (the API says: {text})"),
        None => "the body holds an error".into(),
    }
}

/// The API's own words: `error` stands once or twice around its message, or is itself the message.
pub fn error_text(level: &Fields<'_>) -> Option<String> {
    let error = level.error.get()?;
    let Some(fields) = error.fields() else { return error.readable() };
    match fields.error.get() {
        Some(inner) => inner.readable().or_else(|| inner.fields()?.message.get()?.readable()),
        None => fields.message.get()?.readable(),
    }
}
