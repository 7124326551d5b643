//! The retry rules, as the sandbox's log shows them.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::canned::{Canned, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, failure};
use crate::sandbox::Sandbox;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).client().unwrap()
}

/// The milliseconds between the requests for a session.
fn gaps(sandbox: &Sandbox, session: &str) -> Vec<f64> {
    let times: Vec<_> = sandbox.requests_for(session).iter().map(|request| request["ms"].as_f64().unwrap()).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn failures_that_pass_are_tried_again() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
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
fn failures_that_stay_are_tried_three_times_unless_the_server_says_no() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    for (session, status, attempts) in [("500", 500, 3), ("500-no-retry", 500, 1), ("404", 404, 1), ("close", 5, 3)] {
        let call = Call::new();
        assert_eq!(failure(client.pause_call(session, &call)).status, status, "{session}");
        assert_eq!(call.attempts(), attempts, "{session}");
        assert_eq!(sandbox.requests_for(session).len(), attempts as usize, "{session}");
    }
}

#[test]
fn without_retries_exactly_one_request_is_sent() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).max_retries(0).client().unwrap();
    for (session, status) in [("500-once", 500), ("429-once", 429), ("400-once-retry", 400), ("close-once", 5)] {
        assert_eq!(failure(client.pause(session)).status, status, "{session}");
        assert_eq!(sandbox.requests_for(session).len(), 1, "{session}");
    }
}

#[test]
fn the_pauses_are_the_server_s_or_double() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    // The least that may lie between two requests: the server's seconds, milliseconds or date, or three quarters of ours.
    let rows: [(&str, &[f64]); 5] = [
        ("429-once", &[1000.0]),
        ("429-once-ms", &[300.0]),
        ("429-once-date", &[900.0]),
        ("500", &[375.0, 750.0]),
        ("429-long", &[375.0, 750.0]),
    ];
    for (session, least) in rows {
        let _ = client.pause(session);
        let gaps = gaps(&sandbox, session);
        assert_eq!(gaps.len(), least.len(), "{session}");
        assert!(gaps.iter().zip(least).all(|(gap, least)| *gap >= least - 1.0), "{session}: {gaps:?}");
    }
}

#[test]
fn no_retry_outlasts_the_deadline() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    // The server wants a second, or an attempt takes three: a retry would end after the deadline.
    for (session, status, timeout, requests) in [("429", 429, 800, 1), ("500", 500, 1000, 2), ("delay", 6, 700, 1)] {
        let call = Call::new().timeout_ms(timeout);
        let begun = Instant::now();
        assert_eq!(failure(client.pause_call(session, &call)).status, status, "{session}");
        assert!(begun.elapsed() < Duration::from_millis(timeout + 300), "{session}: {:?}", begun.elapsed());
        assert_eq!(sandbox.requests_for(session).len(), requests, "{session}");
    }
}

#[test]
fn a_deletion_is_repeated_only_if_the_server_says_that_it_did_nothing() {
    let sandbox = Sandbox::start();
    let client = client(&sandbox);
    for (session, status) in
        [("500-once", 500), ("408-once", 408), ("close-once", 5), ("reset-once", 5), ("truncated", 5)]
    {
        let call = Call::new();
        assert_eq!(failure(client.delete(session, "primary", &call)).status, status, "{session}");
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (1, 1), "{session}");
    }
    for session in ["429-once", "400-once-retry"] {
        let call = Call::new();
        client.delete(session, "primary", &call).unwrap();
        assert_eq!((call.attempts(), sandbox.requests_for(session).len()), (2, 2), "{session}");
    }
}

/// What a call tells of its last answer: the HTTP status, the name of the request, the wait, the JSON and its size.
fn learnt(call: &Call) -> (i32, Option<String>, u64, Option<String>, (u64, u64)) {
    (call.http_status(), call.request_id(), call.retry_after_ms(), call.result(), call.transferred())
}

#[test]
fn a_retry_that_cannot_connect_does_not_hide_that_something_was_sent() {
    // The request is read, the connection is closed, and nobody listens any more.
    let server = Canned::start([vec![]]);
    let client = Options::new().base_url(server.url.as_str()).max_retries(1).client().unwrap();
    let call = Call::new();
    let lost = failure(client.pause_call("abc", &call));
    assert_eq!((lost.status, call.attempts(), server.requests().len()), (5, 2, 1), "{}", lost.message);
    assert!(lost.message.ends_with("; assume that it is still being recorded, and pause again"), "{}", lost.message);
}

#[test]
fn what_an_attempt_learnt_ends_with_it() {
    let busy =
        || answer("503 Busy", &["x-request-id: first", "Retry-After: 0", "Content-Length: 10"], br#"{"size":0}"#);
    // Nothing follows, so that the second attempt is lost.
    let server = Canned::start([busy(), vec![]]);
    let client = Options::new().base_url(server.url.as_str()).max_retries(1).client().unwrap();
    let call = Call::new();
    assert_eq!(failure(client.pause_call("abc", &call)).status, 5);
    assert_eq!((call.attempts(), learnt(&call)), (2, (0, None, 0, None, (0, 0))));

    let video = answer("200 OK", &["Content-Type: video/mp4", "Content-Length: 10"], b"0123456789");
    let server = Canned::start([busy(), video]);
    let client = Options::new().base_url(server.url.as_str()).client().unwrap();
    let folder = Folder::new();
    client.download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), learnt(&call)), (2, (200, None, 0, None, (10, 10))));
}

#[test]
fn a_refused_connection_is_tried_again_and_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Options::new().base_url(format!("http://127.0.0.1:{port}")).max_retries(1).client().unwrap();
    let call = Call::new();
    let failure = failure(client.pause_call("abc", &call));
    assert_eq!((failure.status, call.attempts(), call.http_status()), (3, 2, 0));
    assert!(failure.message.contains(&format!("127.0.0.1:{port}")), "{}", failure.message);
    assert!(failure.message.contains("refused"), "{}", failure.message);
    // Nothing was sent, so even a deletion is tried again.
    assert_eq!(self::failure(client.delete("abc", "primary", &call)).status, 3);
    assert_eq!(call.attempts(), 2);
}
