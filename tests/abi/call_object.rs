//! The call object: settings for one call, what the last call reported, and cancellation.

use std::thread;
use std::time::{Duration, Instant};

use crate::host::{Call, Client, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn a_call_reports_its_last_answer() {
    let sandbox = Sandbox::start();
    let client = Client::without_retries(&sandbox.url);
    let call = Call::new();
    assert_eq!((call.http_status(), call.attempts(), call.request_id(), call.result()), (0, 0, None, None));
    client.pause_call("abc", &call).unwrap();
    assert_eq!((call.http_status(), call.attempts()), (200, 1));
    assert_eq!(call.result().unwrap(), r#"{"data":{"data":{"status":"paused"}}}"#);
    assert!(call.request_id().unwrap().starts_with("req-"));
    expect_failure(client.pause_call("404", &call));
    assert_eq!(call.http_status(), 404);
    assert!(call.result().unwrap().contains("Session not found."));
    // A call that sends nothing has nothing to report.
    expect_failure(client.pause_call("", &call));
    assert_eq!((call.http_status(), call.attempts(), call.request_id(), call.result()), (0, 0, None, None));
}

#[test]
fn a_call_overrides_max_retries_and_reports_the_retry_delay() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new().max_retries(0);
    assert_eq!(expect_failure(client.pause_call("429-long", &call)).status, 429);
    assert_eq!((call.attempts(), call.retry_after_ms()), (1, 3_600_000));
    client.pause_call("abc", &call).unwrap();
    assert_eq!(call.retry_after_ms(), 0);
}

#[test]
fn cancelling_ends_one_call_at_once_and_no_other() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    thread::scope(|scope| {
        let stalled = scope.spawn(|| {
            let failure = expect_failure(client.pause_call("stall", &call));
            (failure.status, Instant::now())
        });
        sandbox.wait_for_requests("stall", 1);
        client.pause("abc").unwrap();
        let cancelled = Instant::now();
        call.cancel();
        let (status, ended) = stalled.join().unwrap();
        assert_eq!(status, 7);
        assert!(ended.duration_since(cancelled) < Duration::from_millis(500));
    });
    // The call object stays cancelled: its next call sends nothing.
    assert_eq!(expect_failure(client.pause_call("abc", &call)).status, 7);
    assert_eq!(sandbox.requests_for("abc").len(), 1);
}

#[test]
fn one_call_object_serves_one_call_at_a_time() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let call = Call::new();
    thread::scope(|scope| {
        let first = scope.spawn(|| expect_failure(client.pause_call("stall", &call)).status);
        sandbox.wait_for_requests("stall", 1);
        let second = expect_failure(client.pause_call("abc", &call));
        assert_eq!(second.status, 1);
        assert!(second.message.starts_with("call is in use"), "{}", second.message);
        call.cancel();
        assert_eq!(first.join().unwrap(), 7);
    });
}
