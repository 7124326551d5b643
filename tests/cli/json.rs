//! The JSON lines of docs/pages/command.md, and the scripts there that read them with jq.

use crate::process::{PROGRAM, Running, launcher, run};
use crate::sandbox::Sandbox;

const PAGE: &str = include_str!("../../docs/pages/command.md");

fn code_of_page(part: &str) -> &'static str {
    let line = PAGE.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part} is not in command.md"));
    line.split("   #").next().unwrap()
}

#[test]
fn the_lines_in_the_documentation_are_real() {
    let sandbox = Sandbox::with(&["--session", "4f1c9a"]);
    let exited = run(&sandbox.url, &["--json", "pause", "4f1c9a"]);
    assert_eq!(exited.stdout.trim_end(), code_of_page(r#"{"session_id":"#));
    let sandbox = Sandbox::with(&["--session", "abc"]);
    let exited = run(&sandbox.url, &["--json", "pause", "4f1c9a"]);
    assert_eq!(exited.stderr.trim_end(), code_of_page(r#"{"error":"#));
}

#[test]
fn the_scripts_in_the_documentation_read_the_json() {
    let sandbox = Sandbox::start();
    for (session, script, expected) in [
        ("404", "anchor --json pause ", "ANCHOR_NOT_FOUND\n"),
        ("abc", "anchor --json list ", "recording\n"),
        ("abc", "anchor pause \"$session\" >/dev/null && anchor --json list ", "paused\n"),
    ] {
        let (before, part) = script.split_at(script.rfind("anchor").unwrap());
        let path = format!("PATH={}:$PATH; session={session}; ", PROGRAM.rsplit_once('/').unwrap().0);
        let script = path + before + code_of_page(part);
        let exited = Running::start(launcher(&sandbox.url, "sh").args(["-c", &script])).wait();
        assert_eq!(exited.stdout, expected, "{script}: {}", exited.stderr);
    }
}
