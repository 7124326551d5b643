//! The list of recordings as a table.

use indicatif::HumanBytes;

use crate::error::Error;
use crate::exchange::json::{Field, Json};

const COLUMNS: [&str; 6] = ["id", "is_primary", "duration", "size", "created_at", "status"];
const TITLES: [&str; 6] = ["ID", "PRIMARY", "DURATION", "SIZE", "CREATED_AT", "STATUS"];
const MISSING: &str = "-";

/// Formats the API's answer as a table with a header line.
pub fn of_recordings(answer: &str) -> Result<String, Error> {
    let items = Json::parse(answer.as_bytes()).and_then(items).ok_or_else(|| {
        Error::BadResponse("the answer holds no list of recordings: check that the base URL is the API's".into())
    })?;
    let row = |item: Json<'_>| {
        let mut fields = item.fields(COLUMNS).unwrap_or_default().into_iter();
        COLUMNS.map(|column| fields.next().and_then(Field::get).map_or(MISSING.into(), |value| cell(column, value)))
    };
    let rows: Vec<_> = items.into_iter().map(row).collect();
    // The specification of the API does not name the status, so the column may be missing.
    let has_status = rows.iter().any(|[.., status]| status != MISSING);
    let rows: Vec<_> = [TITLES.map(str::to_owned)].into_iter().chain(rows).map(Vec::from).collect();
    let columns = if has_status { TITLES.len() } else { TITLES.len() - 1 };
    Ok(aligned(&rows, columns))
}

/// The API nests its answers once or twice.
fn items(answer: Json<'_>) -> Option<Vec<Json<'_>>> {
    let [data] = answer.fields(["data"])?;
    let [items, inner] = data.get()?.fields(["items", "data"])?;
    let of_inner = || inner.get()?.fields(["items"])?.into_iter().find_map(|items| items.get()?.items());
    items.get().and_then(Json::items).or_else(of_inner)
}

/// The text of a cell. Control characters become spaces, because a terminal would obey them.
fn cell(column: &str, value: Json<'_>) -> String {
    let text = value.readable().unwrap_or_else(|| match value.text() {
        "true" => "yes".into(),
        "false" => "no".into(),
        text => match text.parse::<f64>() {
            Ok(bytes) if column == "size" && bytes.is_finite() => HumanBytes(bytes as u64).to_string(),
            _ => text.into(),
        },
    });
    text.replace(char::is_control, " ")
}

/// The first columns of the rows.
fn aligned(rows: &[Vec<String>], columns: usize) -> String {
    let mut widths = vec![0; columns];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &Vec<String>| {
        let padded: Vec<_> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        padded.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_nestings_and_any_type_of_field_are_formatted() {
        let items = r#"{"items":[
            {"id":"a","is_primary":true,"duration":"00:00:12","size":4096,"created_at":"2025-01-01T00:00:00Z"},
            {"id":"longer\u001b[2J","is_primary":false,"duration":12,"size":1e3},
            {"id":null,"size":"big","created_at":["\u0007"]},
            {"id":"\ud83d","size":1e400}, 7
        ]}"#;
        let expected = "\
ID          PRIMARY  DURATION  SIZE      CREATED_AT
a           yes      00:00:12  4.00 KiB  2025-01-01T00:00:00Z
longer [2J  no       12        1000 B    -
-           -        -         big       [\"\\u0007\"]
���         -        -         1e400     -
-           -        -         -         -";
        for answer in [format!(r#"{{"data":{items}}}"#), format!(r#"{{"data":{{"data":{items}}}}}"#)] {
            assert_eq!(of_recordings(&answer).unwrap(), expected);
        }
    }

    #[test]
    fn a_status_has_a_column() {
        let answer = r#"{"data":{"items":[{"id":"a","status":"paused"},{"id":"b"}]}}"#;
        let expected = "\
ID  PRIMARY  DURATION  SIZE  CREATED_AT  STATUS
a   -        -         -     -           paused
b   -        -         -     -           -";
        assert_eq!(of_recordings(answer).unwrap(), expected);
    }

    #[test]
    fn an_empty_list_is_a_header_line_and_a_missing_list_an_error() {
        assert_eq!(of_recordings(r#"{"data":{"items":[]}}"#).unwrap(), "ID  PRIMARY  DURATION  SIZE  CREATED_AT");
        for answer in ["", "[]", "{}", r#"{"data":null}"#, r#"{"data":{"items":{}}}"#] {
            assert!(matches!(of_recordings(answer), Err(Error::BadResponse(_))), "{answer}");
        }
    }
}
