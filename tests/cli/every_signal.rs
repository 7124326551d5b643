//! Every signal that ends a process and can be caught is sent to `anchor while-paused`. Afterwards
//! the recording runs again, and the command has ended.

use std::io::Write;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit, test_kill_process};

use crate::process::{PROGRAM, Running, with_signals};
use crate::sandbox::Sandbox;

const WORKERS: usize = 6;
const SLEEP: [&str; 3] = ["sh", "-c", "echo $$; echo ready; exec sleep 100"];

#[derive(Debug)]
struct Row {
    session: String,
    number: i32,
    /// Whether anchor is started with this signal and SIGCHLD blocked.
    is_blocked: bool,
    has_own_session: bool,
}

fn ends_a_process(number: &i32) -> bool {
    let uncatchable_or_stopping = [libc::SIGKILL, libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
    let harmless = [libc::SIGCHLD, libc::SIGCONT, libc::SIGURG, libc::SIGWINCH];
    // The C library reserves the first real-time signals.
    let reserved = 32..libc::SIGRTMIN();
    !uncatchable_or_stopping.contains(number) && !harmless.contains(number) && !reserved.contains(number)
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
fn no_signal_leaves_the_recording_paused_or_the_command_running() {
    disable_core_dumps();
    let rows = rows();
    let sandbox = Sandbox::with(&rows.iter().flat_map(|row| ["--session", &row.session]).collect::<Vec<_>>());
    let remaining = Mutex::new(rows.iter());
    let ran: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| run_remaining(&remaining, &sandbox))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(ran, rows.len());
    // println is captured, and shown only if the test fails.
    let _ = writeln!(std::io::stderr(), "every signal: {ran} rows ran");
}

fn run_remaining<'a>(remaining: &Mutex<impl Iterator<Item = &'a Row>>, sandbox: &Sandbox) -> usize {
    let mut ran = 0;
    loop {
        let Some(row) = remaining.lock().unwrap().next() else { return ran };
        run(row, sandbox);
        ran += 1;
    }
}

fn run(row: &Row, sandbox: &Sandbox) {
    let number = row.number;
    let blocked = [format!("--block-signal={number}"), "--block-signal=CHLD".into()];
    let mut anchor = with_signals(&sandbox.url, if row.is_blocked { &blocked } else { &[] }, PROGRAM);
    anchor.args(["while-paused", &row.session, "--"]);
    // setsid does not fork here, because it is not the leader of a process group. So the command is
    // still a child of anchor.
    anchor.args(if row.has_own_session { &["setsid"][..] } else { &[] }).args(SLEEP);
    let mut running = Running::start(&mut anchor);
    running.wait_for_line("ready");
    assert_eq!(sandbox.recording(&row.session), "paused", "{row:?}");
    let kill = Command::new("kill").arg(format!("-{number}")).arg(running.id().to_string()).status();
    assert!(kill.unwrap().success(), "{row:?}");
    let exited = running.wait();
    assert!(exited.signal == Some(number) || exited.code == Some(128 + number), "{row:?}: {exited:?}");
    let command: i32 = exited.stdout.lines().next().unwrap().parse().unwrap();
    assert_eq!(test_kill_process(Pid::from_raw(command).unwrap()), Err(Errno::SRCH), "{row:?}");
    assert_eq!(sandbox.recording(&row.session), "recording", "{row:?}");
}

/// Many of the signals dump core.
fn disable_core_dumps() {
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    setrlimit(Resource::Core, limit).unwrap();
}
