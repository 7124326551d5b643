//! Pausing against the sandbox: what counts as paused, what is tried again, and what a call learns.

use std::thread;
use std::time::{Duration, Instant};

use crate::faults::{Fault, faults};
use crate::host::{Call, Client, Options, failure};
use crate::sandbox::Sandbox;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).client().unwrap()
}

fn once(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).max_retries(0).client().unwrap()
}

#[test]
fn the_request_is_what_the_specification_says() {
    let sandbox = Sandbox::start();
    client(&sandbox).pause("abc").unwrap();
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
fn a_host_may_add_headers_and_a_wrapper_its_name() {
    let sandbox = Sandbox::start();
    let options =
        Options::new().base_url(sandbox.url.as_str()).header("X-Team", "a").header("x-team", "b").wrapper("go");
    options.client().unwrap().pause("abc").unwrap();
    let headers = &sandbox.requests()[0]["headers"];
    assert_eq!((&headers["x-team"], &headers["anchor-api-key"]), (&"b".into(), &"valid".into()));
    assert_eq!(headers["x-anchor-sdk"], concat!("libanchor-go/", env!("CARGO_PKG_VERSION")));
    let refused = Options::new().header("anchor-api-key", "canary").client().err().unwrap();
    assert!(refused.status == 1 && refused.message.contains("anchor-api-key"), "{}", refused.message);
}

#[test]
fn any_id_is_one_segment() {
    let ids = ["a b", "ü", "...", "a?b#c", "\u{ff0f}", "+&=;,@:"];
    let mut arguments = vec![];
    ids.iter().for_each(|id| arguments.extend(["--session", id]));
    let sandbox = Sandbox::with(&arguments);
    let client = client(&sandbox);
    for id in ids {
        client.pause(id).unwrap();
        let requests = sandbox.requests_for(id);
        assert_eq!(requests.len(), 1, "{id}");
        assert_eq!(requests[0]["path"].as_str().unwrap().matches('/').count(), 5, "{id}");
    }
    let before = sandbox.requests().len();
    for id in ["a/b", "a/../b", "/", "a\\b", "%2e%2e", "a%2Fb", "100%"] {
        let refused = failure(client.pause(id));
        assert!(refused.status == 1 && refused.message.starts_with("session_id "), "{}", refused.message);
        let refused = failure(client.delete("abc", id, &Call::new()));
        assert!(refused.status == 1 && refused.message.starts_with("recording_id "), "{}", refused.message);
    }
    assert_eq!(sandbox.requests().len(), before);
}

#[test]
fn a_path_in_the_base_url_stays_in_front() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(format!("{}/prefix/", sandbox.url)).client().unwrap();
    assert_eq!(failure(client.pause("abc")).status, 404);
    assert_eq!(sandbox.requests()[0]["path"], "/prefix/v1/sessions/abc/recordings/pause");
}

#[test]
fn paused_is_said_only_when_the_api_said_so() {
    let sandbox = Sandbox::start();
    let client = once(&sandbox);
    for Fault { session, status, .. } in faults("pause") {
        let session = session.as_str();
        let failure = failure(client.pause(session));
        assert_eq!(failure.status, status, "{session}: {}", failure.message);
        assert!(failure.message.contains(session), "{session}: {}", failure.message);
        assert_eq!(sandbox.requests_for(session).len(), 1, "{session}");
        if session == "nobody" {
            continue;
        }
        // A 204 confirms nothing, though this one takes effect.
        let recording = if session == "no-content" { "paused" } else { "recording" };
        assert_eq!(sandbox.recording(session), recording, "{session}");
    }
    client.pause("abc").unwrap();
}

#[test]
fn both_nestings_are_understood() {
    for arguments in [vec!["--session", "abc"], vec!["--session", "abc", "--single"]] {
        let sandbox = Sandbox::with(&arguments);
        let client = client(&sandbox);
        client.pause("abc").unwrap();
        let unknown = failure(client.pause("unknown"));
        assert_eq!(unknown.status, 404);
        assert!(unknown.message.contains(
            r#"404 the session was not found while pausing session "unknown" (the API says: Session not found.)"#
        ));
    }
}

#[test]
fn a_wrong_key_is_not_shown() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client_with_key("canary-that-is-wrong").unwrap();
    let failure = failure(client.pause("abc"));
    assert_eq!(failure.status, 401);
}

#[test]
fn a_redirect_takes_the_key_nowhere() {
    let elsewhere = Sandbox::start();
    for status in ["301", "302", "303", "307", "308"] {
        let target = format!("{}/v1/sessions/abc/recordings/pause", elsewhere.url);
        let sandbox = Sandbox::with(&["--session", "abc", "--fault", status, "--redirect-to", &target]);
        assert_eq!(failure(client(&sandbox).pause("abc")).status, status.parse::<i32>().unwrap());
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn tls_needs_a_ca_that_is_trusted() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let base = || Options::new().base_url(sandbox.url.as_str());
    let call = Call::new();
    let untrusted = failure(base().client().unwrap().pause_call("abc", &call));
    assert_eq!((untrusted.status, call.attempts()), (4, 1), "{}", untrusted.message);
    let trusting = base().ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap();
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
fn a_call_tells_what_it_learnt() {
    let sandbox = Sandbox::start();
    let client = once(&sandbox);
    let call = Call::new();
    assert_eq!((call.http_status(), call.attempts(), call.request_id(), call.result()), (0, 0, None, None));
    client.pause_call("abc", &call).unwrap();
    assert_eq!((call.http_status(), call.attempts()), (200, 1));
    assert_eq!(call.result().unwrap(), r#"{"data":{"data":{"status":"paused"}}}"#);
    assert!(call.request_id().unwrap().starts_with("req-"));
    failure(client.pause_call("404", &call));
    assert_eq!(call.http_status(), 404);
    assert!(call.result().unwrap().contains("Session not found."));
    // A call that sends nothing has learnt nothing.
    failure(client.pause_call("", &call));
    assert_eq!((call.http_status(), call.attempts(), call.request_id(), call.result()), (0, 0, None, None));
}

#[test]
fn cancelling_ends_a_call_at_once_and_disturbs_no_other() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let call = Call::new();
    thread::scope(|scope| {
        let stalled = scope.spawn(|| {
            let failure = failure(client.pause_call("stall", &call));
            (failure.status, Instant::now())
        });
        while sandbox.requests_for("stall").is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        client.pause("abc").unwrap();
        let cancelled = Instant::now();
        call.cancel();
        let (status, ended) = stalled.join().unwrap();
        assert_eq!(status, 7);
        assert!(ended.duration_since(cancelled) < Duration::from_millis(500));
    });
    // A cancelled call stays cancelled, and sends nothing.
    assert_eq!(failure(client.pause_call("abc", &call)).status, 7);
    assert_eq!(sandbox.requests_for("abc").len(), 1);
}

#[test]
fn one_call_object_serves_one_call_at_a_time() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let call = Call::new();
    thread::scope(|scope| {
        let first = scope.spawn(|| failure(client.pause_call("stall", &call)).status);
        while sandbox.requests_for("stall").is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let second = failure(client.pause_call("abc", &call));
        assert_eq!(second.status, 1);
        assert!(second.message.starts_with("call is in use"), "{}", second.message);
        call.cancel();
        assert_eq!(first.join().unwrap(), 7);
    });
}

#[test]
fn many_threads_share_one_client_and_its_connections() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
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
