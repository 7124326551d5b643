//! Resuming, listing and deleting recordings.

use serde_json::Value;

use crate::canned_server::{CannedServer, answer};
use crate::host::{Call, Client, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn resuming_undoes_pausing() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    client.pause("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "paused");
    client.resume("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "recording");
    client.resume("500-once").unwrap();
}

#[test]
fn the_list_is_returned_as_the_result_of_the_call() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    client.list("abc", Some(&call)).unwrap();
    let list: Value = serde_json::from_str(&call.result().unwrap()).unwrap();
    assert_eq!(list["data"]["items"][0]["is_primary"], true);
    assert_eq!(sandbox.requests()[0]["method"], "GET");
    client.list("500-once", Some(&call)).unwrap();
    assert_eq!(call.attempts(), 2);
    assert_eq!(expect_failure(client.list("404", Some(&call))).status, 404);
    assert_eq!(expect_failure(client.list("no-content", Some(&call))).status, 8);
    let refused = expect_failure(client.list("abc", None));
    assert_eq!(refused.status, 1);
    assert!(refused.message.starts_with("call is NULL"), "{}", refused.message);
}

#[test]
fn a_list_of_more_than_one_mebibyte_is_refused() {
    const MAX_BYTES: usize = 1024 * 1024;
    for (length, status) in [(MAX_BYTES, 0), (MAX_BYTES + 1, 8)] {
        let mut body = r#"{"data":{"items":[]}}"#.to_owned();
        body += &" ".repeat(length - body.len());
        let header = format!("Content-Length: {length}");
        let server = CannedServer::start([answer("200 OK", &[&header], body.as_bytes())]);
        let call = Call::new();
        let listed = Client::without_retries(&server.url).list("abc", Some(&call));
        assert_eq!(listed.map_or_else(|failure| failure.status, |()| 0), status, "{length}");
    }
}

#[test]
fn a_recording_is_deleted_by_its_id() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    client.delete("abc", "primary", &call).unwrap();
    assert_eq!(sandbox.requests()[0]["method"], "DELETE");
    assert_eq!(sandbox.recording("abc"), "off");
    for id in ["", ".", "..", "a\n"] {
        let refused = expect_failure(client.delete("abc", id, &call));
        assert!(refused.status == 1 && refused.message.starts_with("recording_id "), "{}", refused.message);
    }
}
