//! A call returns within its timeout, whatever the server does.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::host::{Call, Options, failure};
use crate::sandbox::Sandbox;

#[test]
fn the_timeout_holds_whatever_the_server_does() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).timeout_ms(400).client().unwrap();
    for session in ["stall", "trickle", "delay"] {
        let begun = Instant::now();
        let failure = failure(client.pause(session));
        assert_eq!(failure.status, 6, "{session}: {}", failure.message);
        assert!(failure.message.contains("400 ms") && failure.message.contains(session), "{}", failure.message);
        let taken = begun.elapsed();
        assert!((400..700).contains(&taken.as_millis()), "{session}: {taken:?}");
    }
    client.pause("abc").unwrap();
    let call = Call::new().timeout_ms(100);
    let begun = Instant::now();
    assert_eq!(failure(client.pause_call("stall", &call)).status, 6);
    assert!(begun.elapsed() < Duration::from_millis(400));
}

#[test]
fn a_server_that_says_nothing_at_all_is_left_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let sandbox = Sandbox::with(&["--tls"]);
    for scheme in ["http", "https"] {
        let options = Options::new().base_url(format!("{scheme}://{address}")).timeout_ms(300);
        let client = options.ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap();
        let begun = Instant::now();
        assert_eq!(failure(client.pause("abc")).status, 6, "{scheme}");
        let taken = begun.elapsed();
        assert!((300..600).contains(&taken.as_millis()), "{scheme}: {taken:?}");
    }
}

#[test]
fn a_timeout_tells_what_went_wrong_before() {
    let sandbox = Sandbox::with(&["--session", "abc", "--fault", "abc=500-once", "--fault", "abc=stall"]);
    let client = Options::new().base_url(sandbox.url.as_str()).timeout_ms(1500).client().unwrap();
    let failure = failure(client.pause("abc"));
    assert_eq!(failure.status, 6);
    assert!(failure.message.contains("the previous attempt: 500 the API failed"), "{}", failure.message);
}
