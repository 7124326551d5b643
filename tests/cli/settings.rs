//! The options that every subcommand takes.

use std::net::TcpListener;

use crate::anchor::{Running, anchor, run};
use crate::sandbox::Sandbox;

#[test]
fn who_asks_and_added_headers_are_sent() {
    let sandbox = Sandbox::start();
    let arguments = ["--header", "X-Team: a:b", "pause", "abc", "--header", "x-other:c"];
    assert_eq!(run(&sandbox.url, &arguments).code, Some(0));
    let headers = &sandbox.requests()[0]["headers"];
    assert_eq!((&headers["x-team"], &headers["x-other"]), (&"a:b".into(), &"c".into()));
    assert_eq!(headers["user-agent"], concat!("libanchor/", env!("CARGO_PKG_VERSION"), " command"));
    assert_eq!(headers["x-anchor-sdk"], concat!("libanchor-command/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_base_url_comes_from_the_command_line_before_the_environment() {
    let sandbox = Sandbox::start();
    let ended = run("http://127.0.0.1:1", &["pause", "abc", "--base-url", &sandbox.url]);
    assert_eq!((ended.code, sandbox.recording("abc")), (Some(0), "paused".into()));
}

#[test]
fn retries_are_counted_and_told_if_that_is_wanted() {
    let sandbox = Sandbox::start();
    let once = run(&sandbox.url, &["pause", "500-once", "--max-retries", "0"]);
    assert_eq!((once.code, sandbox.requests_for("500-once").len()), (Some(6), 1));
    let told = run(&sandbox.url, &["-v", "pause", "503-once"]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(0), "paused: \"503-once\"\n"));
    let begin = |attempt: u32| format!("anchor: POST /v1/sessions/503-once/recordings/pause attempt {attempt}, ");
    for attempt in [1, 2] {
        assert!(told.stderr.lines().any(|line| line.starts_with(&begin(attempt))), "{}", told.stderr);
    }
    assert!(told.stderr.lines().last().unwrap().contains(": 200, "), "{}", told.stderr);
    let json = run(&sandbox.url, &["--verbose", "--json", "pause", "404"]);
    assert_eq!(json.error()["status"], 404);
}

#[test]
fn a_certificate_authority_of_one_s_own_must_be_named() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let untrusted = run(&sandbox.url, &["pause", "abc", "--json"]);
    assert_eq!((untrusted.code, &untrusted.error()["name"]), (Some(1), &"ANCHOR_TLS_FAILED".into()));
    let trusted = run(&sandbox.url, &["pause", "abc", "--ca-file", sandbox.ca_file.as_deref().unwrap()]);
    assert_eq!(trusted.code, Some(0), "{}", trusted.stderr);
}

#[test]
fn no_connection_is_a_failure_of_this_side() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let ended = run(&url, &["pause", "abc", "--max-retries", "1", "--json"]);
    assert_eq!((ended.code, &ended.error()["name"]), (Some(1), &"ANCHOR_CONNECT_FAILED".into()));
    assert_eq!(ended.error()["attempts"], 2);
}

#[test]
fn a_proxy_is_asked_unless_it_is_empty() {
    let sandbox = Sandbox::start();
    let ended = run(&sandbox.url, &["pause", "abc", "--max-retries", "0", "--proxy", "http://127.0.0.1:1"]);
    assert_eq!((ended.code, sandbox.requests().len()), (Some(1), 0), "{}", ended.stderr);
    let mut none = anchor("http://anchor.invalid", ["pause", "abc", "--max-retries", "0"]);
    let ended = Running::start(none.env("HTTP_PROXY", &sandbox.url)).ended();
    assert_eq!((ended.code, sandbox.requests().len()), (Some(0), 1), "{}", ended.stderr);
    let ended = Running::start(none.args(["--proxy", ""])).ended();
    assert_eq!((ended.code, sandbox.requests().len()), (Some(1), 1), "{}", ended.stderr);
}
