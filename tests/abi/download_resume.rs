//! Downloads that resume after a lost connection.
//!
//! A download resumes only if a strong validator (an `ETag`, or a `Last-Modified` that is older
//! than the answer) proves that the rest belongs to the same version of the video. The range begins
//! with the last byte that is already there, so that it is valid even if the part is complete.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::canned_server::{CannedServer, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};

const VIDEO: &[u8] = b"0123456789";
const MP4: &str = "Content-Type: video/mp4";
const V1: &str = r#"ETag: "v1""#;
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT";

fn whole(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), VIDEO)
}

/// An answer that announces ten bytes and ends after six.
fn cut(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), &VIDEO[..6])
}

/// The rest of the video, beginning with the last byte of the cut answer.
fn rest(headers: &[&str]) -> Vec<u8> {
    let range = [MP4, "Content-Range: bytes 5-9/10", "Content-Length: 5"];
    answer("206 Partial Content", &[headers, &range].concat(), &VIDEO[5..])
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
    assert!(requests[1].contains("range: bytes=5-\r\n") && requests[1].contains("if-range: \"v1\"\r\n"));
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
fn parts_of_two_versions_are_never_mixed() {
    let v2 = r#"ETag: "v2""#;
    // The server honours If-Range and sends the whole new version.
    download_from(&[cut(&[V1]), whole(&[v2])]);
    // The server ignores If-Range, but its ETag reveals the new version.
    let requests = download_from(&[cut(&[V1]), rest(&[v2]), whole(&[v2])]);
    assert!(!requests[2].contains("range: bytes"), "{}", requests[2]);
}

#[test]
fn a_part_with_an_unexpected_range_is_not_used() {
    let part = |range: &str| answer("206 Partial Content", &[MP4, V1, range, "Content-Length: 5"], &VIDEO[5..]);
    for range in ["Content-Range: bytes 4-8/10", "Content-Range: bytes 5-9/*", "Content-Range: bytes 5-9/11", "X: y"] {
        download_from(&[cut(&[V1]), part(range), whole(&[V1])]);
    }
    // A part that was not requested.
    download_from(&[rest(&[V1]), whole(&[V1])]);
    // A part that is shorter than its range.
    let short = [MP4, V1, "Content-Range: bytes 5-9/10", "Content-Length: 3"];
    download_from(&[cut(&[V1]), answer("206 Partial Content", &short, &VIDEO[5..8]), whole(&[V1])]);
}

#[test]
fn only_an_uncompressed_video_with_a_known_end_is_accepted() {
    let chunked = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n0\r\n\r\n");
    download_from(&[chunked]);
    let cut_chunk = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n");
    download_from(&[cut_chunk, whole(&[])]);
    let rows = [
        (vec![MP4], "nothing says where"),
        (vec!["Content-Length: 10"], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: text/html"], "not a video"),
        (vec!["Content-Length: 10", MP4, "Content-Encoding: gzip"], "compressed"),
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
    assert!(names.len() == 1 && names[0].starts_with("video.mp4.") && names[0].ends_with(".%22v1%22.part"));
    client(&server, 0).download("abc", file.as_str(), &call).unwrap();
    assert_eq!((call.transferred(), fs::read(&file).unwrap()), ((10, 10), VIDEO.to_vec()));
    assert_eq!(folder.names(), ["video.mp4"]);
    assert!(server.requests()[1].contains("range: bytes=5-\r\n"));
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
        (empty("416 Range"), 416, 0),
    ];
    for (answer, status, parts) in rows {
        let (server, folder) = (CannedServer::start([cut(&[V1]), answer]), Folder::new());
        let client = client(&server, 0);
        assert_eq!(expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new())).status, 5);
        assert_eq!(expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new())).status, status);
        assert_eq!(folder.names().len(), parts, "{status}");
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
fn two_downloads_to_one_file_do_not_mix() {
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

#[test]
fn a_symbolic_link_in_place_of_a_part_is_not_followed() {
    let server = CannedServer::start([cut(&[V1]), rest(&[V1])]);
    let folder = Folder::new();
    let client = client(&server, 0);
    expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    let part = folder.file(&folder.names()[0]);
    fs::write(folder.file("victim"), "precious").unwrap();
    fs::remove_file(&part).unwrap();
    std::os::unix::fs::symlink("victim", &part).unwrap();
    let refused = expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert_eq!((refused.status, server.requests().len()), (1, 1), "{}", refused.message);
    assert_eq!(fs::read(folder.file("victim")).unwrap(), b"precious");
    // A dangling link is not followed either, and its target is not created.
    fs::remove_file(folder.file("victim")).unwrap();
    let refused = expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert_eq!((refused.status, server.requests().len()), (1, 1), "{}", refused.message);
    assert!(!folder.names().contains(&"victim".to_owned()), "{:?}", folder.names());
}
