//! The command as a process of its own, with a deadline for all that it does.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

use crate::sandbox::API_KEY;

const DEADLINE: Duration = Duration::from_secs(60);
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_anchor");

/// A command line of `anchor` for the API at this URL.
pub fn anchor(url: &str, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
    let mut command = through(url, PROGRAM);
    command.args(arguments);
    command
}

/// A program that will call `anchor` for the API at this URL.
pub fn through(url: &str, program: &str) -> Command {
    with_signals(url, &[], program)
}

/// The same, with the signals that these options of `env` set up.
pub fn with_signals(url: &str, options: &[String], program: &str) -> Command {
    // Whatever started the tests may have had signals ignored, as nohup and a shell's & do.
    let mut command = Command::new("env");
    command.arg("--default-signal").args(options).arg(program);
    for variable in ["ANCHORBROWSER_CUSTOM_HEADERS", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"] {
        command.env_remove(variable);
    }
    command.env("ANCHORBROWSER_BASE_URL", url).env("ANCHORBROWSER_API_KEY", API_KEY);
    command
}

/// Runs it to its end.
pub fn run(url: &str, arguments: &[&str]) -> Ended {
    Running::start(&mut anchor(url, arguments)).ended()
}

/// What came of it.
#[derive(Debug)]
pub struct Ended {
    /// None if a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The failure that `--json` tells.
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {}", self.stderr));
        told["error"].clone()
    }
}

/// One that runs in a process group of its own; it is killed with this value.
pub struct Running {
    process: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stdout: String,
    stderr: Receiver<String>,
    began: Instant,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut process = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let (line_sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = line_sender.send(line.unwrap());
            }
        });
        let (text_sender, text) = channel();
        thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            let _ = text_sender.send(text);
        });
        let stdin = process.stdin.take();
        Self { process, stdin, lines, stdout: String::new(), stderr: text, began: Instant::now() }
    }

    /// Waits for this line of output.
    pub fn says(&mut self, expected: &str) {
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            self.stdout += &format!("{line}\n");
            if line == expected {
                return;
            }
        }
        panic!("did not say {expected:?}: {}", self.stdout);
    }

    pub fn write(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// As `kill` does: to this process and no other.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// To all that it started too.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.process), signal).unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Closes its input and waits for its end.
    pub fn ended(mut self) -> Ended {
        drop(self.stdin.take());
        while self.is_running() {
            assert!(self.began.elapsed() < DEADLINE, "still running: {:?}", self.process.id());
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.process.wait().unwrap();
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            self.stdout += &format!("{line}\n");
        }
        let stderr = self.stderr.recv_timeout(DEADLINE).unwrap();
        Ended { code: status.code(), signal: status.signal(), stdout: std::mem::take(&mut self.stdout), stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
