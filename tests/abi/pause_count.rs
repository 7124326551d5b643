//! `anchor_pause_begin` and `anchor_pause_end`: pauses of one session that overlap.
//!
//! Every begin sends a pause of its own, because another process may have resumed the recording.
//! Only the end of the last pause resumes it. Pauses and resumes of one session wait for each
//! other.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::host::{Call, Client, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn each_begin_pauses_and_the_last_end_resumes() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    for _ in 0..2 {
        client.pause_begin("abc").unwrap();
        client.pause_begin("abc").unwrap();
        client.pause_end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        client.pause_end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "recording");
    }
    assert_eq!(sandbox.actions("abc"), ["pause", "pause", "resume", "pause", "pause", "resume"]);
    let refused = expect_failure(client.pause_end("abc"));
    assert_eq!(refused.status, 1);
    assert!(refused.message.contains("is not held paused"), "{}", refused.message);
}

#[test]
fn a_begin_that_fails_does_not_count() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    assert_eq!(expect_failure(client.pause_begin("404")).status, 404);
    assert_eq!(expect_failure(client.pause_end("404")).status, 1);
    let call = Call::new().timeout_ms(200);
    assert_eq!(expect_failure(client.pause_begin_call("stall", &call)).status, 6);
    assert_eq!(expect_failure(client.pause_end("stall")).status, 1);
    assert_eq!(sandbox.actions("stall"), ["pause"]);
}

#[test]
fn an_end_counts_even_if_resuming_fails() {
    let sandbox = Sandbox::with(&["--session", "abc"]);
    let client = Client::new(&sandbox.url);
    client.pause_begin("abc").unwrap();
    let api = crate::sandbox::http();
    let key = crate::sandbox::API_KEY;
    api.delete(format!("{}/v1/sessions/abc", sandbox.url)).header("anchor-api-key", key).send().unwrap();
    assert_eq!(expect_failure(client.pause_end("abc")).status, 404);
    assert_eq!(expect_failure(client.pause_end("abc")).status, 1);
}

#[test]
fn an_end_counts_even_if_no_resume_is_sent() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let cancelled = Call::new();
    cancelled.cancel();
    for (call, status) in [(cancelled, 7), (Call::new().timeout_ms(0), 1)] {
        client.pause_begin("abc").unwrap();
        assert_eq!(expect_failure(client.pause_end_call("abc", &call)).status, status);
        client.resume("abc").unwrap();
        client.pause_begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        client.pause_end("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn of_many_concurrent_pauses_only_the_last_end_resumes() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let all_paused = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client.pause_begin("abc").unwrap();
                all_paused.wait();
                client.pause_end("abc").unwrap();
            });
        }
    });
    let actions = sandbox.actions("abc");
    assert_eq!((actions.len(), actions.iter().filter(|action| *action == "pause").count()), (9, 8), "{actions:?}");
    assert_eq!(actions.last().unwrap(), "resume");
}

#[test]
fn no_thread_resumes_while_another_is_between_begin_and_end() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..15 {
                    client.pause_begin("abc").unwrap();
                    assert_eq!(sandbox.recording("abc"), "paused");
                    thread::sleep(Duration::from_millis(1));
                    client.pause_end("abc").unwrap();
                }
            });
        }
    });
    assert_eq!(sandbox.recording("abc"), "recording");
    // In between, the order varies: a begin may send its pause before another thread's end would
    // resume.
    let actions = sandbox.actions("abc");
    assert!(actions.starts_with(&["pause".into()]) && actions.ends_with(&["resume".into()]), "{actions:?}");
}

#[test]
fn a_begin_pauses_again_after_someone_else_resumed() {
    let sandbox = Sandbox::start();
    let (client, other) = (Client::new(&sandbox.url), Client::new(&sandbox.url));
    for resuming in [&client, &other] {
        client.pause_begin("abc").unwrap();
        resuming.resume("abc").unwrap();
        client.pause_begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        other.pause_begin("abc").unwrap();
        other.pause_end("abc").unwrap();
        client.pause_begin("abc").unwrap();
        assert_eq!(sandbox.recording("abc"), "paused");
        (0..3).for_each(|_| client.pause_end("abc").unwrap());
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

/// How late the session "delay" answers. Its requests take effect at once.
const DELAY: Duration = Duration::from_secs(3);

#[test]
fn a_begin_waits_for_a_resume_in_flight_until_its_timeout() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    client.pause_begin("delay").unwrap();
    thread::scope(|scope| {
        let resuming = scope.spawn(|| client.pause_end("delay"));
        sandbox.wait_for_requests("delay", 2);
        let second = Call::new().timeout_ms(200);
        let late = expect_failure(client.pause_begin_call("delay", &second));
        let end = "; nothing was sent: assume that it is still being recorded, and pause again";
        assert!(late.status == 6 && late.message.ends_with(end), "{}", late.message);
        assert_eq!((second.attempts(), sandbox.requests_for("delay").len()), (0, 2));
        resuming.join().unwrap().unwrap();
    });
}

#[test]
fn a_resume_waits_for_a_pause_in_flight_and_is_sent_only_if_that_fails() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    for timeout_ms in [20_000, 1500] {
        client.pause_begin("delay").unwrap();
        let (before, started) = (sandbox.requests_for("delay").len(), Instant::now());
        let call = Call::new().timeout_ms(timeout_ms);
        thread::scope(|scope| {
            let pausing = scope.spawn(|| client.pause_begin_call("delay", &call).is_ok());
            sandbox.wait_for_requests("delay", before + 1);
            client.pause_end("delay").unwrap();
            if pausing.join().unwrap() {
                assert!(started.elapsed() >= DELAY);
                assert_eq!(
                    (sandbox.recording("delay"), sandbox.requests_for("delay").len()),
                    ("paused".into(), before + 1)
                );
                client.pause_end("delay").unwrap();
            }
        });
        assert_eq!((sandbox.recording("delay"), sandbox.requests_for("delay").len()), ("recording".into(), before + 2));
        assert_eq!(expect_failure(client.pause_end("delay")).status, 1);
    }
}
