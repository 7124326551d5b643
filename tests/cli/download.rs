//! `anchor download` with stderr not at a terminal, so that it shows no progress bar.

use std::fs;

use crate::folder::Folder;
use crate::process::{PROGRAM, Running, anchor, launcher, run};
use crate::sandbox::{Sandbox, is_video};

const VIDEO_BYTES: usize = 3_000_000;

fn has_whole_video(file: &str) -> bool {
    let video = fs::read(file).unwrap();
    video.len() == VIDEO_BYTES && is_video(&video)
}

#[test]
fn a_download_resumes_after_a_lost_connection() {
    let sandbox = Sandbox::with(&["--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let exited = run(&sandbox.url, &["download", "abc", &folder.file("video.mp4"), "--json"]);
    assert_eq!((exited.code, exited.stderr.as_str()), (Some(0), ""));
    assert!(exited.stdout.contains("\"bytes\":3000000"), "{}", exited.stdout);
    assert!(has_whole_video(&folder.file("video.mp4")));
}

#[test]
fn the_next_run_resumes_an_incomplete_download() {
    let sandbox = Sandbox::with(&["--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let video = folder.file("video.mp4");
    let arguments = ["download", "abc", &video, "--max-retries", "0"];
    let cut = run(&sandbox.url, &arguments);
    assert_eq!((cut.code, cut.stderr.lines().count()), (Some(5), 1));
    assert!(cut.stderr.ends_with("; 1500000 bytes are kept, and the next call downloads the rest\n"), "{}", cut.stderr);
    let rest = run(&sandbox.url, &arguments);
    assert_eq!((rest.code, rest.stdout), (Some(0), format!("downloaded: {video}, 2.86 MiB\n")));
    assert!(has_whole_video(&video) && folder.names() == ["video.mp4"]);
    assert_eq!(sandbox.requests()[1]["headers"]["range"], "bytes=1483616-");
}

#[test]
fn a_failure_leaves_the_file_unchanged() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    fs::write(&video, "before").unwrap();
    for (session, code) in [("404", 4), ("401", 3), ("html", 1), ("500-no-retry", 6)] {
        let exited = run(&sandbox.url, &["download", session, &video]);
        assert_eq!((exited.code, exited.stdout.as_str()), (Some(code), ""), "{}", exited.stderr);
        assert_eq!((fs::read(&video).unwrap(), folder.names().len()), (b"before".to_vec(), 1));
    }
}

#[test]
fn the_file_size_limit_is_a_failure_and_not_a_fatal_signal() {
    let sandbox = Sandbox::with(&["--session", "abc", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let limited = ["-c", r#"ulimit -f 100; exec "$@""#, "sh", PROGRAM, "download", "abc", &folder.file("video.mp4")];
    let exited = Running::start(launcher(&sandbox.url, "sh").args(limited)).wait();
    assert_eq!((exited.code, exited.signal, folder.names().len()), (Some(1), None, 0), "{}", exited.stderr);
    assert!(exited.stderr.starts_with("anchor: no room for "), "{}", exited.stderr);
}

#[test]
fn a_slow_download_ends_at_its_timeout() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let video = folder.file("video.mp4");
    let exited = run(&sandbox.url, &["download", "video-slow", &video, "--timeout", "1", "--max-retries", "0"]);
    assert_eq!((exited.code, folder.names().len()), (Some(5), 1), "{}", exited.stderr);
    assert!(exited.stderr.starts_with("anchor: timed out after 1000 ms while "), "{}", exited.stderr);
}

/// Runs `anchor download`, and returns its exit code, what it wrote to stdout, and its messages.
fn to_stdout(url: &str, arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let output = anchor(url, ["download", "--timeout", "30"].iter().chain(arguments)).output().unwrap();
    (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn stdout_gets_the_video_and_nothing_else() {
    let sandbox = Sandbox::with(&["--fault", "abc=cut-once", "--video-bytes", "3000000", "--session", "plain"]);
    let (code, video, messages) = to_stdout(&sandbox.url, &["abc", "-"]);
    assert_eq!((code, messages.as_str()), (Some(0), ""));
    assert!(video.len() == VIDEO_BYTES && is_video(&video));
    let (code, video, messages) = to_stdout(&sandbox.url, &["plain", "-", "--json", "--verbose"]);
    assert!(code == Some(0) && messages.ends_with("{\"bytes\":3000000,\"file\":\"/dev/stdout\"}\n"), "{messages}");
    assert!(video.len() == VIDEO_BYTES && is_video(&video));
}

#[test]
fn a_failure_says_how_much_stdout_got() {
    let sandbox =
        Sandbox::with(&["--fault", "abc=no-etag-cut-once", "--fault", "gone=404", "--video-bytes", "3000000"]);
    let (code, video, messages) = to_stdout(&sandbox.url, &["abc", "-"]);
    assert_eq!((code, video.len()), (Some(5), VIDEO_BYTES / 2), "{messages}");
    assert!(
        messages.contains("1500000 bytes of the video were written to standard output, and the rest is missing"),
        "{messages}"
    );
    let (code, video, messages) = to_stdout(&sandbox.url, &["gone", "-"]);
    assert_eq!((code, video.len()), (Some(4), 0), "{messages}");
}

#[test]
fn a_shell_may_redirect_the_video() {
    let sandbox = Sandbox::with(&["--session", "abc", "--video-bytes", "3000000"]);
    let folder = Folder::new();
    let script = format!(
        "cd {:?} && {PROGRAM:?} download abc - >new && echo before >appended && {PROGRAM:?} download abc - >>appended && \
         {PROGRAM:?} download abc - | cat >piped && {PROGRAM:?} download abc - >/dev/null && {PROGRAM:?} download abc ./-",
        folder.file("")
    );
    let exited = Running::start(launcher(&sandbox.url, "sh").args(["-c", &script])).wait();
    assert_eq!(exited.code, Some(0), "{}", exited.stderr);
    for name in ["new", "piped", "-"] {
        assert!(has_whole_video(&folder.file(name)), "{name}");
    }
    let appended = fs::read(folder.file("appended")).unwrap();
    assert!(appended.starts_with(b"before\n") && is_video(&appended[7..]) && appended.len() == VIDEO_BYTES + 7);
    assert_eq!(folder.names(), ["-", "appended", "new", "piped"]);
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_download() {
    let sandbox = Sandbox::with(&["--session", "abc", "--video-bytes", "3000000"]);
    let script = format!("{{ {PROGRAM:?} download abc -; echo $? >&2; }} | head -c 100 >/dev/null");
    let exited = Running::start(launcher(&sandbox.url, "sh").args(["-c", &script])).wait();
    let start = "anchor: standard output could not be written: the reader closed the pipe; ";
    assert!(exited.stderr.starts_with(start) && exited.stderr.ends_with("\n1\n"), "{}", exited.stderr);
}
