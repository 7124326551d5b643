//! Subcommands that take several sessions, and ids that look like options.

use serde_json::{Value, json};

use crate::process::run;
use crate::sandbox::Sandbox;

/// A sandbox with these sessions, and with those that fail.
fn with_sessions(sessions: &[&str]) -> Sandbox {
    let options: Vec<_> = sessions.iter().map(|session| format!("--session={session}")).collect();
    Sandbox::with(&["--session-per-fault"].into_iter().chain(options.iter().map(String::as_str)).collect::<Vec<_>>())
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

#[test]
fn each_session_has_its_line() {
    let sandbox = with_sessions(&["a", "b", "c"]);
    let rows: [(&[&str], &str); 3] = [
        (&["pause", "a", "b", "c"], "paused: a\npaused: b\npaused: c\n"),
        (&["resume", "a", "c"], "resumed: a\nresumed: c\n"),
        (&["delete", "b", "c", "primary"], "deleted: primary of b\ndeleted: primary of c\n"),
    ];
    for (arguments, expected) in rows {
        let exited = run(&sandbox.url, arguments);
        assert_eq!((exited.code, exited.stdout.as_str(), exited.stderr.as_str()), (Some(0), expected, ""));
    }
    assert_eq!(["a", "b", "c"].map(|session| sandbox.recording(session)), ["recording", "off", "off"]);
}

/// The first failure decides about the exit code, and the sessions after it have their turn.
#[test]
fn a_failure_does_not_keep_the_others_from_their_turn() {
    let sandbox = with_sessions(&["a", "b"]);
    let exited = run(&sandbox.url, &["pause", "a", "404", "..", "b", "--max-retries", "0"]);
    assert_eq!((exited.code, exited.stdout.as_str()), (Some(4), "paused: a\npaused: b\n"));
    let failures: Vec<_> = exited.stderr.lines().collect();
    assert!(failures.len() == 2 && failures[0].starts_with("anchor: 404 "), "{}", exited.stderr);
    assert!(failures[1].starts_with("anchor: session_id \"..\" cannot be an id"), "{}", exited.stderr);
    assert_eq!(["a", "b"].map(|session| sandbox.recording(session)), ["paused", "paused"]);
}

#[test]
fn with_json_each_object_names_its_session() {
    let sandbox = with_sessions(&["a", "b \"c\""]);
    let exited = run(&sandbox.url, &["pause", "--json", "a", "404", "b \"c\""]);
    assert_eq!(exited.code, Some(4));
    let paused = |session: &str| json!({ "session_id": session, "data": { "data": { "status": "paused" } } });
    assert_eq!(objects(&exited.stdout), [paused("a"), paused("b \"c\"")]);
    let [failure] = &objects(&exited.stderr)[..] else { panic!("{}", exited.stderr) };
    assert_eq!((&failure["error"]["session_id"], &failure["error"]["status"]), (&json!("404"), &json!(404)));
    for arguments in [&["list", "404"][..], &["download", "404", "-"], &["while-paused", "404", "--", "true"]] {
        let error = run(&sandbox.url, &[&["--json"], arguments].concat()).error();
        assert_eq!((&error["session_id"], &error["status"]), (&json!("404"), &json!(404)), "{arguments:?}");
    }
}

#[test]
fn an_id_may_look_like_an_option() {
    let sandbox = with_sessions(&["-a", "--json", "-b", "-c", "c"]);
    let rows: [(&[&str], &str); 5] = [
        (&["pause", "--", "-a", "--json"], "paused: -a\npaused: --json\n"),
        (&["delete", "--", "-b", "primary"], "deleted: primary of -b\n"),
        (&["while-paused", "--", "-c", "echo", "-n", "--json"], "--json\n"),
        (&["while-paused", "--", "-c", "--", "echo", "--"], "--\n"),
        (&["while-paused", "--timeout", "20", "c", "echo", "-n", "a"], "a\n"),
    ];
    for (arguments, expected) in rows {
        let exited = run(&sandbox.url, arguments);
        assert_eq!(
            (exited.code, exited.stdout.as_str(), exited.stderr.as_str()),
            (Some(0), expected, ""),
            "{arguments:?}"
        );
    }
    assert_eq!(sandbox.recording("-c"), "recording");
    let missing = run(&sandbox.url, &["while-paused", "c", "--", "--"]);
    let message = "anchor: command is missing: write it after --; the command was not run\n";
    assert_eq!((missing.code, missing.stderr.as_str()), (Some(125), message));
    // The only block of "c" is the one above.
    assert_eq!(sandbox.actions("c"), ["pause", "resume"]);
}

#[test]
fn an_option_that_does_not_exist_is_no_id() {
    let sandbox = with_sessions(&["a"]);
    let rows: [(&[&str], i32); 3] =
        [(&["pause", "--frob"], 2), (&["pause", "-q", "a"], 2), (&["while-paused", "--frob", "a", "true"], 125)];
    for (arguments, code) in rows {
        let exited = run(&sandbox.url, arguments);
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(code), ""), "{arguments:?}");
    }
    assert_eq!(sandbox.requests().len(), 0);
}
