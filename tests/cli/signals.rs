//! What becomes of the recording when signals come.

use std::fs;
use std::io;
use std::process::Command;

use rustix::process::Signal;

use crate::anchor::{PROGRAM, Running, anchor, through, until, with_signals};
use crate::folder::Folder;
use crate::gated_api::GatedApi;
use crate::sandbox::Sandbox;

const SLEEP: [&str; 3] = ["sh", "-c", "echo ready; exec sleep 100"];
const ALL: [(Signal, i32); 4] = [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1), (Signal::QUIT, 3)];

fn while_paused(url: &str, session: &str, command: &[&str]) -> Command {
    anchor(url, [&["while-paused", session, "--"], command].concat())
}

fn ready(command: &mut Command) -> Running {
    let mut running = Running::start(command);
    running.says("ready");
    running
}

#[test]
fn one_to_the_whole_group_ends_the_command_and_the_recording_is_resumed() {
    let sandbox = Sandbox::start();
    for (signal, number) in ALL {
        let running = ready(&mut while_paused(&sandbox.url, "abc", &SLEEP));
        running.signal_group(signal);
        let ended = running.ended();
        assert_eq!((ended.signal, ended.stderr.as_str()), (Some(number), ""));
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn one_to_anchor_alone_is_passed_on() {
    let sandbox = Sandbox::start();
    for (signal, number) in ALL {
        let running = ready(&mut while_paused(&sandbox.url, "abc", &SLEEP));
        running.signal(signal);
        let ended = running.ended();
        assert_eq!((ended.signal, ended.stderr.as_str()), (Some(number), ""));
        assert_eq!(sandbox.recording("abc"), "recording");
    }
}

#[test]
fn a_command_may_take_a_signal_its_own_way() {
    let sandbox = Sandbox::start();
    let trap = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done";
    let running = ready(&mut while_paused(&sandbox.url, "abc", &["sh", "-c", trap]));
    running.signal(Signal::TERM);
    assert_eq!(running.ended().code, Some(5));
    assert_eq!(sandbox.recording("abc"), "recording");
}

#[test]
fn one_while_pausing_is_under_way_keeps_the_command_from_running() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let ran = folder.file("ran");
    for (round, (signal, number)) in ALL.into_iter().enumerate() {
        // It is paused at once, but the answer takes 3 s.
        let running = Running::start(&mut while_paused(&sandbox.url, "delay", &["touch", &ran]));
        until("the pause", || sandbox.requests_for("delay").len() == 2 * round + 1);
        running.signal_group(signal);
        let ended = running.ended();
        assert_eq!(ended.signal, Some(number), "{}", ended.stderr);
        let end = "; the command was not run, and the recording was resumed\n";
        assert!(
            ended.stderr.starts_with("anchor: cancelled while pausing session \"delay\"")
                && ended.stderr.ends_with(end),
            "{}",
            ended.stderr
        );
        assert_eq!(
            (sandbox.recording("delay"), sandbox.requests_for("delay").len()),
            ("recording".into(), 2 * round + 2)
        );
    }
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn one_that_comes_with_the_answer_does_too() {
    let folder = Folder::new();
    // A call of the library drops a SIGXFSZ that may come from its own writes.
    for (signal, number) in [(Signal::TERM, 15), (Signal::XFSZ, 25)] {
        // The call also looks for signals 20 times a second. It must miss the signal once, so that
        // the pause succeeds.
        until("a signal that only the answer's end was waiting for", || {
            let api = GatedApi::start();
            api.open("resume");
            let running = Running::start(&mut while_paused(&api.url, "abc", &["touch", &folder.file("ran")]));
            until("the pause", || api.asked("pause") == 1);
            running.signal(signal);
            api.open("pause");
            let ended = running.ended();
            let seen = (ended.signal, api.asked("resume"), folder.names().len());
            assert_eq!(seen, (Some(number), 1, 0), "{}", ended.stderr);
            ended.stderr.starts_with("anchor: interrupted while pausing; ")
        });
    }
}

#[test]
fn one_while_resuming_is_not_enough() {
    for (signal, number) in ALL {
        let api = GatedApi::pausing();
        let mut running = Running::start(&mut while_paused(&api.url, "abc", &["true"]));
        until("the resume", || api.asked("resume") == 1);
        running.signal_group(signal);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(running.is_running());
        api.open("resume");
        let ended = running.ended();
        assert_eq!((ended.signal, ended.stderr.as_str(), api.asked("resume")), (Some(number), "", 1));
    }
}

#[test]
fn a_second_ctrl_c_while_resuming_gives_up_and_says_so() {
    let api = GatedApi::pausing();
    let running = ready(&mut while_paused(&api.url, "abc", &SLEEP));
    running.signal_group(Signal::INT);
    until("the resume", || api.asked("resume") == 1);
    running.signal_group(Signal::INT);
    let ended = running.ended();
    assert_eq!((ended.signal, ended.stderr.lines().count()), (Some(2), 1));
    let begin = "anchor: the command ended with 130; the recording of session \"abc\" may still be paused: cancelled ";
    let told = ended.stderr.starts_with(begin) && ended.stderr.ends_with("resume it with: anchor resume abc\n");
    assert!(told, "{}", ended.stderr);
}

#[test]
fn others_than_ctrl_c_never_give_up_the_resume() {
    let api = GatedApi::pausing();
    let mut running = ready(&mut while_paused(&api.url, "abc", &SLEEP));
    running.signal(Signal::TERM);
    until("the resume", || api.asked("resume") == 1);
    for _ in 0..3 {
        running.signal(Signal::TERM);
        running.signal(Signal::HUP);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(running.is_running());
    api.open("resume");
    let ended = running.ended();
    assert!(ended.signal.is_some() && ended.stderr.is_empty() && api.asked("resume") == 1, "{ended:?}");
}

/// The signals of a line such as `SigIgn:\t0000000000001000` of /proc, without those that only the C library knows.
fn signals_in(status: &str, set: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(set)).unwrap();
    let bits = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap();
    (1..32).filter(|signal| bits & (1 << (signal - 1)) != 0).collect()
}

#[test]
fn what_was_ignored_stays_so_and_the_command_finds_every_other_at_its_default() {
    let sandbox = Sandbox::start();
    let body = "cat /proc/self/status; echo ready; read line; exit 6";
    let arguments = [r#"trap "" HUP; exec "$@""#, "sh", PROGRAM, "while-paused", "abc", "--", "sh", "-c", body];
    let mut running = ready(through(&sandbox.url, "sh").arg("-c").args(arguments));
    running.signal_group(Signal::HUP);
    running.write("go on\n");
    let ended = running.ended();
    assert_eq!((ended.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{ended:?}");
    // SIGHUP alone: not SIGPIPE, which Rust ignores, and not what was caught.
    assert_eq!((signals_in(&ended.stdout, "SigIgn"), signals_in(&ended.stdout, "SigBlk")), (vec![1], vec![]));
}

#[test]
fn what_was_ignored_does_not_interrupt_the_pause() {
    let api = GatedApi::start();
    api.open("resume");
    let mut command = with_signals(&api.url, &["--ignore-signal=HUP".into()], PROGRAM);
    let running = Running::start(command.args(["while-paused", "abc", "--", "sh", "-c", "exit 6"]));
    until("the pause", || api.asked("pause") == 1);
    running.signal(Signal::HUP);
    // The call looks for signals 20 times a second.
    std::thread::sleep(std::time::Duration::from_millis(200));
    api.open("pause");
    let ended = running.ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
}

#[test]
fn the_command_starts_with_nothing_blocked_that_is_passed_on() {
    let sandbox = Sandbox::start();
    let options = ["--block-signal=TERM,CHLD,WINCH".into(), "--ignore-signal=HUP".into()];
    let mut command = with_signals(&sandbox.url, &options, PROGRAM);
    // Without a shell, which may unblock signals itself.
    let ended = Running::start(command.args(["while-paused", "abc", "--", "cat", "/proc/self/status"])).ended();
    // SIGWINCH ends no process.
    assert_eq!((signals_in(&ended.stdout, "SigBlk"), signals_in(&ended.stdout, "SigIgn")), (vec![28], vec![1]));
}

#[test]
fn a_parent_that_ignores_the_ends_of_its_children_does_not_hide_that_of_the_command() {
    let sandbox = Sandbox::start();
    let python =
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])";
    let arguments = [python, PROGRAM, "while-paused", "abc", "--", "sh", "-c", "exit 6"];
    let ended = Running::start(through(&sandbox.url, "python3").arg("-c").args(arguments)).ended();
    assert_eq!((ended.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{ended:?}");
}

#[test]
fn a_parent_that_has_blocked_the_ends_of_its_children_does_not_either() {
    let sandbox = Sandbox::start();
    let mut command = with_signals(&sandbox.url, &["--block-signal=CHLD".into()], PROGRAM);
    let ended = Running::start(command.args(["while-paused", "abc", "--", "sh", "-c", "exit 6"])).ended();
    assert_eq!((ended.code, sandbox.recording("abc")), (Some(6), "recording".into()), "{ended:?}");
}

#[test]
fn one_of_the_kernel_is_passed_on() {
    let sandbox = Sandbox::start();
    // A timer goes on after exec.
    let python = "import os, signal, sys; signal.alarm(5); os.execv(sys.argv[1], sys.argv[1:])";
    let arguments = [&["-c", python, PROGRAM, "while-paused", "abc", "--"][..], &SLEEP].concat();
    let ended = ready(through(&sandbox.url, "python3").args(arguments)).ended();
    assert_eq!((ended.signal, sandbox.recording("abc")), (Some(14), "recording".into()), "{ended:?}");
}

#[test]
fn a_line_that_nobody_reads_is_no_signal_to_end() {
    let sandbox = Sandbox::start();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    // It tells of the pause, and its write raises SIGPIPE.
    let arguments = ["-v", "while-paused", "abc", "--", "sh", "-c", "exit 6"];
    let output = anchor(&sandbox.url, arguments).stderr(writer).output().unwrap();
    assert_eq!((output.status.code(), sandbox.recording("abc")), (Some(6), "recording".into()));
}

#[test]
fn other_subcommands_end_at_once_by_default() {
    let sandbox = Sandbox::start();
    let running = Running::start(&mut anchor(&sandbox.url, ["pause", "stall"]));
    until("the request", || !sandbox.requests_for("stall").is_empty());
    running.signal(Signal::INT);
    let ended = running.ended();
    assert_eq!((ended.signal, ended.stderr.as_str()), (Some(2), ""));
}

#[test]
fn a_download_keeps_what_has_come() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    for (signal, number) in ALL {
        let running = Running::start(&mut anchor(&sandbox.url, ["download", "video-slow", &video]));
        let size = || folder.names().first().map_or(0, |name| fs::metadata(folder.file(name)).unwrap().len());
        let before = size();
        until("some of the video", || size() > before);
        running.signal(signal);
        let ended = running.ended();
        assert_eq!(ended.signal, Some(number), "{}", ended.stderr);
        assert!(ended.stderr.contains(" bytes are kept, and the next call downloads the rest"), "{}", ended.stderr);
        assert!(folder.names()[0].ends_with(".part"), "{:?}", folder.names());
    }
    let ended = Running::start(&mut anchor(&sandbox.url, ["download", "video-slow", &video])).ended();
    assert_eq!((ended.code, folder.names()), (Some(0), vec!["video.mp4".to_owned()]), "{}", ended.stderr);
    let last = sandbox.requests().pop().unwrap();
    assert!(last["headers"]["range"].as_str().unwrap().starts_with("bytes="), "{last}");
}
