//! The options that all subcommands share.

use std::net::TcpListener;

use crate::process::{Running, anchor, run};
use crate::sandbox::Sandbox;

#[test]
fn custom_headers_and_the_name_of_the_command_are_sent() {
    let sandbox = Sandbox::start();
    let arguments = ["--header", "X-Team: a:b", "pause", "abc", "-H", "x-other:c"];
    assert_eq!(run(&sandbox.url, &arguments).code, Some(0));
    let headers = &sandbox.requests()[0]["headers"];
    assert_eq!((&headers["x-team"], &headers["x-other"]), (&"a:b".into(), &"c".into()));
    assert_eq!(headers["user-agent"], concat!("libanchor/", env!("CARGO_PKG_VERSION"), " command"));
    assert_eq!(headers["x-anchor-sdk"], concat!("libanchor-command/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_base_url_option_overrides_the_environment() {
    let sandbox = Sandbox::start();
    let exited = run("http://127.0.0.1:1", &["pause", "abc", "--base-url", &sandbox.url]);
    assert_eq!((exited.code, sandbox.recording("abc")), (Some(0), "paused".into()));
}

#[test]
fn max_retries_is_obeyed_and_verbose_logs_each_attempt() {
    let sandbox = Sandbox::start();
    let once = run(&sandbox.url, &["pause", "500-once", "--max-retries", "0"]);
    assert_eq!((once.code, sandbox.requests_for("500-once").len()), (Some(6), 1));
    let verbose = run(&sandbox.url, &["-v", "pause", "503-once"]);
    assert_eq!((verbose.code, verbose.stdout.as_str()), (Some(0), "paused: 503-once\n"));
    let start = |attempt: u32| format!("anchor: POST /v1/sessions/503-once/recordings/pause attempt {attempt}, ");
    for attempt in [1, 2] {
        assert!(verbose.stderr.lines().any(|line| line.starts_with(&start(attempt))), "{}", verbose.stderr);
    }
    assert!(verbose.stderr.lines().last().unwrap().contains(": 200, "), "{}", verbose.stderr);
    let json = run(&sandbox.url, &["--verbose", "--json", "pause", "404"]);
    assert_eq!(json.error()["status"], 404);
}

#[test]
fn a_private_certificate_authority_requires_the_ca_file_option() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let untrusted = run(&sandbox.url, &["pause", "abc", "--json"]);
    assert_eq!((untrusted.code, &untrusted.error()["name"]), (Some(1), &"ANCHOR_TLS_FAILED".into()));
    let trusted = run(&sandbox.url, &["pause", "abc", "--ca-file", sandbox.ca_file.as_deref().unwrap()]);
    assert_eq!(trusted.code, Some(0), "{}", trusted.stderr);
}

#[test]
fn a_refused_connection_exits_with_1() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let exited = run(&url, &["pause", "abc", "--max-retries", "1", "--json"]);
    assert_eq!((exited.code, &exited.error()["name"]), (Some(1), &"ANCHOR_CONNECT_FAILED".into()));
    assert_eq!(exited.error()["attempts"], 2);
}

#[test]
fn a_proxy_is_used_unless_the_option_is_empty() {
    let sandbox = Sandbox::start();
    let exited = run(&sandbox.url, &["pause", "abc", "--max-retries", "0", "--proxy", "http://127.0.0.1:1"]);
    assert_eq!((exited.code, sandbox.requests().len()), (Some(1), 0), "{}", exited.stderr);
    let mut command = anchor("http://anchor.invalid", ["pause", "abc", "--max-retries", "0"]);
    let exited = Running::start(command.env("HTTP_PROXY", &sandbox.url)).wait();
    assert_eq!((exited.code, sandbox.requests().len()), (Some(0), 1), "{}", exited.stderr);
    let exited = Running::start(command.args(["--proxy", ""])).wait();
    assert_eq!((exited.code, sandbox.requests().len()), (Some(1), 1), "{}", exited.stderr);
}
