//! `anchor while-paused` runs a command while the recording is paused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::folder::Folder;
use crate::gated_api::GatedApi;
use crate::process::{PROGRAM, Running, anchor, launcher, run};
use crate::sandbox::{API_KEY, Sandbox};

fn script<'a>(session: &'a str, script: &'a str) -> [&'a str; 6] {
    ["while-paused", session, "--", "sh", "-c", script]
}

#[test]
fn the_recording_is_paused_while_the_command_runs() {
    let sandbox = Sandbox::start();
    let mut running = Running::start(&mut anchor(&sandbox.url, script("abc", "echo ready; read line; echo $line >&2")));
    running.wait_for_line("ready");
    assert_eq!(sandbox.recording("abc"), "paused");
    running.write("from stdin\n");
    let exited = running.wait();
    assert_eq!((exited.code, exited.stdout.as_str(), exited.stderr.as_str()), (Some(0), "ready\n", "from stdin\n"));
    assert_eq!(
        (sandbox.recording("abc"), sandbox.actions("abc")),
        ("recording".into(), vec!["pause".into(), "resume".into()])
    );
}

#[test]
fn the_exit_code_is_that_of_the_command() {
    let sandbox = Sandbox::start();
    for (body, code) in [("true", 0), ("exit 7", 7), ("exit 125", 125), ("exit 255", 255), ("kill -KILL $$", 137)] {
        for json in [&[][..], &["--json"]] {
            let exited = run(&sandbox.url, &[json, &script("abc", body)].concat());
            assert_eq!((exited.code, exited.stdout.as_str(), exited.stderr.as_str()), (Some(code), "", ""), "{body}");
        }
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn the_command_is_not_run_if_pausing_fails() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let touch = format!("touch {}", folder.file("ran"));
    for session in ["404", "401", "403", "422", "429-long"] {
        let exited = run(&sandbox.url, &[&["--max-retries", "0"], &script(session, &touch)[..]].concat());
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(125), ""), "{session}");
        assert!(exited.stderr.ends_with("; the command was not run\n"), "{}", exited.stderr);
        assert!(!exited.stderr.contains("assume that"), "{}", exited.stderr);
        assert_eq!(sandbox.actions(session), ["pause"]);
    }
    let json = run(&sandbox.url, &[&["--json"], &script("404", &touch)[..]].concat());
    assert_eq!((json.code, &json.error()["name"]), (Some(125), &"ANCHOR_NOT_FOUND".into()));
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn a_mistake_exits_with_125_because_the_command_was_not_run() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let touch = ["--", "touch", &folder.file("ran")];
    let key = "; the command was not run\n";
    let rows: [(&[&str], &str, &str); 9] = [
        (&["while-paused", ".."], API_KEY, key),
        (&["while-paused", ""], API_KEY, key),
        (&["while-paused", "abc"], "", key),
        (&["while-paused", "abc", "--ca-file", "/nowhere"], API_KEY, key),
        (&["while-paused", "abc", "--frob"], API_KEY, "<COMMAND>...\n"),
        (&["--frob", "while-paused", "abc"], API_KEY, "<COMMAND>\n"),
        (&["--timeout", "0", "while-paused", "abc"], API_KEY, "(a day); see anchor --help\n"),
        (&["while-paused"], API_KEY, "<COMMAND>...\n"),
        (&["while-paused", "--json"], API_KEY, "}}\n"),
    ];
    for (arguments, key, end) in rows {
        let mut command = anchor(&sandbox.url, [arguments, &touch].concat());
        let exited = Running::start(command.env("ANCHORBROWSER_API_KEY", key)).wait();
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(125), ""), "{arguments:?}: {}", exited.stderr);
        assert!(exited.stderr.ends_with(end), "{arguments:?}: {}", exited.stderr);
    }
    let no_command = run(&sandbox.url, &["while-paused", "abc"]);
    assert_eq!((no_command.code, sandbox.requests().len(), folder.names().len()), (Some(125), 0, 0));
}

/// `while-paused $session -- COMMAND` with an empty variable must not take the command for the session.
#[test]
fn a_missing_session_is_not_taken_from_the_command() {
    let sandbox = Sandbox::start();
    for arguments in [&["--", "true", "abc"][..], &["--timeout", "9", "--", "true", "abc"], &["--", "a", "--", "b"]] {
        let exited = run(&sandbox.url, &[&["while-paused"], arguments].concat());
        let start = "anchor: no session given: write it before --, unless it begins with -; ";
        assert!(exited.code == Some(125) && exited.stderr.starts_with(start), "{arguments:?}: {}", exited.stderr);
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_recording_that_may_be_paused_is_resumed() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let touch = format!("touch {}", folder.file("ran"));
    let exited = run(&sandbox.url, &[&["--max-retries", "0"], &script("close-once", &touch)[..]].concat());
    assert_eq!((exited.code, sandbox.actions("close-once")), (Some(125), vec!["pause".into(), "resume".into()]));
    assert!(exited.stderr.ends_with("; the command was not run, and the recording was resumed\n"), "{}", exited.stderr);
    // It would be advice to resume what was resumed.
    assert!(!exited.stderr.contains("give up"), "{}", exited.stderr);
    // The recording may be paused after any unconfirmed answer. This 204 does pause it.
    for session in ["500-no-retry", "html", "empty", "no-content"] {
        let exited = run(&sandbox.url, &script(session, &touch));
        assert_eq!((exited.code, sandbox.actions(session)), (Some(125), vec!["pause".into(), "resume".into()]));
        assert_eq!(sandbox.recording(session), "recording", "{session}");
        assert!(exited.stderr.contains("; the command was not run; the recording of "), "{}", exited.stderr);
        assert!(exited.stderr.contains(" may still be paused: "), "{}", exited.stderr);
        // The two calls that failed have contrary advice.
        assert!(!exited.stderr.contains("assume that"), "{}", exited.stderr);
    }
    // The pause takes effect at once, but its answer arrives after the timeout.
    let exited = run(&sandbox.url, &[&["--timeout", "1"], &script("delay", &touch)[..]].concat());
    assert_eq!((exited.code, sandbox.recording("delay")), (Some(125), "recording".into()));
    assert!(exited.stderr.contains("the command was not run; the recording of session \"delay\" may still be paused"));
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn a_command_that_cannot_be_run_leaves_the_recording_running() {
    let sandbox = Sandbox::start();
    let (not_run, hint) =
        ("; the command was not run, and the recording was resumed", "; for shell code: -- sh -c '...'");
    for (program, code) in [("/nowhere/x", 127), ("no-such-command-anywhere", 127), ("/etc", 126), ("/dev/null", 126)] {
        let exited = run(&sandbox.url, &["while-paused", "abc", "--", program]);
        assert_eq!(exited.code, Some(code), "{program}");
        assert!(exited.stderr.starts_with(&format!("anchor: cannot run {program:?}: ")), "{}", exited.stderr);
        let end = format!("{not_run}{}\n", if code == 127 { hint } else { "" });
        assert!(exited.stderr.ends_with(&end), "{}", exited.stderr);
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn a_failed_resume_is_reported_with_the_command_that_resumes() {
    for (json, body, code) in [(false, "exit 3", 3), (true, "exit 3", 3), (true, "kill -KILL $$", 137)] {
        let sandbox = Sandbox::with(&["--session", "a b", "--fault", "resume:500"]);
        let arguments = ["--max-retries", "0", "while-paused", "a b", "--", "sh", "-c", body];
        let exited = run(&sandbox.url, &[if json { &["--json"][..] } else { &[] }, &arguments].concat());
        assert_eq!(exited.code, Some(123), "{}", exited.stderr);
        let start =
            format!("the command ended with {code}; the recording of session \"a b\" may still be paused: 500 ");
        let end = "; resume it with: anchor resume 'a b'";
        let message = if json {
            let error = exited.error();
            assert_eq!((&error["status"], &error["command_exit_code"]), (&500.into(), &code.into()));
            error["message"].as_str().unwrap().to_owned()
        } else {
            exited.stderr.strip_prefix("anchor: ").unwrap().trim_end().to_owned()
        };
        assert!(message.starts_with(&start) && message.ends_with(end), "{message}");
    }
}

#[test]
fn nobody_is_advised_to_resume_a_session_that_has_ended() {
    let sandbox = Sandbox::with(&["--session", "abc"]);
    let script = format!("'{PROGRAM}' request DELETE /v1/sessions/abc >/dev/null; exit 3");
    let exited = run(&sandbox.url, &["while-paused", "abc", "--", "sh", "-c", &script]);
    assert_eq!(exited.code, Some(123), "{}", exited.stderr);
    let start = "anchor: the command ended with 3; the recording of session \"abc\" was not resumed: 404 ";
    assert!(exited.stderr.starts_with(start), "{}", exited.stderr);
    assert!(!exited.stderr.contains("resume it with"), "{}", exited.stderr);
}

/// The recording is paused, the command cannot be run, and resuming fails.
#[test]
fn a_command_that_cannot_be_run_decides_about_the_exit_code() {
    for (program, code) in [("no-such-command-anywhere", 127), ("/etc", 126)] {
        let api = GatedApi::with_pause_open();
        let exited = run(&api.url, &["--timeout", "1", "while-paused", "abc", "--", program]);
        let end = "; resume it with: anchor resume abc\n";
        assert!(exited.code == Some(code) && exited.stderr.ends_with(end), "{exited:?}");
        assert!(exited.stderr.contains("; the command was not run; the recording of session "), "{exited:?}");
    }
}

#[test]
fn the_command_gets_its_arguments_unchanged_and_the_environment() {
    let sandbox = Sandbox::start();
    let odd = OsStr::from_bytes(b"-x \xff");
    let body = OsStr::new(r#"[ "$1" = "$EXPECTED" ] && echo "$# $ANCHORBROWSER_API_KEY""#);
    let command = ["while-paused", "abc", "--", "sh", "-c"].map(OsStr::new);
    let arguments = command.into_iter().chain([body, OsStr::new("sh"), odd, OsStr::new("--json")]);
    let exited = Running::start(anchor(&sandbox.url, arguments).env("EXPECTED", odd)).wait();
    assert_eq!((exited.code, exited.stdout), (Some(0), format!("2 {API_KEY}\n")));
    let without =
        ["while-paused", "abc", "--", "env", "-u", "ANCHORBROWSER_API_KEY", "printenv", "ANCHORBROWSER_API_KEY"];
    assert_eq!(run(&sandbox.url, &without).stdout, "");
}

/// The recipe of docs/pages/command.md for the functions of a shell.
#[test]
fn a_trap_resumes_after_a_function() {
    let sandbox = Sandbox::start();
    for (session, typing, code, actions) in [
        ("abc", "true", 0, &["pause", "resume"][..]),
        ("abc", "exit 7", 7, &["pause", "resume", "pause", "resume"]),
        ("404", "echo typed", 4, &["pause", "resume"]),
    ] {
        let script = format!(
            "PATH={}:$PATH; session={session}; type_the_password() {{ {typing}; }}; \
             trap 'anchor resume \"$session\"' EXIT; anchor pause \"$session\" || exit; type_the_password",
            PROGRAM.rsplit_once('/').unwrap().0
        );
        let exited = Running::start(launcher(&sandbox.url, "bash").args(["-c", &script])).wait();
        assert_eq!(
            (exited.code, sandbox.actions(session)),
            (Some(code), actions.iter().map(ToString::to_string).collect())
        );
        assert!(!exited.stdout.contains("typed"), "{exited:?}");
    }
}

#[test]
fn of_two_commands_the_first_to_end_resumes_the_recording() {
    let sandbox = Sandbox::start();
    let inner = format!("'{PROGRAM}' while-paused abc -- true; echo ready; read line");
    let mut outer = Running::start(&mut anchor(&sandbox.url, script("abc", &inner)));
    outer.wait_for_line("ready");
    assert_eq!(sandbox.recording("abc"), "recording");
    assert_eq!(outer.wait().code, Some(1));
    assert_eq!(sandbox.actions("abc"), ["pause", "pause", "resume", "resume"]);
}
