//! What a download does with what is already there: modes, links, other files with the name of the
//! part, and other processes that touch the part while it grows.
//!
//! The tests with other users, mount points and immutable files are in tests/hosts/places.c and
//! refusals.c.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::canned_server::{CannedServer, answer};
use crate::folder::Folder;
use crate::host::{Call, Client, Failure, Options, expect_failure};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

const VIDEO: &[u8] = b"0123456789";
const HEADERS: [&str; 3] = [r#"ETag: "v1""#, "Content-Type: video/mp4", "Content-Length: 10"];

fn whole() -> Vec<u8> {
    answer("200 OK", &HEADERS, VIDEO)
}

fn cut() -> Vec<u8> {
    answer("200 OK", &HEADERS, &VIDEO[..6])
}

fn rest() -> Vec<u8> {
    let range = ["Content-Range: bytes 0-9/10"];
    answer("206 Partial Content", &[&HEADERS[..], &range].concat(), VIDEO)
}

fn client(server: &CannedServer) -> Client {
    Options::for_url(&server.url).max_retries(0).client().unwrap()
}

fn mode(file: &str) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_mode_is_that_of_the_file_or_what_the_umask_leaves() {
    let sandbox = Sandbox::start();
    let (client, folder) = (Client::without_retries(&sandbox.url), Folder::new());
    let file = folder.file("video.mp4");
    for existing in [0o600, 0o640, 0o664, 0o444, 0o755, 0o4755] {
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(existing)).unwrap();
        client.download("abc", file.as_str(), &Call::new()).unwrap();
        assert_eq!(mode(&file), existing & 0o777, "{existing:o}");
    }
    fs::write(folder.file("ordinary"), "").unwrap();
    client.download("abc", folder.file("new.mp4"), &Call::new()).unwrap();
    assert_eq!(mode(&folder.file("new.mp4")), mode(&folder.file("ordinary")));
}

#[test]
fn a_part_is_private() {
    let (server, folder) = (CannedServer::start([cut(), cut()]), Folder::new());
    let client = client(&server);
    expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    let part = folder.file(&folder.names()[0]);
    assert_eq!(mode(&part), 0o600);
    // The next call makes it private again.
    fs::set_permissions(&part, fs::Permissions::from_mode(0o644)).unwrap();
    expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert_eq!(mode(&part), 0o600);
}

#[test]
fn a_hard_link_is_not_written_through() {
    let (server, folder) = (CannedServer::start([whole()]), Folder::new());
    fs::write(folder.file("other"), "old").unwrap();
    fs::hard_link(folder.file("other"), folder.file("video.mp4")).unwrap();
    client(&server).download("abc", folder.file("video.mp4"), &Call::new()).unwrap();
    assert_eq!(fs::read(folder.file("video.mp4")).unwrap(), VIDEO);
    assert_eq!(fs::read(folder.file("other")).unwrap(), b"old");
}

/// Something else has the name of the part. It stays as it is, and the download succeeds.
#[test]
fn only_an_own_regular_file_with_one_name_is_taken_for_a_part() {
    type Put = fn(&Folder, &str);
    let rows: [(&str, Put); 6] = [
        ("a link", |folder, part| {
            fs::write(folder.file("victim"), "precious").unwrap();
            symlink("victim", part).unwrap();
        }),
        ("a dangling link", |_, part| symlink("victim", part).unwrap()),
        ("a file with another name", |folder, part| {
            fs::write(folder.file("victim"), "precious").unwrap();
            fs::hard_link(folder.file("victim"), part).unwrap();
        }),
        ("a folder", |_, part| fs::create_dir(part).unwrap()),
        ("a socket", |_, part| drop(UnixListener::bind(part).unwrap())),
        ("a FIFO", |_, part| {
            assert!(std::process::Command::new("mkfifo").arg(part).status().unwrap().success());
        }),
    ];
    for (name, put) in rows {
        let (server, folder) = (CannedServer::start([cut(), whole()]), Folder::new());
        let (client, file) = (client(&server), folder.file("video.mp4"));
        expect_failure(client.download("abc", file.as_str(), &Call::new()));
        let part = folder.file(&folder.names()[0]);
        fs::remove_file(&part).unwrap();
        put(&folder, &part);
        let before = fs::symlink_metadata(&part).unwrap().ino();
        client.download("abc", file.as_str(), &Call::new()).unwrap();
        assert_eq!(fs::read(&file).unwrap(), VIDEO, "{name}");
        assert!(!server.requests()[1].contains("range:"), "{name}");
        assert_eq!(fs::symlink_metadata(&part).unwrap().ino(), before, "{name}");
        let is_victim_there = Path::new(&folder.file("victim")).exists();
        assert!(!is_victim_there || fs::read(folder.file("victim")).unwrap() == b"precious", "{name}");
        assert_eq!(folder.names().len(), 2 + usize::from(is_victim_there), "{name}: {:?}", folder.names());
    }
}

/// A part whose name another file has is not found by the next call, so it does not stay.
#[test]
fn a_part_with_another_name_is_not_kept() {
    let (server, folder) = (CannedServer::start([cut(), cut()]), Folder::new());
    let client = client(&server);
    expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    let part = folder.file(&folder.names()[0]);
    fs::remove_file(&part).unwrap();
    fs::create_dir(&part).unwrap();
    let failure = expect_failure(client.download("abc", folder.file("video.mp4"), &Call::new()));
    assert!(!failure.message.contains("kept"), "{}", failure.message);
    assert_eq!(folder.names().len(), 1);
}

/// Downloads, and changes the folder when the last byte has arrived.
fn download_and(folder: &Folder, client: &Client, change: impl Fn(&str) + Sync) -> Result<(), Failure> {
    let at_the_end = |done, _| {
        if done == VIDEO.len() as u64 {
            let parts = folder.names().into_iter().filter(|name| name.ends_with(".part"));
            parts.for_each(|part| change(&folder.file(&part)));
        }
        true
    };
    client.download("abc", folder.file("video.mp4"), &Call::new().progress(&at_the_end))
}

#[test]
fn a_part_that_was_removed_or_replaced_is_whole_all_the_same() {
    let server = CannedServer::start([whole(), whole(), whole()]);
    let (folder, client) = (Folder::new(), client(&server));
    let file = folder.file("video.mp4");
    download_and(&folder, &client, |part| fs::remove_file(part).unwrap()).unwrap();
    assert_eq!((fs::read(&file).unwrap(), folder.names().len()), (VIDEO.to_vec(), 1));
    // Another process begins the same download, and has half of it.
    download_and(&folder, &client, |part| {
        fs::remove_file(part).unwrap();
        fs::write(part, "01234").unwrap();
    })
    .unwrap();
    assert_eq!((fs::read(&file).unwrap(), folder.names().len()), (VIDEO.to_vec(), 2));
    let part = folder.names().into_iter().find(|name| name.ends_with(".part")).unwrap();
    assert_eq!(fs::read(folder.file(&part)).unwrap(), b"01234");
    fs::remove_file(folder.file(&part)).unwrap();
    // A link in its place is not followed.
    fs::write(folder.file("victim"), "precious").unwrap();
    download_and(&folder, &client, |part| {
        fs::remove_file(part).unwrap();
        symlink("victim", part).unwrap();
    })
    .unwrap();
    assert_eq!(
        (fs::read(&file).unwrap(), fs::read(folder.file("victim")).unwrap()),
        (VIDEO.to_vec(), b"precious".to_vec())
    );
}

/// The bytes before the new end are gone, and a file that goes on behind it has a hole.
#[test]
fn a_part_that_was_shortened_is_not_the_video() {
    const LENGTH: usize = 5_000_000;
    let length = format!("Content-Length: {LENGTH}");
    let whole = answer("200 OK", &[HEADERS[0], HEADERS[1], &length], &[7; LENGTH]);
    let (server, folder) = (CannedServer::start([whole.clone(), whole]), Folder::new());
    let (client, file) = (client(&server), folder.file("video.mp4"));
    fs::write(&file, "old").unwrap();
    let was_shortened = AtomicBool::new(false);
    let shorten_once = |done, _| {
        if done > LENGTH as u64 / 2 && !was_shortened.swap(true, Ordering::Relaxed) {
            let part = folder.names().into_iter().find(|name| name.ends_with(".part")).unwrap();
            let part = fs::OpenOptions::new().write(true).open(folder.file(&part)).unwrap();
            wait_until("some bytes", || part.metadata().unwrap().len() > 0);
            part.set_len(3).unwrap();
        }
        true
    };
    let failure = expect_failure(client.download("abc", file.as_str(), &Call::new().progress(&shorten_once)));
    assert_eq!((failure.status, fs::read(&file).unwrap()), (9, b"old".to_vec()), "{}", failure.message);
    client.download("abc", file.as_str(), &Call::new()).unwrap();
    assert!(fs::read(&file).unwrap() == [7; LENGTH] && folder.names().len() == 1);
}

/// The last step fails. The whole part is kept and named, and the next call needs no new bytes.
#[test]
fn a_whole_part_is_kept_if_it_cannot_be_put_in_place() {
    let (server, folder) = (CannedServer::start([whole(), rest()]), Folder::new());
    let (client, file) = (client(&server), folder.file("video.mp4"));
    let failure = expect_failure(download_and(&folder, &client, |_| fs::create_dir(&file).unwrap()));
    let part = folder.names().into_iter().find(|name| name.ends_with(".part")).unwrap();
    assert_eq!(failure.status, 9);
    assert!(
        failure.message.contains(&format!("the whole video is kept in {:?}", folder.file(&part))),
        "{}",
        failure.message
    );
    assert_eq!((fs::read(folder.file(&part)).unwrap(), mode(&folder.file(&part))), (VIDEO.to_vec(), 0o600));
    fs::remove_dir(&file).unwrap();
    client.download("abc", file.as_str(), &Call::new()).unwrap();
    assert!(server.requests()[1].contains("range: bytes=0-\r\n"));
    assert_eq!((fs::read(&file).unwrap(), folder.names().len()), (VIDEO.to_vec(), 1));
}

/// The message said to keep it. A call that gets nothing leaves it there.
#[test]
fn a_whole_part_stays_until_another_call_begins_anew() {
    let empty = |status: &str| answer(status, &["Content-Length: 0"], b"");
    let page = answer("200 OK", &["Content-Type: text/html", "Content-Length: 4"], b"<p/>");
    let chunked = |headers: &[&str]| {
        answer(
            "200 OK",
            &[headers, &HEADERS[1..2], &["Transfer-Encoding: chunked"]].concat(),
            b"a\r\n0123456789\r\n0\r\n\r\n",
        )
    };
    for first in [whole(), answer("200 OK", &HEADERS[1..], VIDEO), chunked(&HEADERS[..1]), chunked(&[])] {
        let answers = [first, empty("404 No"), empty("410 No"), empty("500 Oh"), page.clone(), empty("401 No")];
        let (server, folder) = (CannedServer::start(answers), Folder::new());
        let (client, file) = (client(&server), folder.file("video.mp4"));
        expect_failure(download_and(&folder, &client, |_| fs::create_dir(&file).unwrap()));
        fs::remove_dir(&file).unwrap();
        let parts = folder.names();
        for status in [404, 410, 500, 8, 401, 3] {
            let failure = expect_failure(client.download("abc", file.as_str(), &Call::new()));
            assert_eq!((failure.status, folder.names()), (status, parts.clone()), "{}", failure.message);
            assert_eq!(fs::read(folder.file(&parts[0])).unwrap()[..10], *VIDEO);
        }
    }
}

/// Without a version the next call cannot resume. The part stays for the person who reads the
/// message.
#[test]
fn a_whole_part_without_a_version_is_kept_too() {
    let unversioned = answer("200 OK", &HEADERS[1..], VIDEO);
    let (server, folder) = (CannedServer::start([unversioned, whole()]), Folder::new());
    let (client, file) = (client(&server), folder.file("video.mp4"));
    expect_failure(download_and(&folder, &client, |_| fs::create_dir(&file).unwrap()));
    let part = folder.names().into_iter().find(|name| name.ends_with(".part")).unwrap();
    assert_eq!(fs::read(folder.file(&part)).unwrap(), VIDEO);
    fs::remove_dir(&file).unwrap();
    client.download("abc", file.as_str(), &Call::new()).unwrap();
    assert_eq!((fs::read(&file).unwrap(), folder.names().len()), (VIDEO.to_vec(), 1));
}
