//! Standard input and output in non-blocking mode, which another process that shares them may set.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::io::ioctl_fionbio;

use crate::process::{PROGRAM, anchor};
use crate::sandbox::Sandbox;
use crate::wait::TEST_TIMEOUT;

/// More than a pipe holds.
const LENGTH: usize = 600_000;
/// Long enough for the pipe to be full, or empty, when the program uses it.
const PAUSE: Duration = Duration::from_millis(300);

fn pipe_with(
    nonblocking_end: impl Fn(&io::PipeReader, &io::PipeWriter) -> rustix::io::Result<()>,
) -> (io::PipeReader, io::PipeWriter) {
    let (reader, writer) = io::pipe().unwrap();
    nonblocking_end(&reader, &writer).unwrap();
    (reader, writer)
}

fn slow_reader() -> (io::PipeReader, io::PipeWriter) {
    pipe_with(|_, writer| ioctl_fionbio(writer.as_fd(), true))
}

/// Answers one request with a JSON string of this length.
fn long_answer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        let (mut request, mut byte) = (vec![], [0]);
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        let body = format!("\"{}\"", "x".repeat(LENGTH));
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let _ = stream.read(&mut byte);
    });
    url
}

#[test]
fn a_long_answer_is_written_completely() {
    let (mut reader, writer) = slow_reader();
    let mut command = anchor(&long_answer(), ["request", "GET", "/v1/sessions"]);
    let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    thread::sleep(PAUSE);
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    assert_eq!((child.wait().unwrap().code(), printed.len()), (Some(0), LENGTH + 3));
}

/// The pipe is full before the program starts.
#[test]
fn a_message_waits_for_a_reader() {
    let sandbox = Sandbox::start();
    for arguments in
        [&["pause", "404"][..], &["--json", "pause", "404"], &["pause", "--frob"], &["pause", "--frob", "--json"]]
    {
        let (mut reader, mut writer) = slow_reader();
        let mut filled = 0;
        while let Ok(count) = writer.write(&[b'.'; 4096]) {
            filled += count;
        }
        let mut command = anchor(&sandbox.url, arguments);
        let mut child = command.stdout(Stdio::null()).stderr(writer).spawn().unwrap();
        drop(command);
        thread::sleep(PAUSE);
        let mut printed = vec![];
        reader.read_to_end(&mut printed).unwrap();
        let message = String::from_utf8_lossy(&printed[filled..]);
        assert!(child.wait().unwrap().code() > Some(1) && message.ends_with('\n'), "{arguments:?}: {message}");
    }
}

#[test]
fn the_help_and_a_body_are_waited_for() {
    let (mut reader, mut writer) = slow_reader();
    while writer.write(b".").is_ok() {}
    let mut command = std::process::Command::new(PROGRAM);
    let mut child = command.arg("--help").stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    thread::sleep(PAUSE);
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(printed.ends_with("anchor request POST /v1/sessions '{}'\n"), "{printed:?}");

    let sandbox = Sandbox::start();
    let (reader, mut writer) = pipe_with(|reader, _| ioctl_fionbio(reader.as_fd(), true));
    let mut command = anchor(&sandbox.url, ["request", "POST", "/v1/sessions", "-"]);
    let child = command.stdin(reader).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    thread::sleep(PAUSE);
    writer.write_all(b"{}").unwrap();
    drop(writer);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
