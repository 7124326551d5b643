//! The endpoints beside pausing, and pauses that are held for a while.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::host::{Call, Client, Options, failure};
use crate::sandbox::Sandbox;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).client().unwrap()
}

/// The last parts of the paths that were asked for a session.
fn verbs(sandbox: &Sandbox, session: &str) -> Vec<String> {
    let last = |request: Value| request["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    sandbox.requests_for(session).into_iter().map(last).collect()
}

#[test]
fn resuming_undoes_pausing() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    client.pause("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "paused");
    client.resume("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "recording");
    client.resume("500-once").unwrap();
    for (session, status) in [("401", 401), ("404", 404), ("html", 8), ("302", 302)] {
        assert_eq!(failure(client.resume(session)).status, status, "{session}");
    }
}

#[test]
fn the_list_is_the_call_s_result() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let call = Call::new();
    client.list("abc", Some(&call)).unwrap();
    let list: Value = serde_json::from_str(&call.result().unwrap()).unwrap();
    assert_eq!(list["data"]["items"][0]["is_primary"], true);
    assert_eq!(sandbox.requests()[0]["method"], "GET");
    client.list("500-once", Some(&call)).unwrap();
    assert_eq!(call.attempts(), 2);
    assert_eq!(failure(client.list("404", Some(&call))).status, 404);
    assert_eq!(failure(client.list("no-content", Some(&call))).status, 8);
    let refused = failure(client.list("abc", None));
    assert_eq!(refused.status, 1);
    assert!(refused.message.starts_with("call is NULL"), "{}", refused.message);
}

#[test]
fn deleting_takes_an_id_of_a_recording() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let call = Call::new();
    client.delete("abc", "primary", &call).unwrap();
    assert_eq!(sandbox.requests()[0]["method"], "DELETE");
    assert_eq!(sandbox.recording("abc"), "off");
    for id in ["", ".", "..", "a\n"] {
        let refused = failure(client.delete("abc", id, &call));
        assert!(refused.status == 1 && refused.message.starts_with("recording_id "), "{}", refused.message);
    }
}

#[test]
fn a_call_may_have_its_own_number_of_retries_and_tells_when_to_come_back() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let call = Call::new().max_retries(0);
    assert_eq!(failure(client.pause_call("429-long", &call)).status, 429);
    assert_eq!((call.attempts(), call.retry_after_ms()), (1, 3_600_000));
    client.pause_call("abc", &call).unwrap();
    assert_eq!(call.retry_after_ms(), 0);
}

#[test]
fn nested_holds_pause_and_resume_once() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    for _ in 0..2 {
        client.begin("abc").unwrap();
        client.begin("abc").unwrap();
        client.end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        client.end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "recording");
    }
    assert_eq!(verbs(&sandbox, "abc"), ["pause", "resume", "pause", "resume"]);
    let refused = failure(client.end("abc"));
    assert_eq!(refused.status, 1);
    assert!(refused.message.contains("is not held"), "{}", refused.message);
}

#[test]
fn a_hold_whose_pause_fails_is_none() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    assert_eq!(failure(client.begin("404")).status, 404);
    assert_eq!(failure(client.end("404")).status, 1);
    let call = Call::new().timeout_ms(200);
    assert_eq!(failure(client.begin_call("stall", &call)).status, 6);
    assert_eq!(failure(client.end("stall")).status, 1);
    assert_eq!(verbs(&sandbox, "stall"), ["pause"]);
}

#[test]
fn a_hold_is_over_even_if_resuming_fails() {
    let sandbox = Sandbox::with(&["--session", "abc"]);
    let client = client(&sandbox);
    client.begin("abc").unwrap();
    let api = crate::sandbox::http();
    let key = crate::sandbox::API_KEY;
    api.delete(format!("{}/v1/sessions/abc", sandbox.url)).header("anchor-api-key", key).send().unwrap();
    assert_eq!(failure(client.end("abc")).status, 404);
    assert_eq!(failure(client.end("abc")).status, 1);
}

#[test]
fn a_hold_is_over_even_if_resuming_never_begins() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let cancelled = Call::new();
    cancelled.cancel();
    for (call, status) in [(cancelled, 7), (Call::new().timeout_ms(0), 1)] {
        client.begin("abc").unwrap();
        assert_eq!(failure(client.end_call("abc", &call)).status, status);
        client.resume("abc").unwrap();
        client.begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        client.end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn of_many_holds_at_once_only_the_last_resumes() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    let all_hold = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client.begin("abc").unwrap();
                all_hold.wait();
                client.end("abc").unwrap();
            });
        }
    });
    assert_eq!(verbs(&sandbox, "abc"), ["pause", "resume"]);
}

#[test]
fn holds_of_many_threads_never_overlap_a_resume() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..15 {
                    client.begin("abc").unwrap();
                    assert_eq!(sandbox.recording("abc"), "paused");
                    thread::sleep(Duration::from_millis(1));
                    client.end("abc").unwrap();
                }
            });
        }
    });
    assert_eq!(sandbox.recording("abc"), "recording");
    // In between, a hold that begins while another one ends may pause anew before that one has resumed.
    let verbs = verbs(&sandbox, "abc");
    assert!(verbs.starts_with(&["pause".into()]) && verbs.ends_with(&["resume".into()]), "{verbs:?}");
}

#[test]
fn a_hold_that_waits_for_its_turn_keeps_its_deadline() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    thread::scope(|scope| {
        let stalled = scope.spawn(|| failure(client.begin_call("stall", &Call::new().timeout_ms(1500))).status);
        while sandbox.requests_for("stall").is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let second = Call::new().timeout_ms(200);
        let late = failure(client.begin_call("stall", &second));
        assert!(late.status == 6 && late.message.ends_with("nothing was sent"), "{}", late.message);
        assert_eq!((second.attempts(), sandbox.requests_for("stall").len()), (0, 1));
        assert_eq!(stalled.join().unwrap(), 6);
    });
}
