//! Downloads against the sandbox: whole or not at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Mutex;

use crate::faults::{Fault, faults};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, failure};
use crate::sandbox::Sandbox;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).max_retries(0).client().unwrap()
}

#[test]
fn the_video_comes_whole_and_nothing_else_is_left() {
    let sandbox = Sandbox::start();
    let folder = Folder::new();
    let call = Call::new();
    client(&sandbox).download("abc", folder.file("video.mp4"), &call).unwrap();
    let video = fs::read(folder.file("video.mp4")).unwrap();
    assert_eq!((video.len(), &video[4..8]), (4096, &b"ftyp"[..]));
    assert_eq!(folder.names(), ["video.mp4"]);
    assert_eq!((call.transferred(), call.result(), call.http_status()), ((4096, 4096), None, 200));
    assert_eq!(sandbox.requests()[0]["path"], "/v1/sessions/abc/recordings/primary/fetch");
    assert_eq!(sandbox.requests()[0]["headers"]["accept"], "video/mp4");
}

#[test]
fn what_is_no_video_or_no_success_touches_no_file() {
    let sandbox = Sandbox::start();
    let (client, folder, call) = (client(&sandbox), Folder::new(), Call::new());
    let file = folder.file("video.mp4");
    fs::write(&file, "before").unwrap();
    for Fault { session, status, .. } in faults("download") {
        let session = session.as_str();
        let failure = failure(client.download(session, file.as_str(), &call));
        assert_eq!(failure.status, status, "{session}: {}", failure.message);
        assert!(failure.message.contains(session), "{}", failure.message);
        assert_eq!((folder.names(), fs::read(&file).unwrap()), (vec!["video.mp4".to_owned()], b"before".to_vec()));
    }
    client.download("abc", file.as_str(), &call).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), 4096);
}

#[test]
fn a_refusal_is_tried_again_as_any_other() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let (folder, call) = (Folder::new(), Call::new());
    let told = Mutex::new(vec![]);
    let note = |done, _| {
        told.lock().unwrap().push(done);
        true
    };
    let call = call.progress(&note);
    client.download("500-once", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), folder.names()), (2, vec!["video.mp4".to_owned()]));
    // Of the refusal's body nobody was told.
    let told = told.lock().unwrap();
    assert!(told.iter().all(|done| [0, 4096].contains(done)), "{told:?}");
}

#[test]
fn a_cut_download_goes_on_over_http_2_and_tls_too() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc", "--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let options = Options::new().base_url(sandbox.url.as_str()).ca_file(sandbox.ca_file.as_deref().unwrap());
    let (folder, call) = (Folder::new(), Call::new());
    options.client().unwrap().download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), call.transferred()), (2, (3_000_000, 3_000_000)));
    let requests = sandbox.requests();
    assert_eq!((&requests[1]["http"], &requests[1]["headers"]["range"]), (&"2".into(), &"bytes=1499999-".into()));
    let video = fs::read(folder.file("video.mp4")).unwrap();
    assert!(video.iter().enumerate().skip(24).all(|(at, byte)| usize::from(*byte) == (at - 24) % 251));
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_nothing_is_sent() {
    let sandbox = Sandbox::start();
    let (client, folder, call) = (client(&sandbox), Folder::new(), Call::new());
    fs::create_dir(folder.file("folder")).unwrap();
    symlink("nowhere", folder.file("dangling")).unwrap();
    let inside = format!("{}/", folder.file("new"));
    let (missing, below) = (folder.file("missing/video.mp4"), folder.file("folder/.."));
    for file in ["", "/", "/dev/null", &inside, &missing, &below, &folder.file("folder"), &folder.file("dangling")] {
        let refused = failure(client.download("abc", file, &call));
        assert!(refused.status == 1 && refused.message.starts_with("file "), "{file}: {}", refused.message);
    }
    let refused = failure(client.download("abc", b"\xff".as_slice(), &call));
    assert!(refused.status == 1 && refused.message == "file is not UTF-8: pass text in UTF-8", "{}", refused.message);
    assert_eq!((sandbox.requests().len(), folder.names()), (0, vec!["dangling".to_owned(), "folder".to_owned()]));
}

#[test]
fn a_link_stays_and_what_it_points_to_is_replaced() {
    let sandbox = Sandbox::start();
    let folder = Folder::new();
    fs::write(folder.file("target"), "before").unwrap();
    symlink("target", folder.file("link")).unwrap();
    client(&sandbox).download("abc", folder.file("link"), &Call::new()).unwrap();
    assert!(fs::symlink_metadata(folder.file("link")).unwrap().is_symlink());
    assert_eq!(fs::metadata(folder.file("target")).unwrap().len(), 4096);
}

#[test]
fn long_and_strange_names_and_relative_paths_are_fine() {
    let sandbox = Sandbox::start();
    let (client, folder) = (client(&sandbox), Folder::new());
    let long = "ü".repeat(127);
    for name in [long.as_str(), " ", "a\nb", "%22.part", "-"] {
        client.download("abc", folder.file(name), &Call::new()).unwrap();
        assert_eq!(fs::metadata(folder.file(name)).unwrap().len(), 4096, "{name}");
        assert_eq!(fs::metadata(folder.file(name)).unwrap().permissions().mode() & 0o600, 0o600);
    }
    assert_eq!(folder.names().len(), 5);
    let relative = format!("anchor-test-relative-{}.mp4", std::process::id());
    client.download("abc", relative.as_str(), &Call::new()).unwrap();
    fs::remove_file(relative).unwrap();
}

#[test]
fn progress_sees_every_part_and_may_end_the_download() {
    let sandbox = Sandbox::start();
    let (client, folder) = (client(&sandbox), Folder::new());
    let told = Mutex::new(vec![]);
    let note = |done, total| {
        told.lock().unwrap().push((done, total));
        true
    };
    client.download("abc", folder.file("video.mp4"), &Call::new().progress(&note)).unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.ends_with(&[(4096, 4096)]), "{told:?}");
    let stop = |done, _| done == 0;
    let cancelled = failure(client.download("abc", folder.file("other.mp4"), &Call::new().progress(&stop)));
    assert_eq!(cancelled.status, 7);
    assert!(cancelled.message.contains("4096 bytes are kept"), "{}", cancelled.message);
    assert!(!folder.names().contains(&"other.mp4".to_owned()));
}
