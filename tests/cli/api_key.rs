//! The API key is read from the environment, and is never shown.

use std::fs;

use crate::folder::Folder;
use crate::process::{Running, anchor, run};
use crate::sandbox::{API_KEY, Sandbox};

#[test]
fn the_key_is_read_from_the_environment_only() {
    let sandbox = Sandbox::start();
    let missing = Running::start(anchor(&sandbox.url, ["pause", "abc"]).env_remove("ANCHORBROWSER_API_KEY")).wait();
    assert_eq!(missing.code, Some(2));
    let expected = "anchor: ANCHORBROWSER_API_KEY is not set: export the key from the Anchor Browser dashboard\n";
    assert_eq!(missing.stderr, expected);
    let empty = Running::start(anchor(&sandbox.url, ["pause", "abc"]).env("ANCHORBROWSER_API_KEY", "")).wait();
    assert_eq!((empty.code, empty.stderr.as_str()), (Some(2), expected));
    let wrong = Running::start(anchor(&sandbox.url, ["pause", "abc"]).env("ANCHORBROWSER_API_KEY", "canary x")).wait();
    assert!(wrong.code == Some(2) && !wrong.stderr.contains("canary"), "{}", wrong.stderr);
    for key in [&["--api-key", "canary"][..], &["--api-key=canary"]] {
        let refused = run(&sandbox.url, &[&["pause", "abc"], key].concat());
        assert!(refused.code == Some(2) && !refused.stderr.contains("canary"), "{}", refused.stderr);
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn the_key_is_never_printed() {
    let sandbox = Sandbox::start();
    let header = format!("x-team: {API_KEY}");
    let sessions = ["abc", "401", "404", "500-once", "html", "close", "302", "garbage"];
    for session in sessions {
        for subcommand in ["pause", "list"] {
            let arguments = ["-v", "--json", "--max-retries", "1", "--header", &header, subcommand, session];
            let exited = run(&sandbox.url, &arguments);
            let output = exited.stdout + &exited.stderr;
            assert!(!output.is_empty() && !output.contains(API_KEY), "{output}");
        }
    }
    let help = run(&sandbox.url, &["--help"]);
    assert!(!help.stdout.contains(API_KEY) && !help.stdout.contains(&sandbox.url), "{}", help.stdout);
}

/// Sessions, paths, files, headers and programs that hold the key by mistake.
#[test]
fn a_key_on_the_command_line_is_not_repeated() {
    let sandbox = Sandbox::start();
    let folder = Folder::new();
    let encoded = API_KEY.replace('-', "%2D");
    let (path, file) = (format!("/v1/x-{encoded}?key={API_KEY}"), folder.file(&format!("missing-{API_KEY}/video.mp4")));
    let rows: [&[&str]; 12] = [
        &["pause", API_KEY],
        &["resume", &encoded],
        &["list", API_KEY],
        &["delete", API_KEY, API_KEY],
        &["download", "abc", &file],
        &["request", "GET", &path],
        &["request", "GET", API_KEY],
        &["while-paused", API_KEY, "--", "true"],
        &["--ca-file", &file, "pause", "abc"],
        &["--header", API_KEY, "pause", "abc"],
        &["pause", "abc", API_KEY],
        &[API_KEY],
    ];
    for arguments in rows {
        for options in [&["--max-retries", "0", "-v"][..], &["--max-retries", "0", "-v", "--json"]] {
            let exited = run(&sandbox.url, &[options, arguments].concat());
            let output = exited.stdout + &exited.stderr;
            assert_ne!(exited.code, Some(0), "{arguments:?}: {output}");
            assert!(!output.is_empty() && !output.contains(API_KEY) && !output.contains(&encoded), "{output}");
        }
    }
}

#[test]
fn the_key_is_not_in_a_result_of_the_command() {
    let sandbox = Sandbox::with(&["--session", API_KEY]);
    let folder = Folder::new();
    let file = folder.file(API_KEY);
    for arguments in [&["pause", API_KEY][..], &["resume", API_KEY], &["download", API_KEY, &file]] {
        for options in [&[][..], &["--json"]] {
            let exited = run(&sandbox.url, &[options, arguments].concat());
            let output = exited.stdout + &exited.stderr;
            assert!(exited.code == Some(0) && !output.contains(API_KEY), "{arguments:?}: {output}");
        }
    }
    assert!(fs::metadata(&file).is_ok_and(|found| found.len() > 0));
}

#[test]
fn the_key_is_not_in_the_list_of_processes() {
    let sandbox = Sandbox::start();
    let running = Running::start(&mut anchor(&sandbox.url, ["pause", "stall"]));
    sandbox.wait_for_requests("stall", 1);
    let command_line = fs::read(format!("/proc/{}/cmdline", running.id())).unwrap();
    let command_line = String::from_utf8(command_line).unwrap();
    assert!(command_line.ends_with("pause\0stall\0") && !command_line.contains(API_KEY), "{command_line}");
}
