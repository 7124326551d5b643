//! Runs the command `anchor` as a child process, with a deadline for everything that it does.

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
use crate::wait::TEST_TIMEOUT;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_anchor");

/// The command line of `anchor` for the API at this URL.
pub fn anchor(url: &str, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
    let mut command = launcher(url, PROGRAM);
    command.args(arguments);
    command
}

/// The command line of a program that runs `anchor` for the API at this URL.
pub fn launcher(url: &str, program: &str) -> Command {
    with_signals(url, &[], program)
}

/// Like `launcher`, with signals blocked or ignored by options of `env`, such as
/// `--ignore-signal=HUP`.
pub fn with_signals(url: &str, options: &[String], program: &str) -> Command {
    // The tests may have been started with signals ignored, as by nohup or by & in a shell.
    let mut command = Command::new("env");
    command.arg("--default-signal").args(options).arg(program);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(variable).env_remove(variable.to_lowercase());
    }
    command.env_remove("ANCHORBROWSER_CUSTOM_HEADERS").env_remove("REQUEST_METHOD");
    command.env("ANCHORBROWSER_BASE_URL", url).env("ANCHORBROWSER_API_KEY", API_KEY);
    command
}

/// Runs `anchor` until it exits.
pub fn run(url: &str, arguments: &[&str]) -> Exited {
    Running::start(&mut anchor(url, arguments)).wait()
}

/// How a process exited, and its output.
#[derive(Debug)]
pub struct Exited {
    /// None if it was killed by a signal.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Exited {
    /// The error object that `--json` prints to stderr.
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let report: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {}", self.stderr));
        report["error"].clone()
    }
}

/// A running process that leads its own process group. It is killed on drop.
pub struct Running {
    process: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stdout: String,
    stderr: Receiver<String>,
    started: Instant,
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
        Self { process, stdin, lines, stdout: String::new(), stderr: text, started: Instant::now() }
    }

    /// Waits until this line is printed to stdout.
    pub fn wait_for_line(&mut self, expected: &str) {
        while let Ok(line) = self.lines.recv_timeout(TEST_TIMEOUT) {
            self.stdout += &format!("{line}\n");
            if line == expected {
                return;
            }
        }
        panic!("did not print {expected:?}: {}", self.stdout);
    }

    pub fn write(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal to this process only.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Sends a signal to the process group, so that its children receive it too.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.process), signal).unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Closes stdin and waits until the process exits.
    pub fn wait(mut self) -> Exited {
        drop(self.stdin.take());
        while self.is_running() {
            assert!(self.started.elapsed() < TEST_TIMEOUT, "still running: {:?}", self.process.id());
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.process.wait().unwrap();
        while let Ok(line) = self.lines.recv_timeout(TEST_TIMEOUT) {
            self.stdout += &format!("{line}\n");
        }
        let stderr = self.stderr.recv_timeout(TEST_TIMEOUT).unwrap();
        Exited { code: status.code(), signal: status.signal(), stdout: std::mem::take(&mut self.stdout), stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
