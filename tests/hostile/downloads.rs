//! Videos that are endless, cut, or not as long as they say: whole or not there.

use std::fs;

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, EVERY, SUCCESS, TIMEOUT, client, must_end, works_well,
};
use crate::folder::Folder;
use crate::frames;
use crate::script::{Script, Step, say};
use crate::server::{Server, Transport};

const VIDEO: &[u8; 4096] = &[7; 4096];
const PIECE: usize = 16 * 1024;
const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");

/// How the answer's body goes on behind its head, on either kind of transport.
enum Body {
    Once(Vec<u8>, Step),
    /// So slowly that the disk does not fill.
    Endless,
}

type Row = (&'static str, u16, Vec<(&'static str, &'static str)>, Body, &'static [i32]);

pub fn behaviours() -> Vec<Behaviour> {
    let each = |transport: Transport| {
        rows()
            .into_iter()
            .filter(move |row| fits(transport, row))
            .map(move |row| Behaviour::new(format!("{transport:?}, {}", row.0), move || download(transport, row)))
    };
    EVERY.iter().flat_map(|transport| each(*transport)).collect()
}

fn rows() -> Vec<Row> {
    let whole = || VIDEO.to_vec();
    let range = |value| vec![("content-range", value), ("content-length", "4096")];
    vec![
        ("an endless video, in chunks", 200, vec![CHUNKED], Body::Endless, TIMEOUT),
        (
            "an endless video of 2^62 bytes",
            200,
            vec![("content-length", "4611686018427387904")],
            Body::Endless,
            TIMEOUT,
        ),
        ("a length that is true", 200, vec![("content-length", "4096")], Body::Once(whole(), Step::Close), SUCCESS),
        (
            "a length that is too long",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Close),
            CONNECTION_LOST,
        ),
        (
            "a length that is too long, and silence",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Stay),
            TIMEOUT,
        ),
        (
            "a length that is too long, and a reset",
            200,
            vec![("content-length", "4097")],
            Body::Once(whole(), Step::Reset),
            CONNECTION_LOST,
        ),
        ("a negative length", 200, vec![("content-length", "-1")], Body::Once(whole(), Step::Close), BAD_RESPONSE),
        ("no end but the connection's", 200, vec![], Body::Once(whole(), Step::Close), BAD_RESPONSE),
        ("an empty video", 200, vec![("content-length", "0")], Body::Once(vec![], Step::Close), BAD_RESPONSE),
        ("no video at all", 204, vec![], Body::Once(vec![], Step::Close), BAD_RESPONSE),
        (
            "a part that nobody asked for",
            206,
            range("bytes 0-4095/4096"),
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "a part of nowhere",
            206,
            range("bytes 18446744073709551615-18446744073709551615/*"),
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "compressed without being asked",
            200,
            vec![("content-encoding", "gzip"), ("content-length", "4096")],
            Body::Once(whole(), Step::Close),
            BAD_RESPONSE,
        ),
        (
            "given up without an error",
            200,
            vec![],
            Body::Once(whole(), Step::Say(frames::rst_stream(1, 0))),
            CONNECTION_LOST,
        ),
        ("a goodbye in the middle", 200, vec![], Body::Once(whole(), Step::Say(frames::goaway(0, 0))), CONNECTION_LOST),
        ("an endless refusal", 503, vec![CHUNKED], Body::Endless, &[503]),
    ]
}

/// HTTP/2 has no chunks: each of its bodies has an end.
fn fits(transport: Transport, row: &Row) -> bool {
    match &row.3 {
        Body::Once(_, Step::Say(_)) => transport == Transport::Http2,
        _ => transport != Transport::Http2 || row.0 != "no end but the connection's",
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
        Body::Once(bytes, Step::Close) if http2 => vec![say(frames::last(1, bytes))],
        Body::Once(bytes, end) => vec![say(piece(&bytes)), end],
        Body::Endless => vec![Step::Slowly(5, piece(&[7; PIECE]))],
    };
    [vec![Step::Hear, say(head)], rest].concat()
}

fn download(transport: Transport, row: Row) -> Result<(), String> {
    // Where HTTP/2 knows that a length is wrong, HTTP/1.1 has only a connection that ended.
    let expected = match (transport, row.4) {
        (Transport::Http2, CONNECTION_LOST) if matches!(row.3, Body::Once(_, Step::Close)) => BAD_RESPONSE,
        (_, expected) => expected,
    };
    let server = Server::start(transport, script(transport, row));
    let (folder, videos) = (Folder::new(), Folder::new());
    let client = client(&server, &folder);
    let file = videos.file("video.mp4");
    must_end(expected, |call| client.download("abc", file.as_str(), call))?;
    match (expected, fs::read(&file)) {
        (SUCCESS, Ok(video)) if video == VIDEO => {}
        (SUCCESS, found) => return Err(format!("the file is {:?}", found.map(|video| video.len()))),
        _ if videos.names().is_empty() => {}
        _ => return Err(format!("left {:?}", videos.names())),
    }
    server.behave();
    works_well(&client)
}
