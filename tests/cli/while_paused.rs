//! Commands that run while the recording is paused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::anchor::{PROGRAM, Running, anchor, run};
use crate::folder::Folder;
use crate::sandbox::{API_KEY, Sandbox};

fn script<'a>(session: &'a str, script: &'a str) -> [&'a str; 6] {
    ["while-paused", session, "--", "sh", "-c", script]
}

fn verbs(sandbox: &Sandbox, session: &str) -> Vec<String> {
    let requests = sandbox.requests_for(session);
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    requests.iter().map(|request| last(request["path"].as_str().unwrap())).collect()
}

#[test]
fn the_recording_is_paused_as_long_as_the_command_runs() {
    let sandbox = Sandbox::start();
    let mut running = Running::start(&mut anchor(&sandbox.url, script("abc", "echo ready; read line; echo $line >&2")));
    running.says("ready");
    assert_eq!(sandbox.recording("abc"), "paused");
    running.write("from stdin\n");
    let ended = running.ended();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "ready\n", "from stdin\n"));
    assert_eq!(
        (sandbox.recording("abc"), verbs(&sandbox, "abc")),
        ("recording".into(), vec!["pause".into(), "resume".into()])
    );
}

#[test]
fn the_exit_code_is_the_command_s_own() {
    let sandbox = Sandbox::start();
    for (body, code) in [("true", 0), ("exit 7", 7), ("exit 125", 125), ("exit 255", 255), ("kill -KILL $$", 137)] {
        for json in [&[][..], &["--json"]] {
            let ended = run(&sandbox.url, &[json, &script("abc", body)].concat());
            assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(code), "", ""), "{body}");
        }
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn a_command_is_not_run_when_pausing_fails() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let touch = format!("touch {}", folder.file("ran"));
    for session in ["404", "401", "403", "422"] {
        let ended = run(&sandbox.url, &script(session, &touch));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(125), ""), "{session}");
        assert!(ended.stderr.ends_with("; the command was not run\n"), "{}", ended.stderr);
        assert_eq!(verbs(&sandbox, session), ["pause"]);
    }
    let json = run(&sandbox.url, &[&["--json"], &script("404", &touch)[..]].concat());
    assert_eq!((json.code, &json.error()["name"]), (Some(125), &"ANCHOR_NOT_FOUND".into()));
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn what_may_be_paused_is_resumed() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let touch = format!("touch {}", folder.file("ran"));
    let ended = run(&sandbox.url, &[&["--max-retries", "0"], &script("close-once", &touch)[..]].concat());
    assert_eq!((ended.code, verbs(&sandbox, "close-once")), (Some(125), vec!["pause".into(), "resume".into()]));
    assert!(ended.stderr.ends_with("; the command was not run, and the recording was resumed\n"), "{}", ended.stderr);
    // It may be paused whatever the answer says; this 204 takes effect.
    for session in ["500-no-retry", "html", "empty", "no-content"] {
        let ended = run(&sandbox.url, &script(session, &touch));
        assert_eq!((ended.code, verbs(&sandbox, session)), (Some(123), vec!["pause".into(), "resume".into()]));
        assert_eq!(sandbox.recording(session), "recording", "{session}");
        assert!(ended.stderr.contains("may still be paused"), "{}", ended.stderr);
    }
    // It is paused at once, but the answer comes too late.
    let ended = run(&sandbox.url, &[&["--timeout", "1"], &script("delay", &touch)[..]].concat());
    assert_eq!((ended.code, sandbox.recording("delay")), (Some(123), "recording".into()));
    assert!(ended.stderr.contains("the command was not run; the recording of session \"delay\" may still be paused"));
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn a_command_that_cannot_be_run_leaves_nothing_paused() {
    let sandbox = Sandbox::start();
    for (program, code) in [("/nowhere/x", 127), ("no-such-command-anywhere", 127), ("/etc", 126), ("/dev/null", 126)] {
        let ended = run(&sandbox.url, &["while-paused", "abc", "--", program]);
        assert_eq!(ended.code, Some(code), "{program}");
        assert!(ended.stderr.starts_with(&format!("anchor: cannot run {program:?}: ")), "{}", ended.stderr);
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn a_recording_that_cannot_be_resumed_is_told() {
    for (json, body, code) in [(false, "exit 3", 3), (true, "exit 3", 3), (true, "kill -KILL $$", 137)] {
        let sandbox = Sandbox::with(&["--session", "a b"]);
        let script = format!("'{PROGRAM}' request DELETE /v1/sessions/a%20b >/dev/null; {body}");
        let arguments = ["while-paused", "a b", "--", "sh", "-c", &script];
        let ended = run(&sandbox.url, &[if json { &["--json"][..] } else { &[] }, &arguments].concat());
        assert_eq!(ended.code, Some(123), "{}", ended.stderr);
        let begin =
            format!("the command ended with {code}; the recording of session \"a b\" may still be paused: 404 ");
        let end = "; resume it with: anchor resume 'a b'";
        let message = if json {
            let error = ended.error();
            assert_eq!((&error["status"], &error["command_exit_code"]), (&404.into(), &code.into()));
            error["message"].as_str().unwrap().to_owned()
        } else {
            ended.stderr.strip_prefix("anchor: ").unwrap().trim_end().to_owned()
        };
        assert!(message.starts_with(&begin) && message.ends_with(end), "{message}");
    }
}

#[test]
fn the_command_inherits_arguments_as_they_are_and_the_environment() {
    let sandbox = Sandbox::start();
    let odd = OsStr::from_bytes(b"-x \xff");
    let body = OsStr::new(r#"[ "$1" = "$EXPECTED" ] && echo "$# $ANCHORBROWSER_API_KEY""#);
    let command = ["while-paused", "abc", "--", "sh", "-c"].map(OsStr::new);
    let arguments = command.into_iter().chain([body, OsStr::new("sh"), odd, OsStr::new("--json")]);
    let ended = Running::start(anchor(&sandbox.url, arguments).env("EXPECTED", odd)).ended();
    assert_eq!((ended.code, ended.stdout), (Some(0), format!("2 {API_KEY}\n")));
    let without =
        ["while-paused", "abc", "--", "env", "-u", "ANCHORBROWSER_API_KEY", "printenv", "ANCHORBROWSER_API_KEY"];
    assert_eq!(run(&sandbox.url, &without).stdout, "");
}

#[test]
fn of_two_the_one_that_ends_first_resumes() {
    let sandbox = Sandbox::start();
    let inner = format!("'{PROGRAM}' while-paused abc -- true; echo ready; read line");
    let mut outer = Running::start(&mut anchor(&sandbox.url, script("abc", &inner)));
    outer.says("ready");
    assert_eq!(sandbox.recording("abc"), "recording");
    assert_eq!(outer.ended().code, Some(1));
    assert_eq!(verbs(&sandbox, "abc"), ["pause", "pause", "resume", "resume"]);
}
