//! A call returns within its timeout, whatever the server does.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::host::{Call, Options, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn a_slow_answer_cannot_delay_the_timeout() {
    let sandbox = Sandbox::start();
    let client = Options::for_url(&sandbox.url).timeout_ms(400).client().unwrap();
    for session in ["stall", "trickle", "delay"] {
        let started = Instant::now();
        let failure = expect_failure(client.pause(session));
        assert_eq!(failure.status, 6, "{session}: {}", failure.message);
        assert!(failure.message.contains("400 ms") && failure.message.contains(session), "{}", failure.message);
        let elapsed = started.elapsed();
        assert!((400..700).contains(&elapsed.as_millis()), "{session}: {elapsed:?}");
    }
    client.pause("abc").unwrap();
    let call = Call::new().timeout_ms(100);
    let started = Instant::now();
    assert_eq!(expect_failure(client.pause_call("stall", &call)).status, 6);
    assert!(started.elapsed() < Duration::from_millis(400));
}

#[test]
fn a_server_that_never_speaks_cannot_delay_the_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let sandbox = Sandbox::with(&["--tls"]);
    for scheme in ["http", "https"] {
        let options = Options::for_url(&format!("{scheme}://{address}")).timeout_ms(300);
        let client = options.ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap();
        let started = Instant::now();
        assert_eq!(expect_failure(client.pause("abc")).status, 6, "{scheme}");
        let elapsed = started.elapsed();
        assert!((300..600).contains(&elapsed.as_millis()), "{scheme}: {elapsed:?}");
    }
}

#[test]
fn a_timeout_reports_how_the_previous_attempt_failed() {
    let sandbox = Sandbox::with(&["--session", "abc", "--fault", "abc=500-once", "--fault", "abc=stall"]);
    let client = Options::for_url(&sandbox.url).timeout_ms(1500).client().unwrap();
    let failure = expect_failure(client.pause("abc"));
    assert_eq!(failure.status, 6);
    assert_eq!(
        failure.message,
        "timed out after 1500 ms while pausing session \"abc\" (the previous attempt: 500 the API failed \
         (the API says: Failed to pause recording.)); assume that it is still being recorded, and pause again; \
         if you give up, resume: it may be paused"
    );
}
