//! Downloads without a terminal.

use std::fs;

use crate::anchor::{PROGRAM, Running, run, through};
use crate::folder::Folder;
use crate::sandbox::Sandbox;

fn is_the_video(file: &str, bytes: usize) -> bool {
    let video = fs::read(file).unwrap();
    video.len() == bytes && video.iter().enumerate().skip(24).all(|(at, byte)| usize::from(*byte) == (at - 24) % 251)
}

#[test]
fn one_that_is_cut_goes_on_by_itself() {
    let sandbox = Sandbox::with(&["--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let ended = run(&sandbox.url, &["download", "abc", &folder.file("video.mp4"), "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.contains("\"bytes\":3000000"), "{}", ended.stdout);
    assert!(is_the_video(&folder.file("video.mp4"), 3_000_000));
}

#[test]
fn one_that_was_cut_goes_on_when_it_is_called_again() {
    let sandbox = Sandbox::with(&["--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let video = folder.file("video.mp4");
    let arguments = ["download", "abc", &video, "--max-retries", "0"];
    let cut = run(&sandbox.url, &arguments);
    assert_eq!((cut.code, cut.stderr.lines().count()), (Some(5), 1));
    assert!(cut.stderr.ends_with("; 1500000 bytes are kept, and the next call downloads the rest\n"), "{}", cut.stderr);
    let rest = run(&sandbox.url, &arguments);
    assert_eq!((rest.code, rest.stdout), (Some(0), format!("downloaded: {video:?}, 2.86 MiB\n")));
    assert!(is_the_video(&video, 3_000_000) && folder.names() == ["video.mp4"]);
    assert_eq!(sandbox.requests()[1]["headers"]["range"], "bytes=1499999-");
}

#[test]
fn a_failure_leaves_the_file_as_it_was() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    fs::write(&video, "before").unwrap();
    for (session, code) in [("404", 4), ("401", 3), ("html", 1), ("500-no-retry", 6)] {
        let ended = run(&sandbox.url, &["download", session, &video]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{}", ended.stderr);
        assert_eq!((fs::read(&video).unwrap(), folder.names().len()), (b"before".to_vec(), 1));
    }
}

#[test]
fn a_file_that_may_not_grow_is_a_failure_and_not_the_end_by_a_signal() {
    let sandbox = Sandbox::with(&["--session", "abc", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let limited = ["-c", r#"ulimit -f 100; exec "$@""#, "sh", PROGRAM, "download", "abc", &folder.file("video.mp4")];
    let ended = Running::start(through(&sandbox.url, "sh").args(limited)).ended();
    assert_eq!((ended.code, ended.signal, folder.names().len()), (Some(1), None, 0), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("anchor: no room for "), "{}", ended.stderr);
}

#[test]
fn a_person_may_wait_longer_than_a_program_but_not_for_ever() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    let ended = run(&sandbox.url, &["download", "video-slow", &video, "--timeout", "1", "--max-retries", "0"]);
    assert_eq!((ended.code, folder.names().len()), (Some(5), 1), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("anchor: timed out after 1000 ms while "), "{}", ended.stderr);
}
