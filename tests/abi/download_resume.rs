//! Downloads that resume after a lost connection.
//!
//! A download resumes only if a strong validator (an `ETag`, or a `Last-Modified` that is older
//! than the answer) proves that the rest belongs to the same version of the video. The range begins
//! 16 KB before the end of the part, so that its bytes can be compared: with the first byte in these
//! tests. download_ranges.rs has the table of answers.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::canned_server::{CannedServer, MP4, V1, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};

const VIDEO: &[u8] = b"0123456789";
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT";

fn whole(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), VIDEO)
}

/// An answer that announces ten bytes and ends after six.
fn cut(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), &VIDEO[..6])
}

/// The rest of the video, as the range asks for it.
fn rest(headers: &[&str]) -> Vec<u8> {
    let range = [MP4, "Content-Range: bytes 0-9/10", "Content-Length: 10"];
    answer("206 Partial Content", &[headers, &range].concat(), VIDEO)
}

/// The rest of the video, which ends where the part does.
fn rest_cut(headers: &[&str]) -> Vec<u8> {
    let mut answer = rest(headers);
    answer.truncate(answer.len() - 4);
    answer
}

fn client(server: &CannedServer, retries: u32) -> Client {
    Options::for_url(&server.url).max_retries(retries).client().unwrap()
}

/// Downloads the video from a server that gives these answers, and returns the requests. Every
/// answer must be used.
fn download_from(answers: &[Vec<u8>]) -> Vec<String> {
    let (server, folder, call) = (CannedServer::start(answers.to_vec()), Folder::new(), Call::new());
    client(&server, 2).download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!(fs::read(folder.file("video.mp4")).unwrap(), VIDEO);
    assert_eq!(folder.names(), ["video.mp4"]);
    assert_eq!(server.requests().len(), answers.len());
    server.requests()
}

#[test]
fn a_download_resumes_after_a_lost_connection() {
    let requests = download_from(&[cut(&[V1]), rest(&[V1])]);
    assert!(!requests[0].contains("range"), "{}", requests[0]);
    assert!(requests[1].contains("range: bytes=0-\r\n") && requests[1].contains("if-range: \"v1\"\r\n"));
    let requests = download_from(&[cut(&[CHANGED, DATE]), rest(&[CHANGED])]);
    assert!(requests[1].contains("if-range: sun, 06 nov 1994 08:49:30 gmt\r\n"), "{}", requests[1]);
}

#[test]
fn a_download_restarts_without_a_strong_validator() {
    let weak = r#"ETag: W/"v1""#;
    let just_now = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    let long = format!(r#"ETag: "{}""#, "v".repeat(200));
    for headers in [&[][..], &[weak], &[CHANGED], &[just_now, DATE], &[long.as_str()]] {
        let requests = download_from(&[cut(headers), whole(headers)]);
        assert!(!requests[1].contains("range: bytes"), "{}", requests[1]);
    }
}

#[test]
fn only_an_uncompressed_video_with_a_known_end_is_accepted() {
    let chunked = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n0\r\n\r\n");
    download_from(&[chunked]);
    for headers in [
        &["Content-Length: 10"][..],
        &["Content-Length: 10", "Content-Type:"],
        &["Content-Length: 10", "Content-Type: Application/MP4"],
        &["Content-Length: 10", "Content-Type: application/octet-stream; charset=binary"],
        &["Content-Length: 10", "Content-Type: binary/octet-stream"],
        &["Content-Length: 10", "Content-Type: VIDEO/WebM"],
        &["Content-Length: 10", MP4, "Content-Encoding: Identity"],
        &["Content-Length: 10", MP4, "Content-Encoding:"],
        &["Content-Length: 10", MP4, "Content-Encoding: identity, IDENTITY"],
    ] {
        download_from(&[answer("200 OK", headers, VIDEO)]);
    }
    let cut_chunk = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n");
    download_from(&[cut_chunk, whole(&[])]);
    let rows = [
        (vec![MP4], "nothing says where"),
        (vec!["Content-Length: 10", "Content-Type: text/html"], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: text/html", "Content-Type: text/html"], "not a video"),
        (vec!["Content-Length: 10", MP4, MP4], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: text/html; title=ü"], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: application/mp4x"], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: application/json; x=video/mp4"], "not a video"),
        (vec!["Content-Length: 10", MP4, "Content-Encoding: gzip"], "compressed"),
        (vec!["Content-Length: 10", MP4, "Content-Encoding: identity, gzip"], "compressed"),
        (vec!["Content-Length: 10", MP4, "Content-Encoding: identity", "Content-Encoding: br"], "compressed"),
        (vec!["Content-Length: 10", MP4, "Transfer-Encoding: identity"], "transfer coding"),
        (vec!["Content-Length: 10", MP4, "Transfer-Encoding: gzip"], "transfer coding"),
        (vec!["Content-Length: 10", MP4, "Transfer-Encoding:"], "transfer coding"),
        (vec![MP4, "Transfer-Encoding: gzip, chunked"], "transfer coding"),
        (vec![MP4, "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], "transfer coding"),
    ];
    for (headers, reason) in rows {
        let (server, folder) = (CannedServer::start([answer("200 OK", &headers, VIDEO)]), Folder::new());
        let failure = expect_failure(client(&server, 0).download("abc", folder.file("video.mp4"), &Call::new()));
        assert!(failure.status == 8 && failure.message.contains(reason), "{}", failure.message);
        assert_eq!(folder.names().len(), 0);
    }
}

#[test]
fn the_next_call_resumes_from_the_kept_part() {
    let server = CannedServer::start([cut(&[V1]), rest(&[V1])]);
    let (folder, call) = (Folder::new(), Call::new());
    let file = folder.file("video.mp4");
    let lost = expect_failure(client(&server, 0).download("abc", file.as_str(), &call));
    assert_eq!((lost.status, call.transferred()), (5, (6, 10)));
    assert!(
        lost.message.ends_with("try again; 6 bytes are kept, and the next call downloads the rest"),
        "{}",
        lost.message
    );
    let names = folder.names();
    assert!(names.len() == 1 && names[0].starts_with("video.mp4.") && names[0].ends_with(".part"));
    client(&server, 0).download("abc", file.as_str(), &call).unwrap();
    assert_eq!((call.transferred(), fs::read(&file).unwrap()), ((10, 10), VIDEO.to_vec()));
    assert_eq!(folder.names(), ["video.mp4"]);
    assert!(server.requests()[1].contains("range: bytes=0-\r\n"));
}

#[test]
fn a_part_of_another_recording_or_file_is_not_resumed() {
    let server = CannedServer::start([cut(&[V1]), whole(&[V1]), whole(&[V1])]);
    let folder = Folder::new();
    let client = client(&server, 0);
    expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    client.download("other", folder.file("video.mp4"), &Call::new()).unwrap();
    client.download("abc", folder.file("another.mp4"), &Call::new()).unwrap();
    assert!(server.requests().iter().all(|request| !request.contains("range: bytes")));
    assert_eq!(folder.names().len(), 3);
}

#[test]
fn a_part_is_kept_until_it_can_no_longer_be_resumed() {
    let empty = |status: &str| answer(status, &["Content-Length: 0"], b"");
    let portal = answer("200 OK", &["Content-Type: text/html", "Content-Length: 4"], b"<p/>");
    let rows = [
        (empty("500 Oh"), 500, 1),
        (empty("401 No"), 401, 1),
        (portal, 8, 1),
        (empty("404 Gone"), 404, 0),
        (empty("410 Gone"), 410, 0),
    ];
    for (answer, status, parts) in rows {
        let (server, folder) = (CannedServer::start([cut(&[V1]), answer]), Folder::new());
        let client = client(&server, 0);
        assert_eq!(expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new())).status, 5);
        let failure = expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
        assert_eq!((failure.status, folder.names().len()), (status, parts), "{status}");
        let is_kept = failure.message.ends_with("; 6 bytes are kept, and the next call downloads the rest");
        assert_eq!(is_kept, parts == 1, "{}", failure.message);
    }
}

/// The last attempt sends nothing, or is refused. Bytes came before.
#[test]
fn the_last_attempt_does_not_hide_what_came_before() {
    let empty = |status: &str, headers: &[&str]| answer(status, &[headers, &["Content-Length: 0"]].concat(), b"");
    let again = ["x-should-retry: true"];
    // The status, the number of bytes that are kept, and a part of the message.
    let rows = [
        (vec![cut(&[V1])], 5, 6, "this attempt sent nothing"),
        // Without a delay, the next attempt may still find the server, which then resets it.
        (vec![cut(&[V1]), empty("416 No", &[])], 5, 0, "while downloading"),
        (vec![cut(&[V1]), empty("503 Oh", &[])], 503, 6, "503 the API failed"),
        (vec![cut(&[V1]), empty("404 No", &[])], 404, 0, "404 no recording"),
        (vec![cut(&[V1]), empty("404 No", &again), rest_cut(&[V1])], 5, 6, "was lost"),
        (vec![cut(&[V1]), empty("404 No", &again), empty("404 No", &[])], 404, 0, "404 no recording"),
    ];
    for (answers, status, kept, text) in rows {
        let (retries, folder) = (if answers.len() == 3 { 2 } else { 1 }, Folder::new());
        let server = CannedServer::start(answers);
        let failure = expect_failure(client(&server, retries).download("abc", folder.file("video.mp4"), &Call::new()));
        assert!(failure.status == status && failure.message.contains(text), "{failure:?}");
        assert!(!failure.message.contains("nothing was sent"), "{}", failure.message);
        let note = format!("; {kept} bytes are kept, and the next call downloads the rest");
        assert_eq!(failure.message.ends_with(&note), kept > 0, "{}", failure.message);
        let lengths: Vec<_> =
            folder.names().iter().map(|name| fs::metadata(folder.file(name)).unwrap().len()).collect();
        assert_eq!(lengths, Vec::from_iter((kept > 0).then_some(kept)), "{}", failure.message);
    }
}

#[test]
fn a_part_without_a_byte_is_not_kept() {
    let nothing = answer("200 OK", &[V1, MP4, "Content-Length: 10"], b"");
    let (server, folder) = (CannedServer::start([nothing]), Folder::new());
    assert_eq!(expect_failure(client(&server, 0).download("abc", folder.file("video.mp4"), &Call::new())).status, 5);
    assert_eq!(folder.names().len(), 0);
}

#[test]
fn two_downloads_of_one_session_to_one_file_do_not_mix() {
    // The second download begins while the first one waits for the rest.
    let server = CannedServer::start([cut(&[V1]), rest(&[V1])]);
    let (folder, barrier) = (Folder::new(), Barrier::new(2));
    let file = folder.file("video.mp4");
    let client = client(&server, 1);
    let has_waited = AtomicBool::new(false);
    let wait_once = |done, _| {
        if done == 6 && !has_waited.swap(true, Ordering::Relaxed) {
            barrier.wait();
            barrier.wait();
        }
        true
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| client.download("abc", file.as_str(), &Call::new().progress(&wait_once)));
        barrier.wait();
        let second = client.download("abc", file.as_str(), &Call::new());
        // Release the first download before any assertion, which would leave it waiting for ever.
        barrier.wait();
        let second = expect_failure(second);
        assert!(second.status == 1 && second.message.contains("another download"), "{}", second.message);
        first.join().unwrap().unwrap();
    });
    assert_eq!(fs::read(&file).unwrap(), VIDEO);
}
