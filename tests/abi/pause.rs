//! `anchor_pause_recording`: the request that is sent, and the answers that count as a confirmed
//! pause.

use std::thread;

use crate::faults::{Fault, faults};
use crate::host::{Call, Client, Options, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn the_request_is_what_the_specification_says() {
    let sandbox = Sandbox::start();
    Client::new(&sandbox.url).pause("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "paused");
    let requests = sandbox.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request["method"], "POST");
    assert_eq!(request["path"], "/v1/sessions/abc/recordings/pause");
    assert_eq!(request["headers"]["anchor-api-key"], "valid");
    assert_eq!(request["headers"]["content-length"], "0");
    assert_eq!(request["headers"]["user-agent"], concat!("libanchor/", env!("CARGO_PKG_VERSION"), " c"));
    assert_eq!(request["headers"]["x-anchor-sdk"], concat!("libanchor-c/", env!("CARGO_PKG_VERSION")));
    assert!(request["headers"]["referer"].is_null() && request["headers"]["content-type"].is_null());
}

#[test]
fn a_host_can_add_headers_and_a_wrapper_its_name() {
    let sandbox = Sandbox::start();
    let options = Options::for_url(&sandbox.url).header("X-Team", "a").header("x-team", "b").wrapper("go");
    options.client().unwrap().pause("abc").unwrap();
    let headers = &sandbox.requests()[0]["headers"];
    assert_eq!((&headers["x-team"], &headers["anchor-api-key"]), (&"b".into(), &"valid".into()));
    assert_eq!(headers["x-anchor-sdk"], concat!("libanchor-go/", env!("CARGO_PKG_VERSION")));
    let refused = Options::new().header("anchor-api-key", "canary").client().err().unwrap();
    assert!(refused.status == 1 && refused.message.contains("anchor-api-key"), "{}", refused.message);
}

#[test]
fn any_id_is_one_segment_of_the_path() {
    let ids = ["a b", "ü", "...", "a?b#c", "\u{ff0f}", "+&=;,@:"];
    let mut arguments = vec![];
    ids.iter().for_each(|id| arguments.extend(["--session", id]));
    let sandbox = Sandbox::with(&arguments);
    let client = Client::new(&sandbox.url);
    for id in ids {
        client.pause(id).unwrap();
        let requests = sandbox.requests_for(id);
        assert_eq!(requests.len(), 1, "{id}");
        assert_eq!(requests[0]["path"].as_str().unwrap().matches('/').count(), 5, "{id}");
    }
    let sent = sandbox.requests().len();
    for id in ["a/b", "a/../b", "/", "a\\b", "%2e%2e", "a%2Fb", "100%"] {
        let refused = expect_failure(client.pause(id));
        assert!(refused.status == 1 && refused.message.starts_with("session_id "), "{}", refused.message);
        let refused = expect_failure(client.delete("abc", id, &Call::new()));
        assert!(refused.status == 1 && refused.message.starts_with("recording_id "), "{}", refused.message);
    }
    assert_eq!(sandbox.requests().len(), sent);
}

#[test]
fn the_path_of_the_base_url_precedes_the_path_of_the_api() {
    let sandbox = Sandbox::start();
    let client = Options::for_url(&format!("{}/prefix/", sandbox.url)).client().unwrap();
    assert_eq!(expect_failure(client.pause("abc")).status, 404);
    assert_eq!(sandbox.requests()[0]["path"], "/prefix/v1/sessions/abc/recordings/pause");
}

#[test]
fn a_pause_succeeds_only_if_the_api_confirms_it() {
    let sandbox = Sandbox::start();
    let client = Client::without_retries(&sandbox.url);
    for Fault { session, status, .. } in faults("pause") {
        let session = session.as_str();
        let failure = expect_failure(client.pause(session));
        assert_eq!(failure.status, status, "{session}: {}", failure.message);
        assert!(failure.message.contains(session), "{session}: {}", failure.message);
        assert_eq!(sandbox.requests_for(session).len(), 1, "{session}");
        if session == "nobody" {
            continue;
        }
        // This 204 takes effect, but a 204 does not confirm it.
        let recording = if session == "no-content" { "paused" } else { "recording" };
        assert_eq!(sandbox.recording(session), recording, "{session}");
    }
    client.pause("abc").unwrap();
}

#[test]
fn both_nestings_of_the_answer_are_accepted() {
    for arguments in [vec!["--session", "abc"], vec!["--session", "abc", "--single"]] {
        let sandbox = Sandbox::with(&arguments);
        let client = Client::new(&sandbox.url);
        client.pause("abc").unwrap();
        let unknown = expect_failure(client.pause("unknown"));
        assert_eq!(unknown.status, 404);
        assert!(unknown.message.contains(
            r#"404 the session was not found while pausing session "unknown" (the API says: Session not found.)"#
        ));
    }
}

#[test]
fn a_rejected_api_key_is_not_in_the_message() {
    let sandbox = Sandbox::start();
    let client = Options::for_url(&sandbox.url).client_with_key("canary-that-is-wrong").unwrap();
    // expect_failure checks the message.
    assert_eq!(expect_failure(client.pause("abc")).status, 401);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Sandbox::start();
    for status in ["301", "302", "303", "307", "308"] {
        let target = format!("{}/v1/sessions/abc/recordings/pause", elsewhere.url);
        let sandbox = Sandbox::with(&["--session", "abc", "--fault", status, "--redirect-to", &target]);
        assert_eq!(expect_failure(Client::new(&sandbox.url).pause("abc")).status, status.parse::<i32>().unwrap());
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn tls_requires_a_trusted_ca_and_calls_share_a_connection() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let options = || Options::for_url(&sandbox.url);
    let call = Call::new();
    let untrusted = expect_failure(options().client().unwrap().pause_call("abc", &call));
    assert_eq!((untrusted.status, call.attempts()), (4, 1), "{}", untrusted.message);
    let trusting = options().ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap();
    for _ in 0..3 {
        trusting.pause("abc").unwrap();
    }
    let requests = sandbox.requests_for("abc");
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!((&request["http"], &request["connection"]), (&"2".into(), &requests[0]["connection"]));
    }
}

#[test]
fn many_threads_share_one_client_and_its_connections() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| (0..20).for_each(|_| client.pause("abc").unwrap()));
        }
    });
    let requests = sandbox.requests_for("abc");
    assert_eq!(requests.len(), 64 * 20);
    let connections = requests.iter().filter_map(|request| request["connection"].as_u64()).max().unwrap();
    assert!(connections <= 2 * 64, "{connections} connections");
}
