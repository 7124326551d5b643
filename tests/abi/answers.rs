//! Which answers of the API count as success.
//!
//! The tests of all languages share one table of answers. The sandbox serves its rows: the session
//! that is named like a row gets that row's HTTP status and body.

use crate::host::{Call, Client};
use crate::sandbox::Sandbox;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrappers/answers.tsv");

#[test]
fn every_answer_in_the_table_gets_the_expected_status() {
    let sandbox = Sandbox::with(&["--answers", TABLE]);
    let client = Client::new(&sandbox.url);
    let table = std::fs::read_to_string(TABLE).unwrap();
    let (mut rows, mut wrong) = (0, vec![]);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        let [name, operation, http_status, expected, _body] = columns[..] else { panic!("{line}") };
        let call = Call::new().max_retries(0);
        let result = match operation {
            "pause" => client.pause_call(name, &call),
            "resume" => client.resume_call(name, &call),
            "list" => client.list(name, Some(&call)),
            "delete" => client.delete(name, "primary", &call),
            "request" => client.request("POST", format!("/v1/sessions/{name}/anything"), None, &call),
            other => panic!("{other}"),
        };
        let status = result.as_ref().err().map_or(0, |failure| failure.status);
        if status.to_string() != expected || call.http_status().to_string() != http_status {
            wrong.push(format!("{line}: {result:?}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 60, "{rows}");
}
