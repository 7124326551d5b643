//! `anchor_request`: requests to any path of the API.

use serde_json::Value;

use crate::host::{Call, Client, Options, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn any_path_of_the_api_can_be_requested() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    client.request("POST", "/v1/sessions", Some(r#"{"session":{"recording":{"active":false}}}"#), &call).unwrap();
    let started: Value = serde_json::from_str(&call.result().unwrap()).unwrap();
    let id = started["data"]["id"].as_str().unwrap();
    assert_eq!(sandbox.recording(id), "off");
    assert_eq!(sandbox.requests()[0]["headers"]["content-type"], "application/json");
    client.request("GET", format!("/v1/sessions/{id}/recordings?page=2"), None, &call).unwrap();
    assert_eq!(sandbox.requests()[1]["query"], "page=2");
    client.request("DELETE", format!("/v1/sessions/{id}"), None, &call).unwrap();
    let gone = expect_failure(client.request("DELETE", format!("/v1/sessions/{id}"), None, &call));
    assert_eq!(gone.status, 404);
    assert!(gone.message.starts_with(&format!(r#"404 nothing was found while sending DELETE "/v1/sessions/{id}" (the API says: Session not found.); check the path"#)));
}

#[test]
fn a_request_is_retried_only_if_repeating_it_is_safe() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    client.request("GET", "/v1/sessions/500-once/recordings", None, &call).unwrap();
    assert_eq!(call.attempts(), 2);
    let lost = expect_failure(client.request("POST", "/v1/sessions/close-once/recordings/pause", None, &call));
    assert_eq!((lost.status, call.attempts()), (5, 1));
    assert_eq!(sandbox.requests_for("close-once").len(), 1);
    // The server says that it did nothing, so even a POST can be repeated.
    for session in ["429-once", "429-once-ms", "400-once-retry"] {
        client.request("POST", format!("/v1/sessions/{session}/recordings/pause"), None, &call).unwrap();
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (2, 2), "{session}");
    }
    for session in ["408-once", "409-once", "503-once"] {
        expect_failure(client.request("POST", format!("/v1/sessions/{session}/recordings/pause"), None, &call));
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (1, 1), "{session}");
    }
}

#[test]
fn any_json_is_accepted_as_a_body() {
    let sandbox = Sandbox::with(&["--session", "abc"]);
    let client = Client::new(&sandbox.url);
    let deep = "[".repeat(2000) + &"]".repeat(2000);
    for body in [r#"["\ud83d"]"#, r#"{"\udfff":1e400}"#, "-1E-9999", "null", &deep] {
        let _ = client.request("PUT", "/v1/sessions/abc", Some(body), &Call::new());
        let sent = sandbox.requests().pop().unwrap();
        assert_eq!(sent["body_bytes"], body.len(), "{body}");
    }
}

#[test]
fn invalid_paths_methods_and_bodies_are_rejected() {
    let sandbox = Sandbox::start();
    let client = Options::for_url(&format!("{}/base", sandbox.url)).client().unwrap();
    let call = Call::new();
    let paths: [&[u8]; 14] = [
        b"",
        b"v1/sessions",
        b"//example.org/v1",
        b"http://example.org/",
        b"@example.org/",
        b"/v1/../../x",
        b"/v1/./x",
        b"/v1/%2e%2E/x",
        b"/v1/a b",
        b"/v1/a\tb",
        b"/v1\\x",
        b"/v1#x",
        "/v1/\u{fc}".as_bytes(),
        b"/v1/\xff",
    ];
    for path in paths {
        let refused = expect_failure(client.request("GET", path, None, &call));
        assert!(refused.status == 1 && refused.message.starts_with("path "), "{path:?}: {}", refused.message);
    }
    for method in ["", "get", "CONNECT", "HEAD", "GET / HTTP/1.1"] {
        let refused = expect_failure(client.request(method, "/v1", None, &call));
        assert!(refused.status == 1 && refused.message.starts_with("method "), "{}", refused.message);
    }
    for body in ["", "{", "{} {}", "secret"] {
        let refused = expect_failure(client.request("POST", "/v1", Some(body), &call));
        assert!(refused.status == 1 && refused.message.starts_with("body is not JSON"), "{}", refused.message);
        assert!(!refused.message.contains("secret"), "{}", refused.message);
    }
    assert_eq!(sandbox.requests().len(), 0);
}
