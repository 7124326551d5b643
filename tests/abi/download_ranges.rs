//! What becomes of each answer to a request for the rest of a video.
//!
//! A part of 40,000 bytes is there, whose version and length the server named. The next call asks for
//! the rest from 16 KB before its end on. It continues only if the answer repeats the validator, the
//! length and the bytes; otherwise it begins anew at once, although it has no retries.

use std::fs;

use crate::canned_server::{CannedServer, MP4, V1, V2, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};

const LENGTH: usize = 60_000;
const PART: usize = 40_000;
/// Where the range begins.
const BEGIN: usize = PART - 16 * 1024;

const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT";
const CHANGED_LATER: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:31 GMT";

/// Versions have no byte in common.
fn video(version: u8) -> Vec<u8> {
    (0..LENGTH).map(|position| (position % 251) as u8 ^ version << 7).collect()
}

/// A partial answer with this range and these bytes.
fn part(headers: &[&str], range: &str, bytes: &[u8]) -> Vec<u8> {
    let lines = [format!("Content-Range: bytes {range}"), format!("Content-Length: {}", bytes.len())];
    let more: Vec<_> = [MP4].into_iter().chain(lines.iter().map(String::as_str)).collect();
    answer("206 Partial Content", &[headers, &more].concat(), bytes)
}

/// The right range, with these headers.
fn rest(headers: &[&str]) -> Vec<u8> {
    part(headers, &format!("{BEGIN}-{}/{LENGTH}", LENGTH - 1), &video(1)[BEGIN..])
}

fn whole(headers: &[&str], bytes: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", bytes.len());
    answer("200 OK", &[headers, &[MP4, &length]].concat(), bytes)
}

enum Outcome {
    /// The part and the answer make the video.
    Continued,
    /// The answer is the new video.
    Replaced,
    /// The whole video is asked for and received.
    BegunAnew,
    /// The call fails with this status, and keeps the part.
    Failed(i32),
}
use Outcome::{BegunAnew, Continued, Failed, Replaced};

/// A row: the headers of the answer that the part came with, the answer to the range request, and
/// what becomes of it.
type Row = (&'static str, Vec<&'static str>, Vec<u8>, Outcome);

fn rows() -> Vec<Row> {
    let range = |range: &str, bytes: &[u8]| part(&[V1], range, bytes);
    let (v1, v2, end) = (video(1), video(2), LENGTH - 1);
    let mut last_differs = v1.clone();
    last_differs[PART - 1] ^= 1;
    let mut first_differs = v1.clone();
    first_differs[BEGIN] ^= 1;
    let refusal =
        |headers: &[&str]| answer("416 Range Not Satisfiable", &[headers, &["Content-Length: 0"]].concat(), b"");
    let multipart = answer(
        "206 Partial Content",
        &[V1, "Content-Type: multipart/byteranges; boundary=x", "Content-Length: 3"],
        b"--x",
    );
    let chunk = format!("{:x}\r\n", LENGTH - BEGIN);
    let chunked = [chunk.as_bytes(), &v1[BEGIN..], b"\r\n0\r\n\r\n"].concat();
    let content_range = format!("Content-Range: bytes {BEGIN}-{end}/{LENGTH}");
    let in_chunks = answer("206 Partial Content", &[V1, MP4, &content_range, "Transfer-Encoding: chunked"], &chunked);
    let endless = [format!("{:x}\r\n", LENGTH).as_bytes(), &v1, b"\r\n"].concat().repeat(3);
    let too_long = answer("206 Partial Content", &[V1, MP4, &content_range, "Transfer-Encoding: chunked"], &endless);
    let by_tag = || vec![V1];
    let by_date = || vec![CHANGED, DATE];
    vec![
        ("the rest, with the same tag", by_tag(), rest(&[V1]), Continued),
        ("the rest, with the same tag and another date", by_tag(), rest(&[V1, CHANGED_LATER]), Continued),
        ("the rest, with the same date", by_date(), rest(&[CHANGED]), Continued),
        ("the rest, with the same date and a weak tag", by_date(), rest(&[CHANGED, r#"ETag: W/"v1""#]), Continued),
        ("the rest in chunks", by_tag(), in_chunks, Continued),
        ("the unit in upper case", by_tag(), rest(&[V1]).replace("bytes ", "Bytes "), Continued),
        ("another tag", by_tag(), rest(&[V2]), BegunAnew),
        ("no tag", by_tag(), rest(&[]), BegunAnew),
        ("no tag, and a date", by_tag(), rest(&[CHANGED]), BegunAnew),
        ("the tag as a weak one", by_tag(), rest(&[r#"ETag: W/"v1""#]), BegunAnew),
        ("the tag without quotes", by_tag(), rest(&["ETag: v1"]), BegunAnew),
        ("two tags", by_tag(), rest(&[V1, V2]), BegunAnew),
        ("another date", by_date(), rest(&[CHANGED_LATER]), BegunAnew),
        ("no date", by_date(), rest(&[]), BegunAnew),
        ("a tag instead of the date", by_date(), rest(&[V1]), BegunAnew),
        (
            "another total",
            by_tag(),
            range(&format!("{BEGIN}-{LENGTH}/{}", LENGTH + 1), &[&v1[BEGIN..], b"!"].concat()),
            BegunAnew,
        ),
        ("an unknown total", by_tag(), range(&format!("{BEGIN}-{end}/*"), &v1[BEGIN..]), BegunAnew),
        ("a range that begins earlier", by_tag(), range(&format!("0-{end}/{LENGTH}"), &v1), BegunAnew),
        ("a range that begins later", by_tag(), range(&format!("{PART}-{end}/{LENGTH}"), &v1[PART..]), BegunAnew),
        (
            "a range that ends earlier",
            by_tag(),
            range(&format!("{BEGIN}-{}/{LENGTH}", end - 1), &v1[BEGIN..end]),
            BegunAnew,
        ),
        (
            "a range that ends after the video",
            by_tag(),
            range(&format!("{BEGIN}-{LENGTH}/{LENGTH}"), &v1[BEGIN..]),
            BegunAnew,
        ),
        ("a range in other units", by_tag(), rest(&[V1]).replace("bytes ", "pages "), BegunAnew),
        ("a range with a sign", by_tag(), rest(&[V1]).replace("-59999/", "-+59999/"), BegunAnew),
        ("two ranges", by_tag(), rest(&[V1, &content_range]), BegunAnew),
        ("no range", by_tag(), answer("206 Partial Content", &[V1, MP4, "Content-Length: 10"], &v1[..10]), BegunAnew),
        ("several parts", by_tag(), multipart, BegunAnew),
        ("a rest with another transfer coding", by_tag(), rest(&[V1, "Transfer-Encoding: identity"]), BegunAnew),
        ("a compressed rest", by_tag(), rest(&[V1, "Content-Encoding: gzip"]), BegunAnew),
        (
            "fewer bytes than the range",
            by_tag(),
            range(&format!("{BEGIN}-{end}/{LENGTH}"), &v1[BEGIN..PART]),
            BegunAnew,
        ),
        ("more bytes than the range", by_tag(), too_long, BegunAnew),
        (
            "the first byte of the overlap differs",
            by_tag(),
            range(&format!("{BEGIN}-{end}/{LENGTH}"), &first_differs[BEGIN..]),
            BegunAnew,
        ),
        (
            "the last byte of the overlap differs",
            by_tag(),
            range(&format!("{BEGIN}-{end}/{LENGTH}"), &last_differs[BEGIN..]),
            BegunAnew,
        ),
        ("the bytes of another version", by_tag(), range(&format!("{BEGIN}-{end}/{LENGTH}"), &v2[BEGIN..]), BegunAnew),
        ("416 with the total", by_tag(), refusal(&["Content-Range: bytes */30000"]), BegunAnew),
        ("416 without a total", by_tag(), refusal(&[]), BegunAnew),
        ("the whole video of another version", by_tag(), whole(&[V2], &v2), Replaced),
        ("the whole video of the same version", by_tag(), whole(&[V1], &v1), Replaced),
        ("a shorter video", by_tag(), whole(&[V2], &v2[..1000]), Replaced),
        ("the whole video without a version", by_tag(), whole(&[], &v2), Replaced),
        (
            "200 that is no video",
            by_tag(),
            answer("200 OK", &["Content-Type: text/html", "Content-Length: 3"], b"<p>"),
            Failed(8),
        ),
        ("204", by_tag(), answer("204 No Content", &[V1], b""), Failed(8)),
        ("a redirect", by_tag(), answer("302 Found", &["Location: /", "Content-Length: 0"], b""), Failed(302)),
        ("304", by_tag(), answer("304 Not Modified", &[V1], b""), Failed(304)),
        ("412", by_tag(), answer("412 Precondition Failed", &["Content-Length: 0"], b""), Failed(412)),
        ("500", by_tag(), answer("500 Oh", &["Content-Length: 0"], b""), Failed(500)),
    ]
}

/// Replaces text in the head of an answer.
trait Replace {
    fn replace(self, old: &str, new: &str) -> Vec<u8>;
}

impl Replace for Vec<u8> {
    fn replace(self, old: &str, new: &str) -> Vec<u8> {
        let end = self.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let (head, body) = self.split_at(end);
        let head = std::str::from_utf8(head).unwrap();
        assert!(head.contains(old));
        [head.replace(old, new).as_bytes(), body].concat()
    }
}

fn client(server: &CannedServer) -> Client {
    Options::for_url(&server.url).max_retries(0).client().unwrap()
}

#[test]
fn every_answer_to_a_range_request_has_its_outcome() {
    for (name, headers, answer_to_range, outcome) in rows() {
        let length = format!("Content-Length: {LENGTH}");
        let first = answer("200 OK", &[&headers, &[MP4, &length][..]].concat(), &video(1)[..PART]);
        let answers = [first, answer_to_range.clone(), whole(&[V2], &video(2))];
        let (server, folder, call) = (CannedServer::start(answers), Folder::new(), Call::new());
        let (client, file) = (client(&server), folder.file("video.mp4"));
        let lost = expect_failure(client.download("abc", file.as_str(), &call));
        assert!(lost.message.contains("40000 bytes are kept"), "{name}: {}", lost.message);
        let result = client.download("abc", file.as_str(), &call);
        let requests = server.requests();
        assert!(requests[1].contains(&format!("range: bytes={BEGIN}-\r\n")), "{name}: {}", requests[1]);
        let expected = match outcome {
            Continued => video(1),
            Replaced => {
                answer_to_range[answer_to_range.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4..].to_vec()
            }
            BegunAnew => {
                assert!(requests.len() == 3 && !requests[2].contains("range:"), "{name}: {requests:?}");
                video(2)
            }
            Failed(status) => {
                assert_eq!(expect_failure(result).status, status, "{name}");
                assert!(folder.names().len() == 1 && folder.names()[0].ends_with(".part"), "{name}");
                continue;
            }
        };
        assert!(result.is_ok(), "{name}: {}", expect_failure(result).message);
        assert!(fs::read(&file).unwrap() == expected, "{name}: a mixture");
        assert_eq!(folder.names(), ["video.mp4"], "{name}");
        if !matches!(outcome, BegunAnew) {
            assert_eq!(requests.len(), 2, "{name}");
        }
    }
}

/// In one call, with one retry for the connection that was lost: beginning anew is none.
#[test]
fn beginning_anew_takes_no_retry() {
    let length = format!("Content-Length: {LENGTH}");
    let cut = answer("200 OK", &[V1, MP4, &length], &video(1)[..PART]);
    let (server, folder) = (CannedServer::start([cut, rest(&[V2]), whole(&[V2], &video(2))]), Folder::new());
    let client = Options::for_url(&server.url).max_retries(1).client().unwrap();
    let call = Call::new();
    client.download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!(call.attempts(), 3);
    assert!(fs::read(folder.file("video.mp4")).unwrap() == video(2));
}

/// A server that answers every request with a range is asked once more without one, and no longer.
#[test]
fn a_server_that_always_sends_ranges_ends_the_call() {
    let length = format!("Content-Length: {LENGTH}");
    let cut = answer("200 OK", &[V1, MP4, &length], &video(1)[..PART]);
    let (server, folder) = (CannedServer::start([cut, rest(&[V2]), rest(&[V2]), rest(&[V2])]), Folder::new());
    let (client, call) = (client(&server), Call::new());
    assert_eq!(expect_failure(client.download("abc", folder.file("video.mp4"), &call)).status, 5);
    assert_eq!(expect_failure(client.download("abc", folder.file("video.mp4"), &call)).status, 8);
    assert_eq!((server.requests().len(), folder.names().len()), (3, 0));
}

/// The first answer names no length.
#[test]
fn a_part_that_is_longer_than_the_video_is_not_a_part_of_it() {
    let v1 = video(1);
    let chunk = [format!("{PART:x}\r\n").as_bytes(), &v1[..PART], b"\r\n"].concat();
    let first = answer("200 OK", &[V1, MP4, "Transfer-Encoding: chunked"], &chunk);
    let total = PART - 1000;
    let shorter = part(&[V1], &format!("{BEGIN}-{}/{total}", total - 1), &v1[BEGIN..total]);
    let (server, folder) = (CannedServer::start([first, shorter, whole(&[V2], &video(2))]), Folder::new());
    let (client, file) = (client(&server), folder.file("video.mp4"));
    expect_failure(client.download("abc", file.as_str(), &Call::new()));
    client.download("abc", file.as_str(), &Call::new()).unwrap();
    assert!(fs::read(&file).unwrap() == video(2) && server.requests().len() == 3);
}
