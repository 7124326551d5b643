//! `anchor` reaps orphaned processes, which become its children if it is process 1 or a subreaper.

use std::fs;
use std::io::Write;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Exited, PROGRAM, Running, launcher};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

/// Leaves three orphans behind and keeps running.
const COMMAND: &str = "for i in 1 2 3; do (sleep 1000 >/dev/null 2>&1 &) ; done; echo ready; exec tail -f /dev/null";

/// The id, name and state of each child of a process, from /proc.
fn children(parent: u32) -> Vec<(Pid, String, char)> {
    let parent = parent.to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        // Such as `12 (name) S 1 ..`, or empty if the process has ended.
        let stat = fs::read_to_string(entry.unwrap().path().join("stat")).unwrap_or_default();
        let Some((start, rest)) = stat.rsplit_once(") ") else { continue };
        let (id, name) = start.split_once(" (").unwrap();
        let mut fields = rest.split(' ');
        let state = fields.next().unwrap().chars().next().unwrap();
        if fields.next() == Some(&parent) {
            found.push((Pid::from_raw(id.parse().unwrap()).unwrap(), name.to_owned(), state));
        }
    }
    found
}

/// Runs `anchor while-paused` through `starter`, kills the orphans, and then ends `anchor` with
/// SIGTERM. `find_anchor` returns its process id, given that of the starter.
fn run(sandbox: &Sandbox, starter: &[&str], find_anchor: impl Fn(u32) -> u32) -> Exited {
    let (program, arguments) = starter.split_first().unwrap();
    let mut command = launcher(&sandbox.url, program);
    command.args(arguments).args([PROGRAM, "while-paused", "abc", "--", "sh", "-c", COMMAND]);
    let mut running = Running::start(&mut command);
    running.wait_for_line("ready");
    let anchor = find_anchor(running.id());
    let orphans = || children(anchor).into_iter().filter(|(_, name, _)| name == "sleep");
    wait_until("three orphans", || orphans().count() == 3);
    for (orphan, _, _) in orphans() {
        kill_process(orphan, Signal::KILL).unwrap();
    }
    wait_until("no zombies", || orphans().count() == 0);
    assert_eq!(sandbox.recording("abc"), "paused");
    let remaining: Vec<_> = children(anchor).into_iter().map(|(_, name, state)| (name, state)).collect();
    assert_eq!(remaining, [("tail".to_owned(), 'S')]);
    kill_process(Pid::from_raw(i32::try_from(anchor).unwrap()).unwrap(), Signal::TERM).unwrap();
    running.wait()
}

#[test]
fn a_subreaper_reaps_orphans() {
    let sandbox = Sandbox::start();
    // PR_SET_CHILD_SUBREAPER is 36, and survives exec.
    let python = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])";
    let exited = run(&sandbox, &["python3", "-c", python], |started| started);
    assert_eq!((exited.signal, sandbox.recording("abc")), (Some(15), "recording".into()), "{exited:?}");
}

#[test]
fn process_1_reaps_orphans_and_exits_with_a_code() {
    let unshare = ["unshare", "--pid", "--fork", "--kill-child"];
    let is_permitted = Command::new(unshare[0]).args(&unshare[1..]).arg("true").output();
    if !is_permitted.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "orphans: not tested as process 1, because unshare --pid is not permitted here"
        );
        return;
    }
    let sandbox = Sandbox::start();
    let child = |unshare| children(unshare)[0].0.as_raw_nonzero().get().try_into().unwrap();
    let exited = run(&sandbox, &unshare, child);
    // Process 1 cannot kill itself with a signal, so it exits with a code.
    assert_eq!((exited.code, sandbox.recording("abc")), (Some(128 + 15), "recording".into()), "{exited:?}");
}
