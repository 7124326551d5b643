//! Downloads of videos that are endless, truncated or of the wrong length. The file is complete or
//! does not exist.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::behaviour::{
    ALL, BAD_RESPONSE, Behaviour, CONNECTION_LOST, SUCCESS, TIMEOUT, check_call, check_client_still_works, client,
};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::frames;
use crate::script::{Script, Step, reply, send};
use crate::server::{Server, Transport};

const VIDEO: &[u8; 4096] = &[7; 4096];
const PIECE: usize = 16 * 1024;
const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");

/// The body of the response, for HTTP/1.1 and HTTP/2 alike.
enum Body {
    /// These bytes, then the step.
    Once(Vec<u8>, Step),
    /// Slow enough not to fill the disk.
    Endless,
}

/// Name, status, headers, body, and the statuses that the call may return.
type Row = (&'static str, u16, Vec<(&'static str, &'static str)>, Body, &'static [i32]);

pub fn behaviours() -> Vec<Behaviour> {
    let each = |transport: Transport| {
        rows()
            .into_iter()
            .filter(move |row| applies_to(transport, row))
            .map(move |row| Behaviour::new(format!("{transport:?}, {}", row.0), move || check_download(transport, row)))
    };
    ALL.iter().flat_map(|transport| each(*transport)).collect()
}

fn rows() -> Vec<Row> {
    let whole = || VIDEO.to_vec();
    let range = |value| vec![("content-range", value), ("content-length", "4096")];
    vec![
        ("an endless video in chunks", 200, vec![CHUNKED], Body::Endless, TIMEOUT),
        (
            "an endless video of 2^62 bytes",
            200,
            vec![("content-length", "4611686018427387904")],
            Body::Endless,
            TIMEOUT,
        ),
        ("a correct length", 200, vec![("content-length", "4096")], Body::Once(whole(), Step::Close), SUCCESS),
        (
            "a length that is too long",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Close),
            CONNECTION_LOST,
        ),
        (
            "a length that is too long, then silence",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Hang),
            TIMEOUT,
        ),
        (
            "a length that is too long, then a reset",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Reset),
            CONNECTION_LOST,
        ),
        ("a negative length", 200, vec![("content-length", "-1")], Body::Once(whole(), Step::Close), BAD_RESPONSE),
        (
            "a video without a length, ended by the connection",
            200,
            vec![],
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        ("an empty video", 200, vec![("content-length", "0")], Body::Once(vec![], Step::Close), BAD_RESPONSE),
        ("a 204 instead of a video", 204, vec![], Body::Once(vec![], Step::Close), BAD_RESPONSE),
        (
            "a range that the client did not ask for",
            206,
            range("bytes 0-4095/4096"),
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "a range beyond the end of the video",
            206,
            range("bytes 18446744073709551615-18446744073709551615/*"),
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "a compressed video that the client did not ask for",
            200,
            vec![("content-encoding", "gzip"), ("content-length", "4096")],
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "a transfer coding that does not end, and a length that is too long",
            200,
            vec![("transfer-encoding", "identity"), ("content-length", "4097")],
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "chunks of a compressed video",
            200,
            vec![("transfer-encoding", "gzip, chunked")],
            Body::Once([b"1000\r\n", &*whole(), b"\r\n0\r\n\r\n"].concat(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "RST_STREAM without an error in the video",
            200,
            vec![],
            Body::Once(whole(), Step::Send(frames::rst_stream(1, 0))),
            CONNECTION_LOST,
        ),
        ("GOAWAY in the video", 200, vec![], Body::Once(whole(), Step::Send(frames::goaway(0, 0))), CONNECTION_LOST),
        ("an endless 503", 503, vec![CHUNKED], Body::Endless, &[503]),
    ]
}

/// RST_STREAM and GOAWAY exist only in HTTP/2. Only HTTP/1.1 has transfer codings, and bodies that end
/// with the connection.
fn applies_to(transport: Transport, row: &Row) -> bool {
    match &row.3 {
        Body::Once(_, Step::Send(_)) => transport == Transport::Http2,
        _ if row.2.iter().any(|header| header.0 == CHUNKED.0 && *header != CHUNKED) => transport != Transport::Http2,
        _ => transport != Transport::Http2 || row.0 != "a video without a length, ended by the connection",
    }
}

fn script(transport: Transport, (_, status, headers, body, _): Row) -> Script {
    let http2 = transport == Transport::Http2;
    let chunked = headers.contains(&CHUNKED);
    let headers: Vec<_> = headers.into_iter().filter(|header| !http2 || *header != CHUNKED).collect();
    let head = match http2 {
        true => {
            let mut block = frames::literal(":status", &status.to_string());
            block.extend(frames::literal("content-type", "video/mp4"));
            headers.iter().for_each(|(name, value)| block.extend(frames::literal(name, value)));
            frames::frame(frames::HEADERS, frames::END_HEADERS, 1, &block)
        }
        false => {
            let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            format!("HTTP/1.1 {status} Some reason\r\nContent-Type: video/mp4\r\n{lines}\r\n").into_bytes()
        }
    };
    let piece = |bytes: &[u8]| match (http2, chunked) {
        (true, _) => frames::piece(1, bytes),
        (false, true) => [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat(),
        (false, false) => bytes.to_vec(),
    };
    let rest = match body {
        Body::Once(bytes, Step::Close) if http2 => vec![send(frames::last(1, bytes))],
        Body::Once(bytes, end) => vec![send(piece(&bytes)), end],
        Body::Endless => vec![Step::Repeat(5, piece(&[7; PIECE]))],
    };
    [reply(head), rest].concat()
}

fn check_download(transport: Transport, row: Row) -> Checked {
    // HTTP/2 reports a length that is wrong; HTTP/1.1 sees only a connection that was lost.
    let expected = match (transport, row.4) {
        (Transport::Http2, CONNECTION_LOST) if matches!(row.3, Body::Once(_, Step::Close)) => BAD_RESPONSE,
        (_, expected) => expected,
    };
    let server = Server::start(transport, script(transport, row));
    let (folder, videos) = (Folder::new(), Folder::new());
    let client = client(&server, &folder);
    let file = videos.file("video.mp4");
    check_call(expected, |call| client.download("abc", file.as_str(), call))?;
    match (expected, fs::read(&file)) {
        (SUCCESS, Ok(video)) if video == VIDEO => {}
        (SUCCESS, found) => return Err(format!("the file has {:?} bytes", found.map(|video| video.len())).into()),
        _ => check_no_file_is_left(&videos)?,
    }
    server.behave();
    check_client_still_works(&client)
}

/// A call that is out of time waits only briefly for its file to be deleted.
fn check_no_file_is_left(videos: &Folder) -> Checked {
    let found = videos.names();
    if found.is_empty() {
        return Ok(());
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
        if videos.names().is_empty() {
            return Err(Fault::late(format!("the file was deleted late: {found:?}")));
        }
    }
    Err(format!("left files behind: {found:?}").into())
}
