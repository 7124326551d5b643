//! Every signal that ends a process and can be caught: none leaves the recording paused or the
//! command running.

use std::io::Write;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit, test_kill_process};

use crate::anchor::{PROGRAM, Running, with_signals};
use crate::sandbox::Sandbox;

const AT_ONCE: usize = 6;
const SLEEP: [&str; 3] = ["sh", "-c", "echo $$; echo ready; exec sleep 100"];

#[derive(Debug)]
struct Row {
    session: String,
    number: i32,
    /// Whether anchor is started with this signal blocked, and SIGCHLD too.
    is_blocked: bool,
    has_own_session: bool,
}

fn ends_a_process(number: &i32) -> bool {
    let others = [libc::SIGKILL, libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU, libc::SIGCHLD];
    // The first real-time signals are the C library's own.
    let reserved = 32..libc::SIGRTMIN();
    let others_too = [libc::SIGCONT, libc::SIGURG, libc::SIGWINCH];
    !others.contains(number) && !others_too.contains(number) && !reserved.contains(number)
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for number in (1..=libc::SIGRTMAX()).filter(ends_a_process) {
        for (is_blocked, has_own_session) in [(false, false), (false, true), (true, false), (true, true)] {
            rows.push(Row { session: format!("row-{}", rows.len()), number, is_blocked, has_own_session });
        }
    }
    rows
}

#[test]
fn none_leaves_the_recording_paused() {
    without_core_dumps();
    let rows = rows();
    let sandbox = Sandbox::with(&rows.iter().flat_map(|row| ["--session", &row.session]).collect::<Vec<_>>());
    let waiting = Mutex::new(rows.iter());
    let ran: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| run_some(&waiting, &sandbox))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(ran, rows.len());
    // Not println: a test that passes shows nothing of it.
    let _ = writeln!(std::io::stderr(), "every signal: {ran} rows ran");
}

fn run_some<'a>(waiting: &Mutex<impl Iterator<Item = &'a Row>>, sandbox: &Sandbox) -> usize {
    let mut ran = 0;
    loop {
        let Some(row) = waiting.lock().unwrap().next() else { return ran };
        run(row, sandbox);
        ran += 1;
    }
}

fn run(row: &Row, sandbox: &Sandbox) {
    let number = row.number;
    let blocked = [format!("--block-signal={number}"), "--block-signal=CHLD".into()];
    let mut anchor = with_signals(&sandbox.url, if row.is_blocked { &blocked } else { &[] }, PROGRAM);
    anchor.args(["while-paused", &row.session, "--"]);
    // The command does not lead a process group, so setsid needs no fork, and the command is still
    // anchor's child.
    anchor.args(if row.has_own_session { &["setsid"][..] } else { &[] }).args(SLEEP);
    let mut running = Running::start(&mut anchor);
    running.says("ready");
    assert_eq!(sandbox.recording(&row.session), "paused", "{row:?}");
    let kill = Command::new("kill").arg(format!("-{number}")).arg(running.id().to_string()).status();
    assert!(kill.unwrap().success(), "{row:?}");
    let ended = running.ended();
    assert!(ended.signal == Some(number) || ended.code == Some(128 + number), "{row:?}: {ended:?}");
    let command: i32 = ended.stdout.lines().next().unwrap().parse().unwrap();
    assert_eq!(test_kill_process(Pid::from_raw(command).unwrap()), Err(Errno::SRCH), "{row:?}");
    assert_eq!(sandbox.recording(&row.session), "recording", "{row:?}");
}

/// Many of the signals write one.
fn without_core_dumps() {
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    setrlimit(Resource::Core, limit).unwrap();
}
