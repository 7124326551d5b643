//! The endpoints beside pausing, and pauses that are held for a while.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

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
fn each_begin_pauses_and_the_last_end_resumes() {
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
    assert_eq!(verbs(&sandbox, "abc"), ["pause", "pause", "resume", "pause", "pause", "resume"]);
    let refused = failure(client.end("abc"));
    assert_eq!(refused.status, 1);
    assert!(refused.message.contains("is not held paused"), "{}", refused.message);
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
    let verbs = verbs(&sandbox, "abc");
    assert_eq!((verbs.len(), verbs.iter().filter(|verb| *verb == "pause").count()), (9, 8), "{verbs:?}");
    assert_eq!(verbs.last().unwrap(), "resume");
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
fn who_resumes_in_between_does_not_unpause_the_next_block() {
    let sandbox = Sandbox::start();
    let (client, other) = (client(&sandbox), client(&sandbox));
    for somebody in [&client, &other] {
        client.begin("abc").unwrap();
        somebody.resume("abc").unwrap();
        client.begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        other.begin("abc").unwrap();
        other.end("abc").unwrap();
        client.begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        (0..3).for_each(|_| client.end("abc").unwrap());
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

/// An answer that is given only after a while, as the session "delay" has it: it takes effect at once.
const DELAY: Duration = Duration::from_secs(3);

#[test]
fn a_pause_waits_for_a_resume_that_is_on_its_way_and_keeps_its_deadline() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    client.begin("delay").unwrap();
    thread::scope(|scope| {
        let resuming = scope.spawn(|| client.end("delay"));
        while sandbox.requests_for("delay").len() < 2 {
            thread::sleep(Duration::from_millis(5));
        }
        let second = Call::new().timeout_ms(200);
        let late = failure(client.begin_call("delay", &second));
        let end = "; nothing was sent: assume that it is still being recorded, and pause again";
        assert!(late.status == 6 && late.message.ends_with(end), "{}", late.message);
        assert_eq!((second.attempts(), sandbox.requests_for("delay").len()), (0, 2));
        resuming.join().unwrap().unwrap();
    });
}

#[test]
fn a_resume_waits_for_a_pause_that_is_on_its_way_and_finds_it_held_or_not() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    for timeout_ms in [20_000, 1500] {
        client.begin("delay").unwrap();
        let (before, begun) = (sandbox.requests_for("delay").len(), Instant::now());
        let call = Call::new().timeout_ms(timeout_ms);
        thread::scope(|scope| {
            let pausing = scope.spawn(|| client.begin_call("delay", &call).is_ok());
            while sandbox.requests_for("delay").len() == before {
                assert!(begun.elapsed() < Duration::from_secs(20), "no pause was sent");
                thread::sleep(Duration::from_millis(5));
            }
            client.end("delay").unwrap();
            if pausing.join().unwrap() {
                assert!(begun.elapsed() >= DELAY);
                assert_eq!(
                    (sandbox.recording("delay"), sandbox.requests_for("delay").len()),
                    ("paused".into(), before + 1)
                );
                client.end("delay").unwrap();
            }
        });
        assert_eq!((sandbox.recording("delay"), sandbox.requests_for("delay").len()), ("recording".into(), before + 2));
        assert_eq!(failure(client.end("delay")).status, 1);
    }
}
