//! The table of faults that the tests in C, C++ and Rust share: the status that each operation
//! returns when the sandbox plays a fault.

use std::fs;
use std::net::TcpListener;

use crate::folder::Folder;
use crate::host::{Call, Client, Options, Outcome, expect_failure};
use crate::sandbox::Sandbox;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrappers/faults.tsv");
/// The columns after the session and the HTTP status.
const OPERATIONS: [&str; 6] = ["pause", "resume", "list", "download", "delete", "request"];
/// The table never has fewer rows.
const FEWEST_ROWS: usize = 28;

/// A row of the table, for one operation.
pub struct Fault {
    pub session: String,
    /// 0 if the session is not answered.
    pub http_status: i32,
    pub status: i32,
}

/// Reads the rows of the table for an operation.
pub fn faults(operation: &str) -> Vec<Fault> {
    let column = OPERATIONS.iter().position(|name| *name == operation).unwrap() + 2;
    let table = fs::read_to_string(TABLE).unwrap();
    let mut rows = vec![];
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        assert_eq!(columns.len(), OPERATIONS.len() + 2, "{line}");
        let (http_status, status) = (columns[1].parse().unwrap(), columns[column].parse().unwrap());
        rows.push(Fault { session: columns[0].to_owned(), http_status, status });
    }
    assert!(rows.len() >= FEWEST_ROWS, "{}", rows.len());
    rows
}

fn make(operation: &str, client: &Client, session: &str, folder: &Folder, call: &Call) -> Outcome {
    match operation {
        "pause" => client.pause_call(session, call),
        "resume" => client.resume_call(session, call),
        "list" => client.list(session, Some(call)),
        "download" => client.download(session, folder.file("video.mp4"), call),
        "delete" => client.delete(session, "primary", call),
        "request" => client.request("GET", format!("/v1/sessions/{session}/recordings"), None, call),
        other => panic!("{other}"),
    }
}

/// 3 is ANCHOR_CONNECT_FAILED, and 4 is ANCHOR_TLS_FAILED.
#[test]
fn each_operation_says_that_nothing_was_sent_if_there_was_no_connection() {
    let (untrusted, folder) = (Sandbox::with(&["--tls"]), Folder::new());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = [format!("http://{closed}"), format!("https://{closed}"), "http://name.invalid".to_owned()];
    let rows = refused.into_iter().map(|url| (url, 3)).chain([(untrusted.url.clone(), 4)]);
    for (url, status) in rows {
        for (operation, retries) in OPERATIONS.into_iter().flat_map(|operation| [(operation, 0), (operation, 1)]) {
            let client = Options::for_url(&url).max_retries(retries).client().unwrap();
            let failure = expect_failure(make(operation, &client, "abc", &folder, &Call::new()));
            let message = &failure.message;
            assert_eq!(failure.status, status, "{operation}, {url}: {message}");
            assert!(message.contains("nothing was sent"), "{operation}, {url}: {message}");
        }
    }
}

#[test]
fn each_operation_returns_the_status_of_the_fault() {
    for operation in OPERATIONS {
        let (sandbox, folder) = (Sandbox::start(), Folder::new());
        let client = Options::new().base_url(sandbox.url.as_str()).max_retries(0).client().unwrap();
        for Fault { session, http_status, status } in faults(operation) {
            let (name, call) = (session.as_str(), Call::new());
            let result = make(operation, &client, name, &folder, &call);
            let returned = result.as_ref().err().map_or(0, |failure| failure.status);
            assert_eq!(returned, status, "{operation}, {name}: {result:?}");
            assert_eq!((call.http_status(), call.attempts()), (http_status, 1), "{operation}, {name}");
            if let Err(failure) = result {
                assert!(failure.message.contains(name), "{operation}, {name}: {}", failure.message);
            }
        }
        assert!(folder.names().is_empty(), "{operation}: {:?}", folder.names());
    }
}
