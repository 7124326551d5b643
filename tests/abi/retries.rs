//! Retries: which failures are retried, how often, and after which delay.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::canned_server::{CannedServer, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};
use crate::sandbox::Sandbox;

/// The milliseconds between consecutive requests for a session.
fn delays(sandbox: &Sandbox, session: &str) -> Vec<f64> {
    let times: Vec<_> = sandbox.requests_for(session).iter().map(|request| request["ms"].as_f64().unwrap()).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn transient_failures_are_retried() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let sessions = ["408-once", "409-once", "429-once", "429-once-ms", "429-once-date", "500-once", "503-once"];
    for session in sessions.into_iter().chain(["400-once-retry", "close-once", "reset-once"]) {
        let call = Call::new();
        client.pause_call(session, &call).unwrap();
        assert_eq!((call.attempts(), call.http_status()), (2, 200), "{session}");
        assert_eq!(sandbox.requests_for(session).len(), 2, "{session}");
        assert_eq!(sandbox.recording(session), "paused", "{session}");
    }
}

#[test]
fn persistent_failures_are_attempted_at_most_three_times() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    for (session, status, attempts) in [("500", 500, 3), ("500-no-retry", 500, 1), ("404", 404, 1), ("close", 5, 3)] {
        let call = Call::new();
        assert_eq!(expect_failure(client.pause_call(session, &call)).status, status, "{session}");
        assert_eq!(call.attempts(), attempts, "{session}");
        assert_eq!(sandbox.requests_for(session).len(), attempts as usize, "{session}");
    }
}

#[test]
fn without_retries_exactly_one_request_is_sent() {
    let sandbox = Sandbox::start();
    let client = Client::without_retries(&sandbox.url);
    for (session, status) in [("500-once", 500), ("429-once", 429), ("400-once-retry", 400), ("close-once", 5)] {
        assert_eq!(expect_failure(client.pause(session)).status, status, "{session}");
        assert_eq!(sandbox.requests_for(session).len(), 1, "{session}");
    }
}

#[test]
fn retry_delays_follow_the_server_or_double() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    // The minimum delays: those the server asked for, in seconds, in milliseconds or as a date, or
    // three quarters of our own, which are 0.5 s and then 1 s.
    let rows: [(&str, &[f64]); 5] = [
        ("429-once", &[1000.0]),
        ("429-once-ms", &[300.0]),
        ("429-once-date", &[900.0]),
        ("500", &[375.0, 750.0]),
        ("429-long", &[375.0, 750.0]),
    ];
    for (session, minimum) in rows {
        let _ = client.pause(session);
        let delays = delays(&sandbox, session);
        assert_eq!(delays.len(), minimum.len(), "{session}");
        assert!(delays.iter().zip(minimum).all(|(delay, minimum)| *delay >= minimum - 1.0), "{session}: {delays:?}");
    }
}

#[test]
fn no_retry_outlasts_the_deadline() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    // "429" asks for a delay of 1 s, and "delay" answers after 3 s, so a retry would miss the
    // deadline.
    for (session, status, timeout, requests) in [("429", 429, 800, 1), ("500", 500, 1000, 2), ("delay", 6, 700, 1)] {
        let call = Call::new().timeout_ms(timeout);
        let started = Instant::now();
        assert_eq!(expect_failure(client.pause_call(session, &call)).status, status, "{session}");
        assert!(started.elapsed() < Duration::from_millis(timeout + 300), "{session}: {:?}", started.elapsed());
        assert_eq!(sandbox.requests_for(session).len(), requests, "{session}");
    }
}

#[test]
fn a_deletion_is_repeated_only_if_the_server_did_nothing() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    for (session, status) in
        [("500-once", 500), ("408-once", 408), ("close-once", 5), ("reset-once", 5), ("truncated", 5)]
    {
        let call = Call::new();
        assert_eq!(expect_failure(client.delete(session, "primary", &call)).status, status, "{session}");
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (1, 1), "{session}");
    }
    for session in ["429-once", "400-once-retry"] {
        let call = Call::new();
        client.delete(session, "primary", &call).unwrap();
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (2, 2), "{session}");
    }
}

/// Everything that a call reports about its last answer: the HTTP status, the request id, the retry
/// delay, the JSON and the bytes transferred.
fn last_answer(call: &Call) -> (i32, Option<String>, u64, Option<String>, (u64, u64)) {
    (call.http_status(), call.request_id(), call.retry_after_ms(), call.result(), call.transferred())
}

#[test]
fn a_retry_that_cannot_connect_does_not_hide_that_a_request_was_sent() {
    // The server reads one request, closes the connection without an answer and stops listening.
    let server = CannedServer::start([vec![]]);
    let client = Options::for_url(&server.url).max_retries(1).client().unwrap();
    let call = Call::new();
    let lost = expect_failure(client.pause_call("abc", &call));
    assert_eq!((lost.status, call.attempts(), server.requests().len()), (5, 2, 1), "{}", lost.message);
    let end = "; assume that it is still being recorded, and pause again; if you give up, resume: it may be paused";
    assert!(lost.message.ends_with(end), "{}", lost.message);
    assert_eq!(lost.message.matches("assume").count(), 1, "{}", lost.message);
}

#[test]
fn a_call_reports_nothing_about_earlier_attempts() {
    let busy =
        || answer("503 Busy", &["x-request-id: first", "Retry-After: 0", "Content-Length: 10"], br#"{"size":0}"#);
    // The second answer is empty, so the second attempt fails with a lost connection.
    let server = CannedServer::start([busy(), vec![]]);
    let client = Options::for_url(&server.url).max_retries(1).client().unwrap();
    let call = Call::new();
    assert_eq!(expect_failure(client.pause_call("abc", &call)).status, 5);
    assert_eq!((call.attempts(), last_answer(&call)), (2, (0, None, 0, None, (0, 0))));

    let video = answer("200 OK", &["Content-Type: video/mp4", "Content-Length: 10"], b"0123456789");
    let server = CannedServer::start([busy(), video]);
    let client = Client::new(&server.url);
    let folder = Folder::new();
    client.download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), last_answer(&call)), (2, (200, None, 0, None, (10, 10))));
}

#[test]
fn a_refused_connection_is_retried_and_reported() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Options::for_url(&format!("http://127.0.0.1:{port}")).max_retries(1).client().unwrap();
    let call = Call::new();
    let failure = expect_failure(client.pause_call("abc", &call));
    assert_eq!((failure.status, call.attempts(), call.http_status()), (3, 2, 0));
    assert!(failure.message.contains(&format!("127.0.0.1:{port}")), "{}", failure.message);
    assert!(failure.message.contains("refused"), "{}", failure.message);
    // Nothing was sent, so even a deletion is retried.
    assert_eq!(expect_failure(client.delete("abc", "primary", &call)).status, 3);
    assert_eq!(call.attempts(), 2);
}
