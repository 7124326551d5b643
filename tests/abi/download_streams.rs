//! Downloads to pipes, FIFOs and other open descriptors.
//!
//! What a reader got cannot be taken back. So a download continues only with the same version, and
//! otherwise fails and says how much was written.

use std::fs::{self, File};
use std::io::{Read, Seek, Write, pipe};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::canned_server::{CannedServer, MP4, V1, V2, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};
use crate::wait::wait_until;

const LENGTH: usize = 300_000;
const CUT: usize = 100_000;
const BEGIN: usize = CUT - 16 * 1024;

fn video() -> Vec<u8> {
    (0..LENGTH).map(|position| (position % 251) as u8).collect()
}

fn announced(headers: &[&str], bytes: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {LENGTH}");
    answer("200 OK", &[headers, &[MP4, &length]].concat(), bytes)
}

fn whole(headers: &[&str]) -> Vec<u8> {
    announced(headers, &video())
}

fn cut(headers: &[&str]) -> Vec<u8> {
    announced(headers, &video()[..CUT])
}

fn rest(headers: &[&str]) -> Vec<u8> {
    let lines = [
        format!("Content-Range: bytes {BEGIN}-{}/{LENGTH}", LENGTH - 1),
        format!("Content-Length: {}", LENGTH - BEGIN),
    ];
    answer("206 Partial Content", &[headers, &[MP4, &lines[0], &lines[1]]].concat(), &video()[BEGIN..])
}

fn refusal() -> Vec<u8> {
    answer("404 Not Found", &["Content-Length: 0"], b"")
}

fn client(server: &CannedServer, retries: u32) -> Client {
    Options::for_url(&server.url).max_retries(retries).timeout_ms(60_000).client().unwrap()
}

/// The path of a descriptor.
fn path_of(file: &impl AsRawFd) -> String {
    format!("/dev/fd/{}", file.as_raw_fd())
}

/// Downloads to a pipe, and returns what its reader got.
fn through_pipe(client: &Client, call: &Call) -> (Result<(), crate::host::Failure>, Vec<u8>) {
    let (mut reader, writer) = pipe().unwrap();
    thread::scope(|scope| {
        let read = scope.spawn(move || {
            let mut bytes = vec![];
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let result = client.download("abc", path_of(&writer), call);
        drop(writer);
        (result, read.join().unwrap())
    })
}

#[test]
fn a_pipe_gets_the_video_and_nothing_else() {
    let server = CannedServer::start([whole(&[V1])]);
    let call = Call::new();
    let (result, bytes) = through_pipe(&client(&server, 0), &call);
    result.unwrap();
    assert!(bytes == video());
    assert_eq!(call.transferred(), (LENGTH as u64, LENGTH as u64));
}

/// What follows the loss of a connection after 100,000 bytes, or before the first byte. A call that
/// fails leaves the remaining answers unused.
#[test]
fn a_stream_continues_with_the_same_version_or_fails() {
    let nothing = || announced(&[V1], b"");
    let mut differs = rest(&[V1]);
    let in_overlap = differs.len() - (LENGTH - CUT) - 1;
    differs[in_overlap] ^= 1;
    // The answers, and the status. The whole video is written if that is 0.
    let rows: [(&str, Vec<Vec<u8>>, i32); 10] = [
        ("the rest of the same version", vec![cut(&[V1]), rest(&[V1])], 0),
        ("a failure in between", vec![cut(&[V1]), answer("503 Oh", &["Content-Length: 0"], b""), rest(&[V1])], 0),
        ("nothing was written yet", vec![nothing(), whole(&[V2])], 0),
        ("nothing was written yet, and there is no version", vec![announced(&[], b""), whole(&[])], 0),
        ("no version", vec![cut(&[]), whole(&[])], 5),
        ("the rest of another version", vec![cut(&[V1]), rest(&[V2]), whole(&[V2])], 8),
        ("the whole of another version", vec![cut(&[V1]), whole(&[V2])], 8),
        ("the whole again", vec![cut(&[V1]), whole(&[V1])], 8),
        ("other bytes", vec![cut(&[V1]), differs, whole(&[V2])], 8),
        ("a refusal", vec![cut(&[V1]), refusal()], 5),
    ];
    for (name, answers, status) in rows {
        let server = CannedServer::start(answers);
        let (result, bytes) = through_pipe(&client(&server, 2), &Call::new());
        if status == 0 {
            result.unwrap();
            assert!(bytes == video(), "{name}: {} bytes", bytes.len());
            continue;
        }
        let failure = expect_failure(result);
        let written = format!("{} bytes of the video were written to \"/dev/fd/", bytes.len());
        assert!(failure.status == status && failure.message.contains(&written), "{name}: {failure:?}");
        assert!(!bytes.is_empty() && bytes == video()[..bytes.len()], "{name}");
    }
}

#[test]
fn a_reader_that_does_not_read_holds_up_nothing() {
    let server = CannedServer::start([whole(&[V1])]);
    let (mut reader, writer) = pipe().unwrap();
    let call = Call::new().timeout_ms(300);
    let begun = Instant::now();
    let failure = expect_failure(client(&server, 0).download("abc", path_of(&writer), &call));
    assert!(begun.elapsed() < Duration::from_millis(300 + 500), "{:?}", begun.elapsed());
    assert_eq!(failure.status, 6);
    // Nothing is written after the call has returned, although the pipe has room again.
    drop(writer);
    let mut bytes = vec![];
    reader.read_to_end(&mut bytes).unwrap();
    assert!(bytes == video()[..bytes.len()] && bytes.len() < LENGTH);
    let written = format!("{} bytes of the video were written", bytes.len());
    assert!(failure.message.contains(&written), "{written}: {}", failure.message);
}

#[test]
fn a_slow_reader_gets_everything() {
    let server = CannedServer::start([whole(&[V1])]);
    let (mut reader, writer) = pipe().unwrap();
    thread::scope(|scope| {
        let read = scope.spawn(move || {
            let (mut bytes, mut piece) = (vec![], [0; 16 * 1024]);
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                bytes.extend_from_slice(&piece[..count]);
                thread::sleep(Duration::from_millis(20));
            }
            bytes
        });
        client(&server, 0).download("abc", path_of(&writer), &Call::new()).unwrap();
        drop(writer);
        assert!(read.join().unwrap() == video());
    });
}

#[test]
fn a_reader_that_is_gone_is_reported() {
    let server = CannedServer::start([whole(&[V1])]);
    let client = client(&server, 2);
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let refused = expect_failure(client.download("abc", path_of(&writer), &Call::new()));
    assert_eq!((refused.status, server.requests().len()), (1, 0), "{}", refused.message);
    let (mut reader, writer) = pipe().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || reader.read_exact(&mut [0; 1000]).unwrap());
        let failure = expect_failure(client.download("abc", path_of(&writer), &Call::new()));
        assert!(failure.status == 9 && failure.message.contains("Broken pipe"), "{}", failure.message);
        assert!(failure.message.contains(" bytes of the video were written to "), "{}", failure.message);
    });
}

#[test]
fn a_fifo_gets_the_video_as_soon_as_somebody_reads_it() {
    let (server, folder) = (CannedServer::start([whole(&[V1])]), Folder::new());
    let fifo = folder.file("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    symlink("fifo", folder.file("link")).unwrap();
    let client = client(&server, 0);
    let timed_out = expect_failure(client.download("abc", fifo.as_str(), &Call::new().timeout_ms(500)));
    assert!(timed_out.message.ends_with("(nobody reads the FIFO)"), "{}", timed_out.message);
    assert_eq!((timed_out.status, server.requests().len()), (6, 0), "{}", timed_out.message);
    assert!(timed_out.message.contains("nothing was sent"), "{}", timed_out.message);
    thread::scope(|scope| {
        let read = scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            fs::read(&fifo).unwrap()
        });
        client.download("abc", folder.file("link"), &Call::new()).unwrap();
        assert!(read.join().unwrap() == video());
    });
    assert_eq!(folder.names(), ["fifo", "link"]);
}

/// As after `>>` in a shell: the video follows what is there.
#[test]
fn an_open_file_is_written_where_it_stands() {
    let (server, folder) = (CannedServer::start([cut(&[V1]), rest(&[V1])]), Folder::new());
    let mut file = File::create_new(folder.file("file")).unwrap();
    file.write_all(b"before").unwrap();
    client(&server, 1).download("abc", path_of(&file), &Call::new()).unwrap();
    assert_eq!(file.stream_position().unwrap(), 6 + LENGTH as u64);
    assert!(fs::read(folder.file("file")).unwrap() == [b"before", &*video()].concat());
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn a_descriptor_that_cannot_be_written_is_reported_before_anything_is_sent() {
    let (server, folder) = (CannedServer::start([whole(&[V1])]), Folder::new());
    fs::write(folder.file("file"), "").unwrap();
    let read_only = File::open(folder.file("file")).unwrap();
    let (reader, _writer) = pipe().unwrap();
    let terminal = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
    for path in [path_of(&read_only), path_of(&reader), path_of(&terminal), "/dev/fd/99999".into(), "/dev/fd/-1".into()]
    {
        let refused = expect_failure(client(&server, 0).download("abc", path.as_str(), &Call::new()));
        assert_eq!((refused.status, server.requests().len()), (1, 0), "{path}: {}", refused.message);
    }
}

/// A server that sends these bytes, and each of the next ones when it is told to. Returns its URL.
fn pausing_server(pieces: Vec<Vec<u8>>, go_on: Receiver<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut byte) = (vec![], [0]);
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
            request.push(byte[0]);
        }
        for piece in pieces {
            let _ = stream.write_all(&piece);
            let _ = go_on.recv_timeout(Duration::from_secs(10));
        }
    });
    url
}

/// The server sends nothing more. Everything that it sent is written nevertheless.
#[test]
fn a_server_that_pauses_holds_back_nothing_that_it_sent() {
    let begin = || announced(&[V1], &video()[..200_000]);
    let client = |url: &str| Options::for_url(url).max_retries(0).timeout_ms(20_000).client().unwrap();
    for _ in 0..5 {
        let ((go_on, told), (mut reader, writer)) = (channel(), pipe().unwrap());
        let url = pausing_server(vec![begin(), video()[200_000..].to_vec()], told);
        thread::scope(|scope| {
            let download = scope.spawn(|| client(&url).download("abc", path_of(&writer), &Call::new()));
            let mut bytes = vec![0; 200_000];
            reader.read_exact(&mut bytes).unwrap();
            assert!(bytes == video()[..200_000]);
            go_on.send(()).unwrap();
            bytes.resize(100_000, 0);
            reader.read_exact(&mut bytes).unwrap();
            go_on.send(()).unwrap();
            download.join().unwrap().unwrap();
        });
        let ((go_on, told), folder) = (channel(), Folder::new());
        let url = pausing_server(vec![begin(), video()[200_000..].to_vec()], told);
        thread::scope(|scope| {
            let download = scope.spawn(|| client(&url).download("abc", folder.file("video.mp4"), &Call::new()));
            wait_until("200,000 bytes in the part", || {
                let length = |name: &String| fs::metadata(folder.file(name)).is_ok_and(|found| found.len() == 200_000);
                folder.names().iter().any(length)
            });
            go_on.send(()).unwrap();
            go_on.send(()).unwrap();
            download.join().unwrap().unwrap();
        });
        assert!(fs::read(folder.file("video.mp4")).unwrap() == video());
    }
}

/// The failure ends the call although the server sends nothing more. A second reader gets nothing.
#[test]
fn nothing_is_written_to_a_fifo_whose_reader_has_left() {
    let ((go_on, told), folder) = (channel(), Folder::new());
    let pieces = vec![announced(&[V1], &video()[..8000]), video()[8000..9000].to_vec(), video()[9000..].to_vec()];
    let (url, fifo) = (pausing_server(pieces, told), folder.file("fifo"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let client = Options::for_url(&url).max_retries(0).timeout_ms(20_000).client().unwrap();
    thread::scope(|scope| {
        let download = scope.spawn(|| client.download("abc", fifo.as_str(), &Call::new()));
        let mut reader = File::open(&fifo).unwrap();
        reader.read_exact(&mut [0; 8000]).unwrap();
        drop(reader);
        go_on.send(()).unwrap();
        let failure = expect_failure(download.join().unwrap());
        assert!(failure.status == 9 && failure.message.contains("8000 bytes of the video were written"), "{failure:?}");
    });
    let second = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&fifo);
    go_on.send(()).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(second.unwrap().read(&mut [0; 10]).unwrap(), 0);
}
