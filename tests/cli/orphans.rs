//! Processes that lose their parent become children of `anchor` when it is process 1 or a
//! subreaper: it reaps them.

use std::fs;
use std::io::Write;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::anchor::{Ended, PROGRAM, Running, through, until};
use crate::sandbox::Sandbox;

/// Leaves three processes behind, and runs on.
const COMMAND: &str = "for i in 1 2 3; do (sleep 1000 >/dev/null 2>&1 &) ; done; echo ready; exec tail -f /dev/null";

/// Names and states, as in /proc, of the children of a process.
fn children(parent: u32) -> Vec<(Pid, String, char)> {
    let parent = parent.to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        // Such as `12 (name) S 1 ..`; it may have ended meanwhile.
        let stat = fs::read_to_string(entry.unwrap().path().join("stat")).unwrap_or_default();
        let Some((begin, rest)) = stat.rsplit_once(") ") else { continue };
        let (id, name) = begin.split_once(" (").unwrap();
        let mut fields = rest.split(' ');
        let state = fields.next().unwrap().chars().next().unwrap();
        if fields.next() == Some(&parent) {
            found.push((Pid::from_raw(id.parse().unwrap()).unwrap(), name.to_owned(), state));
        }
    }
    found
}

/// Ends the orphans, and then `anchor` with SIGTERM. `process` finds it below the one that was
/// started.
fn run(sandbox: &Sandbox, starter: &[&str], process: impl Fn(u32) -> u32) -> Ended {
    let (program, arguments) = starter.split_first().unwrap();
    let mut command = through(&sandbox.url, program);
    command.args(arguments).args([PROGRAM, "while-paused", "abc", "--", "sh", "-c", COMMAND]);
    let mut running = Running::start(&mut command);
    running.says("ready");
    let anchor = process(running.id());
    let orphans = || children(anchor).into_iter().filter(|(_, name, _)| name == "sleep");
    until("three orphans", || orphans().count() == 3);
    for (orphan, _, _) in orphans() {
        kill_process(orphan, Signal::KILL).unwrap();
    }
    until("no zombies", || orphans().count() == 0);
    assert_eq!(sandbox.recording("abc"), "paused");
    let left: Vec<_> = children(anchor).into_iter().map(|(_, name, state)| (name, state)).collect();
    assert_eq!(left, [("tail".to_owned(), 'S')]);
    kill_process(Pid::from_raw(i32::try_from(anchor).unwrap()).unwrap(), Signal::TERM).unwrap();
    running.ended()
}

#[test]
fn a_subreaper_reaps_them() {
    let sandbox = Sandbox::start();
    // PR_SET_CHILD_SUBREAPER is 36. It goes on after exec.
    let python = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])";
    let ended = run(&sandbox, &["python3", "-c", python], |started| started);
    assert_eq!((ended.signal, sandbox.recording("abc")), (Some(15), "recording".into()), "{ended:?}");
}

#[test]
fn process_1_reaps_them_and_ends_with_an_exit_code() {
    let unshare = ["unshare", "--pid", "--fork", "--kill-child"];
    let is_permitted = Command::new(unshare[0]).args(&unshare[1..]).arg("true").output();
    if !is_permitted.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "orphans: not run as process 1, unshare --pid is not permitted here");
        return;
    }
    let sandbox = Sandbox::start();
    let child = |unshare| children(unshare)[0].0.as_raw_nonzero().get().try_into().unwrap();
    let ended = run(&sandbox, &unshare, child);
    // No signal of its own ends process 1.
    assert_eq!((ended.code, sandbox.recording("abc")), (Some(128 + 15), "recording".into()), "{ended:?}");
}
