//! Canned responses: a file gives the status and the body for the sessions that it lists.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use crate::responses::response;

/// For each session, the response to every request.
#[derive(Debug, Default)]
pub struct CannedResponses {
    by_session: HashMap<String, (StatusCode, Bytes)>,
}

impl CannedResponses {
    /// Reads lines of five tab-separated columns: session, operation, HTTP status, verdict and
    /// body.
    ///
    /// In the body, `%XX` is a byte. The operation and the verdict are for tests, which read the
    /// same file. Lines that begin with `#` are comments.
    pub fn read(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = fs::read_to_string(file)
            .map_err(|error| io::Error::other(format!("cannot read {}: {error}", file.display())))?;
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let by_session = rows.map(|line| {
            let invalid = || io::Error::other(format!("not five tab-separated columns with an HTTP status: {line}"));
            parse_row(line).ok_or_else(invalid)
        });
        Ok(Self { by_session: by_session.collect::<Result<_, _>>()? })
    }

    pub fn response(&self, session: &str) -> Option<Response> {
        let (status, body) = self.by_session.get(session)?;
        Some(response(*status, "application/json", body.clone()))
    }
}

fn parse_row(line: &str) -> Option<(String, (StatusCode, Bytes))> {
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
        let (session, (status, body)) = parse_row("a\tpause\t299\t8\t{\"x\":\"%FF\"}").unwrap_or_default();
        assert_eq!((session.as_str(), status.as_u16(), &body[..]), ("a", 299, &b"{\"x\":\"\xff\"}"[..]));
        assert!(parse_row("a\tpause\t204\t8\t").is_some_and(|(_, (_, body))| body.is_empty()));
        for line in ["", "a\tpause\t200\t8", "a\tpause\tx\t8\t{}", "a\tpause\t200\t8\t{}\t"] {
            assert!(parse_row(line).is_none(), "{line}");
        }
    }
}
