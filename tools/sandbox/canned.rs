//! Canned answers: a file maps sessions to HTTP statuses and bodies.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use crate::answers::response;

/// The answer to every request for one session.
#[derive(Debug, Default)]
pub struct CannedAnswers {
    by_session: HashMap<String, (StatusCode, Bytes)>,
}

impl CannedAnswers {
    /// Reads lines of five columns separated by tabs: the session, the operation that a test
    /// performs, the HTTP status, the result that the test expects, and the body, in which %XX is a
    /// byte. Lines that begin with # are comments.
    pub fn read(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = fs::read_to_string(file)
            .map_err(|error| io::Error::other(format!("cannot read {}: {error}", file.display())))?;
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let by_session = rows.map(|line| row(line).ok_or_else(|| io::Error::other(format!("not a row: {line}"))));
        Ok(Self { by_session: by_session.collect::<Result<_, _>>()? })
    }

    pub fn response(&self, session: &str) -> Option<Response> {
        let (status, body) = self.by_session.get(session)?;
        Some(response(*status, "application/json", body.clone()))
    }
}

fn row(line: &str) -> Option<(String, (StatusCode, Bytes))> {
    let columns: Vec<_> = line.split('\t').collect();
    let [session, _operation, status, _verdict, body] = columns[..] else { return None };
    let body: Vec<u8> = percent_decode_str(body).collect();
    Some((session.to_owned(), (StatusCode::from_bytes(status.as_bytes()).ok()?, body.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_five_columns() {
        let (session, (status, body)) = row("a\tpause\t299\t8\t{\"x\":\"%FF\"}").unwrap_or_default();
        assert_eq!((session.as_str(), status.as_u16(), &body[..]), ("a", 299, &b"{\"x\":\"\xff\"}"[..]));
        assert!(row("a\tpause\t204\t8\t").is_some_and(|(_, (_, body))| body.is_empty()));
        for line in ["", "a\tpause\t200\t8", "a\tpause\tx\t8\t{}", "a\tpause\t200\t8\t{}\t"] {
            assert!(row(line).is_none(), "{line}");
        }
    }
}
