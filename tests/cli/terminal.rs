//! The command at a terminal: its progress bar, Ctrl-C and Ctrl-\.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::folder::Folder;
use crate::process::{PROGRAM, anchor, launcher};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

/// A pseudoterminal, and everything that was written to it.
struct Terminal {
    keyboard: File,
    screen: Arc<Mutex<String>>,
    reader: thread::JoinHandle<()>,
}

impl Terminal {
    /// Opens a pseudoterminal. Returns it and the side that programs use.
    fn open() -> (Self, File) {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let path = ptsname(&controller, vec![]).unwrap().into_string().unwrap();
        let mut options = OpenOptions::new();
        let user = std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOCTTY);
        let user = user.read(true).write(true).open(path).unwrap();
        let mut controller = File::from(controller);
        let (keyboard, screen) = (controller.try_clone().unwrap(), Arc::new(Mutex::new(String::new())));
        let shown = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Reading fails when no program has the terminal open any longer.
            while let Ok(count @ 1..) = controller.read(&mut bytes) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        (Self { keyboard, screen, reader }, user)
    }

    fn wait_for(&self, text: &str) {
        wait_until(text, || self.screen.lock().unwrap().contains(text));
    }

    /// Waits until no program has the terminal open, and returns everything that was written to it.
    fn close(self) -> String {
        wait_until("the end of the terminal", || self.reader.is_finished());
        self.screen.lock().unwrap().clone()
    }
}

/// Runs `anchor` with stderr at a terminal. Returns its stdout and the contents of the terminal.
fn run_with_terminal(url: &str, arguments: &[&str]) -> (String, String) {
    let (terminal, user) = Terminal::open();
    let mut command = anchor(url, arguments);
    command.env("TERM", "xterm").stdin(Stdio::null()).stderr(user);
    let output = command.output().unwrap();
    drop(command);
    assert!(output.status.success(), "{}", terminal.close());
    (String::from_utf8(output.stdout).unwrap(), terminal.close())
}

#[test]
fn a_download_shows_its_progress_and_clears_it_at_the_end() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    let (stdout, shown) = run_with_terminal(&sandbox.url, &["download", "video-slow", &video]);
    assert_eq!(stdout, format!("downloaded: {video}, 4.00 KiB\n"));
    for part in ["256 B/4.00 KiB", "2.00 KiB/4.00 KiB", "B/s"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.ends_with("\r\u{1b}[2K"), "{shown:?}");
}

#[test]
fn log_lines_do_not_garble_the_progress_bar() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let (_, shown) = run_with_terminal(&sandbox.url, &["-v", "download", "cut-once", &folder.file("video.mp4")]);
    let line = "\u{1b}[2Kanchor: GET /v1/sessions/cut-once/recordings/primary/fetch attempt ";
    assert_eq!(shown.matches(line).count(), 2, "{shown:?}");
}

#[test]
fn a_download_to_stdout_is_confirmed_to_a_person_only() {
    let sandbox = Sandbox::start();
    let (terminal, user) = Terminal::open();
    let mut command = anchor(&sandbox.url, ["download", "abc", "-"]);
    assert!(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(user).status().unwrap().success());
    drop(command);
    let shown = terminal.close();
    assert!(shown.ends_with("downloaded: standard output, 4.00 KiB\r\n"), "{shown:?}");
}

#[test]
fn with_json_there_is_no_progress_bar() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let (stdout, shown) = run_with_terminal(&sandbox.url, &["download", "video-slow", &folder.file("v.mp4"), "--json"]);
    assert!(stdout.starts_with('{') && shown.is_empty(), "{shown}");
}

/// Starts a shell at a terminal that runs `anchor` in the foreground and prints its exit code.
fn start_at_terminal(url: &str, arguments: &[&str]) -> (Terminal, Child) {
    let (terminal, user) = Terminal::open();
    let mut command = launcher(url, "setsid");
    command.args(["--ctty", "sh", "-c", r#"trap : INT QUIT; "$@"; echo "code $?""#, "sh", PROGRAM]).args(arguments);
    let (stdout, stderr) = (user.try_clone().unwrap(), user.try_clone().unwrap());
    let shell = command.stdin(user).stdout(stdout).stderr(stderr).spawn().unwrap();
    (terminal, shell)
}

#[test]
fn ctrl_c_ends_the_command_and_resumes_the_recording() {
    let sandbox = Sandbox::start();
    let body = ["while-paused", "abc", "--", "sh", "-c", "echo ready; exec sleep 100"];
    let (mut terminal, mut shell) = start_at_terminal(&sandbox.url, &body);
    terminal.wait_for("ready");
    assert_eq!(sandbox.recording("abc"), "paused");
    terminal.keyboard.write_all(b"\x03").unwrap();
    terminal.wait_for("code 130");
    assert_eq!(sandbox.recording("abc"), "recording");
    assert!(shell.wait().unwrap().success());
    assert!(terminal.close().ends_with("resumed: abc\r\ncode 130\r\n"));
}

/// Counts how often a signal arrives, until half a second has passed without it. The second
/// argument is a statement to run first.
const COUNTER: &str = "\
import os, signal, sys
number = int(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, {number})
exec(sys.argv[2])
print(f'anchor is {os.getppid()}.', flush=True)
count = 0
while signal.sigtimedwait({number}, 0.5 if count else 60):
    count += 1
    print(f'count {count}.', flush=True)
sys.exit(10 + count)";

#[test]
fn a_terminal_signal_reaches_the_command_once_in_any_process_group() {
    let sandbox = Sandbox::start();
    for (key, number) in [(b"\x03", "2"), (b"\x1c", "3")] {
        for first in ["", "os.setpgid(0, 0)", "os.setsid()"] {
            let body = ["while-paused", "abc", "--", "python3", "-c", COUNTER, number, first];
            let (mut terminal, mut shell) = start_at_terminal(&sandbox.url, &body);
            terminal.wait_for("anchor is ");
            terminal.wait_for(".");
            let shown = terminal.screen.lock().unwrap().clone();
            let anchor = shown.split_once("anchor is ").unwrap().1.split_once('.').unwrap().0.parse().unwrap();
            let anchor = Pid::from_raw(anchor).unwrap();
            // Two pending signals merge into one. Stop anchor until the command has counted the
            // signal of the terminal, so that one passed on by anchor would be counted separately.
            kill_process(anchor, Signal::STOP).unwrap();
            terminal.keyboard.write_all(key).unwrap();
            if first.is_empty() {
                terminal.wait_for("count 1.");
            }
            kill_process(anchor, Signal::CONT).unwrap();
            terminal.wait_for("code ");
            assert!(shell.wait().unwrap().success());
            let shown = terminal.close();
            assert!(shown.ends_with("code 11\r\n"), "{first}: {shown}");
            assert_eq!(sandbox.recording("abc"), "recording", "{first}");
        }
    }
}

/// Standard output is a terminal, which a video would garble.
#[test]
fn a_video_is_not_written_to_a_terminal() {
    let sandbox = Sandbox::start();
    let (terminal, user) = Terminal::open();
    let mut command = anchor(&sandbox.url, ["download", "abc", "-"]);
    let output = command.stdin(Stdio::null()).stdout(user).stderr(Stdio::piped()).output().unwrap();
    drop(command);
    let message = "anchor: standard output is a terminal: redirect it, or name a file\n";
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(2), message));
    assert_eq!((terminal.close(), sandbox.requests().len()), (String::new(), 0));
}
