//! The subcommands that make one call: their output and their exit codes.

use std::fs::File;
use std::io;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::process::{Running, anchor, run};
use crate::sandbox::Sandbox;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}

#[test]
fn a_success_is_reported_in_one_line() {
    let sandbox = Sandbox::with(&["--session-per-fault", "--session", "abc", "--session", "a b"]);
    let folder = Folder::new();
    let video = folder.file("video.mp4");
    let downloaded = format!("downloaded: {video}, 4.00 KiB\n");
    let rows: [(&[&str], &str); 8] = [
        (&["pause", "abc"], "paused: abc\n"),
        (&["resume", "abc"], "resumed: abc\n"),
        (&["unpause", "abc"], "resumed: abc\n"),
        (&["continue", "abc"], "resumed: abc\n"),
        (&["pause", "a b"], "paused: \"a b\"\n"),
        (&["download", "abc", &video], &downloaded),
        (&["delete", "abc", "primary"], "deleted: primary of abc\n"),
        (&["request", "DELETE", "/v1/sessions/no-content"], ""),
    ];
    for (arguments, expected) in rows {
        let exited = run(&sandbox.url, arguments);
        let output = (exited.code, exited.stdout.as_str(), exited.stderr.as_str());
        assert_eq!(output, (Some(0), expected, ""), "{arguments:?}");
    }
    assert_eq!((sandbox.recording("abc"), folder.names()), ("off".into(), vec!["video.mp4".to_owned()]));
}

#[test]
fn with_json_a_success_is_the_answer_of_the_api() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    let status = |status: &str| json!({ "data": { "data": { "status": status } } });
    let of_session = |status: &str| json!({ "session_id": "abc", "data": { "data": { "status": status } } });
    let rows: [(&[&str], Value); 6] = [
        (&["pause", "abc"], of_session("paused")),
        (&["resume", "abc"], of_session("recording")),
        (&["download", "abc", &video], json!({ "file": video, "bytes": 4096 })),
        (&["delete", "abc", "primary"], of_session("deleted")),
        (&["request", "GET", "/v1/sessions/no-content/recordings"], json!({})),
        (&["request", "DELETE", "/v1/sessions/abc"], status("deleted")),
    ];
    for (arguments, expected) in rows {
        let exited = run(&sandbox.url, &[&["--json"], arguments].concat());
        assert_eq!((exited.code, exited.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert_eq!(parsed(&exited.stdout), expected);
    }
}

#[test]
fn recordings_are_listed_as_a_table_or_as_json() {
    let sandbox = Sandbox::start();
    let table = run(&sandbox.url, &["list", "abc"]);
    let expected = "\
ID           PRIMARY  DURATION  SIZE      CREATED_AT            STATUS
abc-primary  yes      00:00:12  4.00 KiB  2025-01-01T00:00:00Z  recording
";
    assert_eq!((table.code, table.stdout.as_str()), (Some(0), expected));
    let listed = parsed(&run(&sandbox.url, &["list", "abc", "--json"]).stdout);
    assert_eq!(listed["data"]["items"][0]["id"], "abc-primary");
    for json in [&[][..], &["--json"]] {
        let exited = run(&sandbox.url, &[&["list", "no-content"], json].concat());
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(1), ""), "{}", exited.stderr);
    }
}

#[test]
fn a_failure_is_one_line_on_stderr_and_an_exit_code() {
    let sandbox = Sandbox::start();
    let rows = [
        ("401", 3, "anchor: 401 the API key was not accepted while "),
        ("403", 3, "anchor: 403 the API key has no permission while "),
        ("404", 4, "anchor: 404 the session was not found while "),
        ("429-long", 6, "anchor: 429 there were too many requests while "),
        ("500-no-retry", 6, "anchor: 500 the API failed while "),
        ("302", 6, "anchor: 302 a redirect was not followed while "),
        ("html", 1, "anchor: HTTP 200 was received while "),
        ("close", 5, "anchor: the connection to "),
        ("stall", 5, "anchor: timed out after 400 ms while "),
    ];
    for subcommand in ["pause", "resume", "list"] {
        for (session, code, message) in rows {
            let arguments = [subcommand, session, "--max-retries", "0", "--timeout"];
            let seconds = if session == "stall" { "0.4" } else { "50" };
            let exited = run(&sandbox.url, &[&arguments[..], &[seconds]].concat());
            assert_eq!(
                (exited.code, exited.stdout.as_str()),
                (Some(code), ""),
                "{subcommand} {session}: {}",
                exited.stderr
            );
            assert!(exited.stderr.starts_with(message) && exited.stderr.lines().count() == 1, "{}", exited.stderr);
        }
    }
}

#[test]
fn unusable_arguments_are_reported_and_nothing_is_sent() {
    let sandbox = Sandbox::start();
    let rows: [(&[&str], &str); 18] = [
        (&["pause", ".."], "anchor: session_id \"..\" cannot be an id"),
        (&["delete", "abc", ""], "anchor: recording_id is empty"),
        (&["download", "abc", "/nowhere/video.mp4"], "anchor: file "),
        (&["request", "HEAD", "/v1"], "anchor: method must be GET"),
        (&["request", "/v1", "{}"], "anchor: method is missing: write it before the path"),
        (&["request", "GET"], "anchor: path is missing: write it after the method"),
        (&["request", "GET", "v1"], "anchor: path must begin with one slash"),
        (&["request", "POST", "/v1", "{"], "anchor: body is not JSON"),
        (&["request", "POST", "/v1", "@a b.json"], "anchor: body is not JSON: for a file, write - <'a b.json'\n"),
        (&["request", "POST", "/v1", ""], "anchor: body is empty: leave it out"),
        (&["request", "POST", "/v1", "-"], "anchor: body is empty: leave it out"),
        (&["pause", "abc", "--base-url", "ftp://x"], "anchor: base_url must begin"),
        (&["pause", "abc", "--ca-file", "/nowhere"], "anchor: ca_file \"/nowhere\" cannot be read"),
        (&["pause", "abc", "--proxy", "socks6://x"], "anchor: proxy must begin"),
        (&["pause", "abc", "--client-certificate", "/x"], "anchor: client_certificate \"/x\" cannot be read"),
        (&["pause", "abc", "--header", "secret"], "anchor: header has no colon"),
        (&["pause", "abc", "--header", "host: secret"], "anchor: header \"host\" cannot be set"),
        (&["pause", "abc", "--timeout", "0"], "anchor: invalid value '0' for '--timeout <SECONDS>'"),
    ];
    for (arguments, message) in rows {
        let exited = run(&sandbox.url, arguments);
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(exited.stderr.starts_with(message) && !exited.stderr.contains("secret"), "{}", exited.stderr);
    }
    for usage in [&[][..], &["pause"], &["list", "a", "b"], &["jump"], &["request"], &["pause", "--frob"]] {
        assert_eq!(run(&sandbox.url, usage).code, Some(2), "{usage:?}");
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn with_json_a_failure_is_an_object_on_stderr() {
    let sandbox = Sandbox::start();
    let error = run(&sandbox.url, &["pause", "404", "--json"]).error();
    assert_eq!((&error["status"], &error["name"]), (&404.into(), &"ANCHOR_NOT_FOUND".into()));
    assert_eq!((&error["http_status"], &error["attempts"]), (&404.into(), &1.into()));
    assert!(
        error["message"].as_str().unwrap().starts_with("404 the session was not found while pausing session \"404\""),
        "{error}"
    );
    assert!(error["request_id"].as_str().unwrap().starts_with("req-"), "{error}");
    assert!(error["retry_after_ms"].is_null(), "{error}");
    let error = run(&sandbox.url, &["pause", "429-long", "--json", "--max-retries", "0"]).error();
    assert_eq!((&error["name"], &error["retry_after_ms"]), (&"ANCHOR_RATE_LIMITED".into(), &3_600_000.into()));
    let error = run(&sandbox.url, &["pause", "422", "--json"]).error();
    assert_eq!((&error["status"], &error["name"]), (&422.into(), &"HTTP_STATUS".into()));
    let error = run(&sandbox.url, &["pause", "", "--json"]).error();
    assert_eq!((&error["status"], &error["attempts"]), (&1.into(), &0.into()));
    assert!(error["http_status"].is_null() && error["request_id"].is_null(), "{error}");
}

#[test]
fn with_json_a_mistake_in_the_command_line_is_an_object_too() {
    let rows: [(&[&str], &str); 7] = [
        (&["pause", "--json"], "the following required arguments were not provided: <SESSION>...; see anchor --help"),
        (&["--json", "jump"], "unrecognized subcommand 'jump'; see anchor --help"),
        (&["--json"], "'anchor' requires a subcommand but one was not provided"),
        (
            &["--json", "pausee"],
            "unrecognized subcommand 'pausee'; a similar subcommand exists: 'pause'; see anchor --help",
        ),
        (
            &["--json", "list", "--verbos"],
            "unexpected argument '--verbos' found; a similar argument exists: '--verbose'",
        ),
        (&["pause", "abc", "--json", "--frob"], "unexpected argument '--frob' found; see anchor --help"),
        (&["pause", "abc", "--timeout", "0", "--json"], "invalid value '0' for '--timeout <SECONDS>'"),
    ];
    for (arguments, message) in rows {
        let exited = run("", arguments);
        assert_eq!((exited.code, exited.stdout.as_str(), exited.stderr.lines().count()), (Some(2), "", 1));
        let error = exited.error();
        assert!(error["message"].as_str().unwrap().starts_with(message), "{error}");
        assert_eq!((&error["status"], &error["name"]), (&1.into(), &"ANCHOR_INVALID_ARGUMENT".into()));
    }
    // After "--" it is an argument.
    assert!(run("", &["while-paused", "--", "--json"]).stderr.starts_with("anchor: "));
}

#[test]
fn a_mistake_in_the_command_line_is_a_line_and_the_usage() {
    let list = "anchor list SESSION shows the recordings, with a status if the API gives one; ";
    let key = "the key comes from ANCHORBROWSER_API_KEY, because other users see the command line; ";
    let id = "an id that begins with - comes after --; ";
    let rows: [(&[&str], &str, &str, &str); 10] = [
        (&["pause", "--quiet", "a"], "unexpected argument '--quiet' found; ", "", "pause [OPTIONS] <SESSION>..."),
        (&["pause", "-k", "a"], "unexpected argument '-k' found; ", "", "pause [OPTIONS] <SESSION>..."),
        (&["pause", "-4f1c-22ab"], "unexpected argument '-4' found; ", id, "pause [OPTIONS] <SESSION>..."),
        (&["pause", "--api-key", "x"], "unexpected argument '--api-key' found; ", key, "pause [OPTIONS] <SESSION>..."),
        (&["list", "a", "b"], "unexpected argument 'b' found; ", "", "list [OPTIONS] <SESSION>"),
        (&["status", "a"], "unrecognized subcommand 'status'; ", list, "[OPTIONS] <COMMAND>"),
        (
            &["paus"],
            "unrecognized subcommand 'paus'; ",
            "a similar subcommand exists: 'pause'; ",
            "[OPTIONS] <COMMAND>",
        ),
        (
            &["unpaus"],
            "unrecognized subcommand 'unpaus'; ",
            "a similar subcommand exists: 'unpause'; ",
            "[OPTIONS] <COMMAND>",
        ),
        (
            &["pause", "--timeout", "-1", "a"],
            "invalid value '-1' for '--timeout <SECONDS>': ",
            "must be 0.001 to 86400 (a day); ",
            "",
        ),
        (
            &["pause", "--max-retries", "-1", "a"],
            "invalid value '-1' for '--max-retries <N>': ",
            "-1 is not in 0..=4294967295; ",
            "",
        ),
    ];
    for (arguments, what, tip, usage) in rows {
        let exited = run("", arguments);
        let usage = if usage.is_empty() { String::new() } else { format!("Usage: anchor {usage}\n") };
        let expected = format!("anchor: {what}{tip}see anchor --help\n{usage}");
        assert_eq!((exited.code, exited.stdout.as_str(), exited.stderr), (Some(2), "", expected), "{arguments:?}");
    }
    let nothing = run("", &[]);
    assert!(nothing.code == Some(2) && nothing.stderr.contains("Usage: anchor "), "{}", nothing.stderr);
}

#[test]
fn a_recording_that_does_not_exist_may_be_meant_as_a_session() {
    let sandbox = Sandbox::start();
    let exited = run(&sandbox.url, &["delete", "abc", "def"]);
    let end = "; the last argument, def, is the recording\n";
    assert!(exited.code == Some(4) && exited.stderr.ends_with(end), "{}", exited.stderr);
    let exited = run(&sandbox.url, &["delete", "404", "primary"]);
    assert!(exited.code == Some(4) && !exited.stderr.contains("the last argument"), "{}", exited.stderr);
}

#[test]
fn a_request_takes_its_body_from_the_command_line_or_from_stdin() {
    let sandbox = Sandbox::start();
    let body = r#"{"session":{"recording":{"active":false}}}"#;
    let from_argument = run(&sandbox.url, &["request", "POST", "/v1/sessions", body]);
    assert!(
        from_argument.code == Some(0) && parsed(&from_argument.stdout)["data"]["id"] == "session-1",
        "{from_argument:?}"
    );
    let mut from_stdin = Running::start(&mut anchor(&sandbox.url, ["request", "POST", "/v1/sessions", "-"]));
    from_stdin.write(body);
    assert_eq!(from_stdin.wait().code, Some(0));
    for method in [&["GET"][..], &["get"], &[]] {
        let path = ["/v1/sessions/session-1/recordings?page=1"];
        let without_body = run(&sandbox.url, &[&["request"], method, &path].concat());
        assert_eq!(parsed(&without_body.stdout)["data"]["count"], 0);
    }
    let requests = sandbox.requests();
    let sent: Vec<_> = requests.iter().map(|request| request["body_bytes"].as_u64().unwrap()).collect();
    assert_eq!(sent, [body.len() as u64, body.len() as u64, 0, 0, 0]);
    assert_eq!((sandbox.recording("session-1"), sandbox.recording("session-2")), ("off".into(), "off".into()));
}

#[test]
fn a_closed_stdout_is_not_a_failure_but_a_full_disk_is() {
    let sandbox = Sandbox::start();
    for arguments in [&["list", "abc"][..], &["list", "abc", "--json"], &["pause", "abc"], &["--help"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = anchor(&sandbox.url, arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    }
    let (path, folder) = ("/v1/sessions/abc/recordings", Folder::new());
    let rows: [(&[&str], &str); 6] = [
        (&["list", "abc"], ""),
        (&["pause", "abc"], "; the recording was paused"),
        (&["resume", "abc", "--json"], "; the recording was resumed"),
        (&["request", path], "; the API accepted the request"),
        (&["download", "abc", &folder.file("video.mp4")], "; the video was downloaded"),
        (&["delete", "abc", "primary"], "; the recording was deleted"),
    ];
    for (arguments, done) in rows {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = anchor(&sandbox.url, arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let message = format!("cannot write to standard output: No space left on device{done}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && stderr.contains(&message), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_closed_stderr_does_not_change_the_exit_code() {
    let sandbox = Sandbox::start();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = anchor(&sandbox.url, ["-v", "pause", "404"]).stderr(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn help_lists_the_exit_codes_and_version_prints_the_version() {
    let help = run("", &["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for line in ["  3    the API did not accept the key", "  123  the command ran, and the recording may", "Examples:"]
    {
        assert!(help.stdout.lines().any(|actual| actual.starts_with(line)), "{}", help.stdout);
    }
    assert!(help.stdout.lines().all(|line| line.chars().count() <= 120), "{}", help.stdout);
    for subcommand in ["pause", "resume", "list", "download", "delete", "while-paused", "request"] {
        let help = run("", &[subcommand, "--help"]).stdout;
        assert!(help.contains(&format!("\nExamples:\n  anchor {subcommand} ")), "{help}");
        assert!(help.contains("\nExit status:"), "{help}");
    }
    for arguments in [&["help", "--help"][..], &["help", "-h"], &["help"]] {
        let help_of_help = run("", arguments);
        assert_eq!((help_of_help.code, help_of_help.stdout.as_str()), (Some(0), help.stdout.as_str()), "{arguments:?}");
    }
    let version = run("", &["--version"]);
    assert_eq!(version.stdout, concat!("anchor ", env!("CARGO_PKG_VERSION"), "\n"));
}
