//! The parent process: runs this program once more as a child, and judges how the child ends.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Set in the environment of the child.
const CHILD: &str = "ANCHOR_HOSTILE_CHILD";
/// Four times the duration of a run on an idle machine.
const TIME_LIMIT: Duration = Duration::from_secs(480);

pub fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Fails if the child crashes, hangs or writes to stderr. The last line of its output is printed
/// last.
pub fn run_child() -> ExitCode {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(env::args_os().skip(1))
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let output = thread::spawn(move || {
        let mut last = String::new();
        for line in stdout.lines().map_while(Result::ok) {
            if !last.is_empty() {
                println!("{last}");
            }
            last = line;
        }
        last
    });
    let errors = thread::spawn(move || {
        let mut text = vec![];
        stderr.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned()).unwrap()
    });
    let status = wait(&mut child);
    let (summary, errors) = (output.join().unwrap(), errors.join().unwrap());
    if !errors.is_empty() {
        println!("FAILED stderr is not empty:\n{errors}");
    }
    match status {
        Some(status) if status.success() => {}
        Some(status) => println!("FAILED the child process ended with {status}"),
        None => println!("FAILED the child process was killed after {} s", TIME_LIMIT.as_secs()),
    }
    println!("{summary}");
    let passed = status.is_some_and(|status| status.success()) && errors.is_empty();
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The exit status, or `None` if the child had to be killed.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < TIME_LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}
