//! Downloads that were cut off: gone on with only where the server leaves no doubt about the version.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::canned::{Canned, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, failure};

const VIDEO: &[u8] = b"0123456789";
const MP4: &str = "Content-Type: video/mp4";
const V1: &str = r#"ETag: "v1""#;
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT";

fn whole(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), VIDEO)
}

/// Six bytes of the ten that are announced.
fn cut(headers: &[&str]) -> Vec<u8> {
    answer("200 OK", &[headers, &[MP4, "Content-Length: 10"]].concat(), &VIDEO[..6])
}

/// The rest, from the last byte that was there.
fn rest(headers: &[&str]) -> Vec<u8> {
    let range = [MP4, "Content-Range: bytes 5-9/10", "Content-Length: 5"];
    answer("206 Partial Content", &[headers, &range].concat(), &VIDEO[5..])
}

fn client(server: &Canned, retries: u32) -> Client {
    Options::new().base_url(server.url.as_str()).max_retries(retries).client().unwrap()
}

/// Downloads from these answers, of which all must be asked for, and returns the requests.
fn downloaded(answers: &[Vec<u8>]) -> Vec<String> {
    let (server, folder, call) = (Canned::start(answers.to_vec()), Folder::new(), Call::new());
    client(&server, 2).download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!(fs::read(folder.file("video.mp4")).unwrap(), VIDEO);
    assert_eq!(folder.names(), ["video.mp4"]);
    assert_eq!(server.requests().len(), answers.len());
    server.requests()
}

#[test]
fn a_cut_download_goes_on_where_it_ended() {
    let requests = downloaded(&[cut(&[V1]), rest(&[V1])]);
    assert!(!requests[0].contains("range"), "{}", requests[0]);
    assert!(requests[1].contains("range: bytes=5-\r\n") && requests[1].contains("if-range: \"v1\"\r\n"));
    let requests = downloaded(&[cut(&[CHANGED, DATE]), rest(&[CHANGED])]);
    assert!(requests[1].contains("if-range: sun, 06 nov 1994 08:49:30 gmt\r\n"), "{}", requests[1]);
}

#[test]
fn without_a_version_that_can_be_trusted_it_begins_anew() {
    let weak = r#"ETag: W/"v1""#;
    let just_now = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    let long = format!(r#"ETag: "{}""#, "v".repeat(200));
    for headers in [&[][..], &[weak], &[CHANGED], &[just_now, DATE], &[long.as_str()]] {
        let requests = downloaded(&[cut(headers), whole(headers)]);
        assert!(!requests[1].contains("range: bytes"), "{}", requests[1]);
    }
}

#[test]
fn parts_of_two_versions_are_never_mixed() {
    let v2 = r#"ETag: "v2""#;
    // It begins anew when the server says so, and when a server that ignores If-Range gives itself away.
    downloaded(&[cut(&[V1]), whole(&[v2])]);
    let requests = downloaded(&[cut(&[V1]), rest(&[v2]), whole(&[v2])]);
    assert!(!requests[2].contains("range: bytes"), "{}", requests[2]);
}

#[test]
fn bytes_of_another_place_are_not_taken() {
    let part = |range: &str| answer("206 Partial Content", &[MP4, V1, range, "Content-Length: 5"], &VIDEO[5..]);
    for range in ["Content-Range: bytes 4-8/10", "Content-Range: bytes 5-9/*", "Content-Range: bytes 5-9/11", "X: y"] {
        downloaded(&[cut(&[V1]), part(range), whole(&[V1])]);
    }
    // Nobody asked for a part.
    downloaded(&[rest(&[V1]), whole(&[V1])]);
    // A part that is shorter than its range.
    let short = [MP4, V1, "Content-Range: bytes 5-9/10", "Content-Length: 3"];
    downloaded(&[cut(&[V1]), answer("206 Partial Content", &short, &VIDEO[5..8]), whole(&[V1])]);
}

#[test]
fn a_body_has_to_say_where_it_ends() {
    let chunked = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n0\r\n\r\n");
    downloaded(&[chunked]);
    let cut_chunk = answer("200 OK", &[MP4, "Transfer-Encoding: chunked"], b"a\r\n0123456789\r\n");
    downloaded(&[cut_chunk, whole(&[])]);
    let rows = [
        (vec![MP4], "nothing says where"),
        (vec!["Content-Length: 10"], "not a video"),
        (vec!["Content-Length: 10", "Content-Type: text/html"], "not a video"),
        (vec!["Content-Length: 10", MP4, "Content-Encoding: gzip"], "compressed"),
    ];
    for (headers, reason) in rows {
        let (server, folder) = (Canned::start([answer("200 OK", &headers, VIDEO)]), Folder::new());
        let failure = failure(client(&server, 0).download("abc", folder.file("video.mp4"), &Call::new()));
        assert!(failure.status == 8 && failure.message.contains(reason), "{}", failure.message);
        assert_eq!(folder.names().len(), 0);
    }
}

#[test]
fn the_next_call_goes_on_from_what_is_kept() {
    let server = Canned::start([cut(&[V1]), rest(&[V1])]);
    let (folder, call) = (Folder::new(), Call::new());
    let file = folder.file("video.mp4");
    let lost = failure(client(&server, 0).download("abc", file.as_str(), &call));
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
fn a_part_of_another_recording_is_not_gone_on_from() {
    let server = Canned::start([cut(&[V1]), whole(&[V1]), whole(&[V1])]);
    let folder = Folder::new();
    let client = client(&server, 0);
    failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    client.download("other", folder.file("video.mp4"), &Call::new()).unwrap();
    client.download("abc", folder.file("another.mp4"), &Call::new()).unwrap();
    assert!(server.requests().iter().all(|request| !request.contains("range: bytes")));
    assert_eq!(folder.names().len(), 3);
}

#[test]
fn a_part_is_kept_as_long_as_it_is_of_use() {
    let refused = |status: &str| answer(status, &["Content-Length: 0"], b"");
    let portal = answer("200 OK", &["Content-Type: text/html", "Content-Length: 4"], b"<p/>");
    let rows = [
        (refused("500 Oh"), 500, 1),
        (refused("401 No"), 401, 1),
        (portal, 8, 1),
        (refused("404 Gone"), 404, 0),
        (refused("410 Gone"), 410, 0),
        (refused("416 Range"), 416, 0),
    ];
    for (answer, status, parts) in rows {
        let (server, folder) = (Canned::start([cut(&[V1]), answer]), Folder::new());
        let client = client(&server, 0);
        assert_eq!(failure(client.download("abc", folder.file("video.mp4"), &Call::new())).status, 5);
        assert_eq!(failure(client.download("abc", folder.file("video.mp4"), &Call::new())).status, status);
        assert_eq!(folder.names().len(), parts, "{status}");
    }
}

#[test]
fn two_downloads_to_one_file_do_not_mix() {
    // The second one begins while the first one waits for the rest.
    let server = Canned::start([cut(&[V1]), rest(&[V1])]);
    let (folder, met) = (Folder::new(), Barrier::new(2));
    let file = folder.file("video.mp4");
    let client = client(&server, 1);
    let waited = AtomicBool::new(false);
    let wait_once = |done, _| {
        if done == 6 && !waited.swap(true, Ordering::Relaxed) {
            met.wait();
            met.wait();
        }
        true
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| client.download("abc", file.as_str(), &Call::new().progress(&wait_once)));
        met.wait();
        let second = client.download("abc", file.as_str(), &Call::new());
        // Before it is judged: the first one would wait for ever.
        met.wait();
        let second = failure(second);
        assert!(second.status == 1 && second.message.contains("another download"), "{}", second.message);
        first.join().unwrap().unwrap();
    });
    assert_eq!(fs::read(&file).unwrap(), VIDEO);
}

#[test]
fn a_link_in_the_place_of_a_part_leads_nowhere() {
    let server = Canned::start([cut(&[V1]), rest(&[V1])]);
    let folder = Folder::new();
    let client = client(&server, 0);
    failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    let part = folder.file(&folder.names()[0]);
    fs::write(folder.file("victim"), "precious").unwrap();
    fs::remove_file(&part).unwrap();
    std::os::unix::fs::symlink("victim", &part).unwrap();
    let refused = failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert_eq!((refused.status, server.requests().len()), (1, 1), "{}", refused.message);
    assert_eq!(fs::read(folder.file("victim")).unwrap(), b"precious");
    // Nor is anything made where it leads.
    fs::remove_file(folder.file("victim")).unwrap();
    let refused = failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert_eq!((refused.status, server.requests().len()), (1, 1), "{}", refused.message);
    assert!(!folder.names().contains(&"victim".to_owned()), "{:?}", folder.names());
}
