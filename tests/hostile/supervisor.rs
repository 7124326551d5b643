//! The process that watches over the one that meets the servers.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const CHILD: &str = "ANCHOR_HOSTILE_CHILD";
/// Four times what it takes on a machine with nothing else to do.
const LONGEST: Duration = Duration::from_secs(240);

pub fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs this program once more, and fails if that one crashes, hangs or says anything on stderr.
pub fn supervise() -> ExitCode {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(env::args_os().skip(1))
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let lines = thread::spawn(move || {
        let mut last = String::new();
        for line in stdout.lines().map_while(Result::ok) {
            if !last.is_empty() {
                println!("{last}");
            }
            last = line;
        }
        last
    });
    let complaints = thread::spawn(move || {
        let mut text = vec![];
        stderr.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned()).unwrap()
    });
    let status = end(&mut child);
    let (figure, complaints) = (lines.join().unwrap(), complaints.join().unwrap());
    if !complaints.is_empty() {
        println!("FAILED stderr is not empty:\n{complaints}");
    }
    match status {
        Some(status) if status.success() => {}
        Some(status) => println!("FAILED {status}"),
        None => println!("FAILED not done after {} s", LONGEST.as_secs()),
    }
    println!("{figure}");
    let passed = status.is_some_and(|status| status.success()) && complaints.is_empty();
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How the child ended; `None` if it had to be ended.
fn end(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}
