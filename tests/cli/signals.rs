//! Signals to `anchor`: the recording is resumed, and the command gets the signals.

use std::fs;
use std::io;
use std::process::Command;

use rustix::process::Signal;

use crate::folder::Folder;
use crate::gated_api::GatedApi;
use crate::process::{PROGRAM, Running, anchor, launcher, with_signals};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

const SLEEP: [&str; 3] = ["sh", "-c", "echo ready; exec sleep 100"];
const SIGNALS: [(Signal, i32); 4] = [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1), (Signal::QUIT, 3)];

fn while_paused(url: &str, session: &str, command: &[&str]) -> Command {
    anchor(url, [&["while-paused", session, "--"], command].concat())
}

fn start_and_wait(command: &mut Command) -> Running {
    let mut running = Running::start(command);
    running.wait_for_line("ready");
    running
}

/// Sends each signal while the command runs. Both processes must end, and the recording must be
/// resumed.
fn check_signals(send: fn(&Running, Signal)) {
    let sandbox = Sandbox::start();
    for (signal, number) in SIGNALS {
        let running = start_and_wait(&mut while_paused(&sandbox.url, "abc", &SLEEP));
        send(&running, signal);
        let exited = running.wait();
        assert_eq!((exited.signal, exited.stderr.as_str()), (Some(number), ""));
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn a_signal_to_the_process_group_ends_the_command_and_resumes_the_recording() {
    check_signals(Running::signal_group);
}

#[test]
fn a_signal_to_anchor_alone_is_passed_on_to_the_command() {
    check_signals(Running::signal);
}

#[test]
fn the_command_may_handle_a_signal_itself() {
    let sandbox = Sandbox::start();
    let trap = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done";
    let running = start_and_wait(&mut while_paused(&sandbox.url, "abc", &["sh", "-c", trap]));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().code, Some(5));
    assert_eq!(sandbox.recording("abc"), "recording");
}

#[test]
fn a_signal_during_the_pause_prevents_the_command() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let ran = folder.file("ran");
    for (round, (signal, number)) in SIGNALS.into_iter().enumerate() {
        // The pause takes effect at once, but its answer takes 3 s.
        let running = Running::start(&mut while_paused(&sandbox.url, "delay", &["touch", &ran]));
        wait_until("the pause", || sandbox.requests_for("delay").len() == 2 * round + 1);
        running.signal_group(signal);
        let exited = running.wait();
        assert_eq!(exited.signal, Some(number), "{}", exited.stderr);
        let end = "; the command was not run, and the recording was resumed\n";
        assert!(
            exited.stderr.starts_with("anchor: cancelled while pausing session \"delay\"")
                && exited.stderr.ends_with(end),
            "{}",
            exited.stderr
        );
        assert_eq!(
            (sandbox.recording("delay"), sandbox.requests_for("delay").len()),
            ("recording".into(), 2 * round + 2)
        );
    }
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn a_signal_that_arrives_with_the_answer_prevents_the_command() {
    let folder = Folder::new();
    // SIGXFSZ is a case of its own: the library discards one that its own writes may have raised.
    for (signal, number) in [(Signal::TERM, 15), (Signal::XFSZ, 25)] {
        // The call also checks for signals 20 times a second. Repeat until it misses the signal, so
        // that the pause succeeds.
        wait_until("a signal that the call does not notice", || {
            let api = GatedApi::start();
            api.open("resume");
            let running = Running::start(&mut while_paused(&api.url, "abc", &["touch", &folder.file("ran")]));
            wait_until("the pause", || api.requests("pause") == 1);
            running.signal(signal);
            api.open("pause");
            let exited = running.wait();
            let seen = (exited.signal, api.requests("resume"), folder.names().len());
            assert_eq!(seen, (Some(number), 1, 0), "{}", exited.stderr);
            exited.stderr.starts_with("anchor: interrupted while pausing; ")
        });
    }
}

#[test]
fn one_signal_does_not_interrupt_the_resume() {
    for (signal, number) in SIGNALS {
        let api = GatedApi::with_pause_open();
        let mut running = Running::start(&mut while_paused(&api.url, "abc", &["true"]));
        wait_until("the resume", || api.requests("resume") == 1);
        running.signal_group(signal);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(running.is_running());
        api.open("resume");
        let exited = running.wait();
        assert_eq!((exited.signal, exited.stderr.as_str(), api.requests("resume")), (Some(number), "", 1));
    }
}

#[test]
fn a_second_ctrl_c_interrupts_the_resume_and_is_reported() {
    let api = GatedApi::with_pause_open();
    let running = start_and_wait(&mut while_paused(&api.url, "abc", &SLEEP));
    running.signal_group(Signal::INT);
    wait_until("the resume", || api.requests("resume") == 1);
    running.signal_group(Signal::INT);
    let exited = running.wait();
    assert_eq!((exited.signal, exited.stderr.lines().count()), (Some(2), 1));
    let start = "anchor: the command ended with 130; the recording of session \"abc\" may still be paused: cancelled ";
    let is_reported =
        exited.stderr.starts_with(start) && exited.stderr.ends_with("resume it with: anchor resume abc\n");
    assert!(is_reported, "{}", exited.stderr);
}

#[test]
fn signals_other_than_ctrl_c_never_interrupt_the_resume() {
    let api = GatedApi::with_pause_open();
    let mut running = start_and_wait(&mut while_paused(&api.url, "abc", &SLEEP));
    running.signal(Signal::TERM);
    wait_until("the resume", || api.requests("resume") == 1);
    for _ in 0..3 {
        running.signal(Signal::TERM);
        running.signal(Signal::HUP);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(running.is_running());
    api.open("resume");
    let exited = running.wait();
    assert!(exited.signal.is_some() && exited.stderr.is_empty() && api.requests("resume") == 1, "{exited:?}");
}

/// The standard signals in a line of /proc/PID/status such as `SigIgn:\t0000000000001000`.
fn signals_in(status: &str, set: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(set)).unwrap();
    let bits = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap();
    (1..32).filter(|signal| bits & (1 << (signal - 1)) != 0).collect()
}

#[test]
fn ignored_signals_stay_ignored_and_the_others_have_their_default() {
    let sandbox = Sandbox::start();
    let body = "cat /proc/self/status; echo ready; read line; exit 6";
    let arguments = [r#"trap "" HUP; exec "$@""#, "sh", PROGRAM, "while-paused", "abc", "--", "sh", "-c", body];
    let mut running = start_and_wait(launcher(&sandbox.url, "sh").arg("-c").args(arguments));
    running.signal_group(Signal::HUP);
    running.write("continue\n");
    let exited = running.wait();
    assert_eq!((exited.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{exited:?}");
    // Only SIGHUP is ignored. SIGPIPE, which Rust ignores, and the caught signals are back at their
    // defaults.
    assert_eq!((signals_in(&exited.stdout, "SigIgn"), signals_in(&exited.stdout, "SigBlk")), (vec![1], vec![]));
}

#[test]
fn an_ignored_signal_does_not_interrupt_the_pause() {
    let api = GatedApi::start();
    api.open("resume");
    let mut command = with_signals(&api.url, &["--ignore-signal=HUP".into()], PROGRAM);
    let running = Running::start(command.args(["while-paused", "abc", "--", "sh", "-c", "exit 6"]));
    wait_until("the pause", || api.requests("pause") == 1);
    running.signal(Signal::HUP);
    // The call checks for signals 20 times a second.
    std::thread::sleep(std::time::Duration::from_millis(200));
    api.open("pause");
    let exited = running.wait();
    assert_eq!(exited.code, Some(6), "{}", exited.stderr);
}

#[test]
fn the_command_starts_with_every_forwarded_signal_unblocked() {
    let sandbox = Sandbox::start();
    let options = ["--block-signal=TERM,CHLD,WINCH".into(), "--ignore-signal=HUP".into()];
    let mut command = with_signals(&sandbox.url, &options, PROGRAM);
    // No shell is used, because it could unblock signals itself.
    let exited = Running::start(command.args(["while-paused", "abc", "--", "cat", "/proc/self/status"])).wait();
    // SIGWINCH (28) ends no process, so it is not forwarded and stays blocked.
    assert_eq!((signals_in(&exited.stdout, "SigBlk"), signals_in(&exited.stdout, "SigIgn")), (vec![28], vec![1]));
}

#[test]
fn an_ignored_sigchld_does_not_hide_the_exit_of_the_command() {
    let sandbox = Sandbox::start();
    let python =
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])";
    let arguments = [python, PROGRAM, "while-paused", "abc", "--", "sh", "-c", "exit 6"];
    let exited = Running::start(launcher(&sandbox.url, "python3").arg("-c").args(arguments)).wait();
    assert_eq!((exited.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{exited:?}");
}

#[test]
fn a_blocked_sigchld_does_not_hide_the_exit_of_the_command() {
    let sandbox = Sandbox::start();
    let mut command = with_signals(&sandbox.url, &["--block-signal=CHLD".into()], PROGRAM);
    let exited = Running::start(command.args(["while-paused", "abc", "--", "sh", "-c", "exit 6"])).wait();
    assert_eq!((exited.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{exited:?}");
}

#[test]
fn a_signal_from_the_kernel_is_passed_on() {
    let sandbox = Sandbox::start();
    // The alarm survives exec.
    let python = "import os, signal, sys; signal.alarm(5); os.execv(sys.argv[1], sys.argv[1:])";
    let arguments = [&["-c", python, PROGRAM, "while-paused", "abc", "--"][..], &SLEEP].concat();
    let exited = start_and_wait(launcher(&sandbox.url, "python3").args(arguments)).wait();
    assert_eq!((exited.signal, sandbox.recording("abc")), (Some(14), "recording".into()), "{exited:?}");
}

#[test]
fn a_closed_stderr_does_not_end_anchor() {
    let sandbox = Sandbox::start();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    // Logging the pause writes to the closed pipe and raises SIGPIPE.
    let arguments = ["-v", "while-paused", "abc", "--", "sh", "-c", "exit 6"];
    let output = anchor(&sandbox.url, arguments).stderr(writer).output().unwrap();
    assert_eq!((output.status.code(), sandbox.recording("abc")), (Some(6), "recording".into()));
}

#[test]
fn sigint_kills_other_subcommands_at_once() {
    let sandbox = Sandbox::start();
    let running = Running::start(&mut anchor(&sandbox.url, ["pause", "stall"]));
    sandbox.wait_for_requests("stall", 1);
    running.signal(Signal::INT);
    let exited = running.wait();
    assert_eq!((exited.signal, exited.stderr.as_str()), (Some(2), ""));
}

#[test]
fn an_interrupted_download_keeps_its_part() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    for (signal, number) in SIGNALS {
        let running = Running::start(&mut anchor(&sandbox.url, ["download", "video-slow", &video]));
        let size = || folder.names().first().map_or(0, |name| fs::metadata(folder.file(name)).unwrap().len());
        let before = size();
        wait_until("some of the video", || size() > before);
        running.signal(signal);
        let exited = running.wait();
        assert_eq!(exited.signal, Some(number), "{}", exited.stderr);
        assert!(exited.stderr.contains(" bytes are kept, and the next call downloads the rest"), "{}", exited.stderr);
        assert!(folder.names()[0].ends_with(".part"), "{:?}", folder.names());
    }
    let exited = Running::start(&mut anchor(&sandbox.url, ["download", "video-slow", &video])).wait();
    assert_eq!((exited.code, folder.names()), (Some(0), vec!["video.mp4".to_owned()]), "{}", exited.stderr);
    let last = sandbox.requests().pop().unwrap();
    assert!(last["headers"]["range"].as_str().unwrap().starts_with("bytes="), "{last}");
}
