//! Downloads are all or nothing: the file is replaced by a complete video or left unchanged.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::Mutex;

use crate::faults::{Fault, faults};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};
use crate::sandbox::{Sandbox, is_video};

#[test]
fn a_download_writes_the_whole_video_and_no_other_file() {
    let sandbox = Sandbox::start();
    let folder = Folder::new();
    let call = Call::new();
    Client::without_retries(&sandbox.url).download("abc", folder.file("video.mp4"), &call).unwrap();
    let video = fs::read(folder.file("video.mp4")).unwrap();
    assert_eq!((video.len(), &video[4..8]), (4096, &b"ftyp"[..]));
    assert_eq!(folder.names(), ["video.mp4"]);
    assert_eq!((call.transferred(), call.result(), call.http_status()), ((4096, 4096), None, 200));
    assert_eq!(sandbox.requests()[0]["path"], "/v1/sessions/abc/recordings/primary/fetch");
    assert_eq!(sandbox.requests()[0]["headers"]["accept"], "video/mp4");
}

#[test]
fn a_failed_download_leaves_the_file_unchanged() {
    let sandbox = Sandbox::start();
    let (client, folder, call) = (Client::without_retries(&sandbox.url), Folder::new(), Call::new());
    let file = folder.file("video.mp4");
    fs::write(&file, "before").unwrap();
    for Fault { session, status, .. } in faults("download") {
        let session = session.as_str();
        let failure = expect_failure(client.download(session, file.as_str(), &call));
        assert_eq!(failure.status, status, "{session}: {}", failure.message);
        assert!(failure.message.contains(session), "{}", failure.message);
        assert_eq!((folder.names(), fs::read(&file).unwrap()), (vec!["video.mp4".to_owned()], b"before".to_vec()));
    }
    client.download("abc", file.as_str(), &call).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), 4096);
}

#[test]
fn a_download_is_retried_and_progress_ignores_the_error_body() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let (folder, call) = (Folder::new(), Call::new());
    let reported = Mutex::new(vec![]);
    let record = |done, _| {
        reported.lock().unwrap().push(done);
        true
    };
    let call = call.progress(&record);
    client.download("500-once", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), folder.names()), (2, vec!["video.mp4".to_owned()]));
    let reported = reported.lock().unwrap();
    assert!(reported.iter().all(|done| [0, 4096].contains(done)), "{reported:?}");
}

#[test]
fn a_lost_download_resumes_over_http_2_and_tls() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc", "--fault", "abc=cut-once", "--video-bytes", "3000000"]);
    let options = Options::for_url(&sandbox.url).ca_file(sandbox.ca_file.as_deref().unwrap());
    let (folder, call) = (Folder::new(), Call::new());
    options.client().unwrap().download("abc", folder.file("video.mp4"), &call).unwrap();
    assert_eq!((call.attempts(), call.transferred()), (2, (3_000_000, 3_000_000)));
    let requests = sandbox.requests();
    assert_eq!((&requests[1]["http"], &requests[1]["headers"]["range"]), (&"2".into(), &"bytes=1483616-".into()));
    assert!(is_video(&fs::read(folder.file("video.mp4")).unwrap()));
}

#[test]
fn an_unwritable_file_is_reported_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let (client, folder, call) = (Client::without_retries(&sandbox.url), Folder::new(), Call::new());
    fs::create_dir(folder.file("folder")).unwrap();
    symlink("circle", folder.file("circle")).unwrap();
    symlink("folder", folder.file("to-folder")).unwrap();
    let (new_folder, dot) = (format!("{}/", folder.file("new")), format!("{}/.", folder.file("new")));
    symlink("new/.", folder.file("to-dot")).unwrap();
    let (missing, parent) = (folder.file("missing/video.mp4"), folder.file("folder/.."));
    let (socket, below_file) = (folder.file("socket"), folder.file("file/video.mp4"));
    let _listener = UnixListener::bind(&socket).unwrap();
    fs::write(folder.file("file"), "").unwrap();
    let too_long = folder.file(&"v".repeat(256));
    let named = ["folder", "circle", "to-folder", "to-dot"].map(|name| folder.file(name));
    let others = ["", "/", "/dev/null", "/dev/fd/99999", "/dev/stdin", ".", "..", "/dev/fd/1/.", &new_folder, &dot];
    for file in others
        .into_iter()
        .chain([&*missing, &*parent, &*socket, &*below_file, &*too_long])
        .chain(named.iter().map(String::as_str))
    {
        let refused = expect_failure(client.download("abc", file, &call));
        assert!(refused.status == 1 && refused.message.starts_with("file "), "{file}: {}", refused.message);
    }
    let refused = expect_failure(client.download("abc", b"\xff".as_slice(), &call));
    assert!(refused.status == 1 && refused.message == "file is not UTF-8: pass text in UTF-8", "{}", refused.message);
    assert_eq!(sandbox.requests().len(), 0);
    assert_eq!(folder.names(), ["circle", "file", "folder", "socket", "to-dot", "to-folder"]);
}

#[test]
fn a_symbolic_link_is_followed_and_kept() {
    let sandbox = Sandbox::start();
    let folder = Folder::new();
    fs::write(folder.file("target"), "before").unwrap();
    fs::create_dir(folder.file("folder")).unwrap();
    let links = [("link", "target"), ("chain", "link"), ("dangling", "new"), ("elsewhere", "folder/new")];
    for (link, target) in links {
        symlink(target, folder.file(link)).unwrap();
        Client::without_retries(&sandbox.url).download("abc", folder.file(link), &Call::new()).unwrap();
        assert!(fs::symlink_metadata(folder.file(link)).unwrap().is_symlink());
        assert_eq!(fs::metadata(folder.file(target)).unwrap().len(), 4096);
    }
    assert_eq!(folder.names(), ["chain", "dangling", "elsewhere", "folder", "link", "new", "target"]);
}

#[test]
fn long_and_unusual_names_and_relative_paths_work() {
    let sandbox = Sandbox::start();
    let (client, folder) = (Client::without_retries(&sandbox.url), Folder::new());
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
fn progress_sees_the_whole_download_and_may_cancel_it() {
    let sandbox = Sandbox::start();
    let (client, folder) = (Client::without_retries(&sandbox.url), Folder::new());
    let reported = Mutex::new(vec![]);
    let record = |done, total| {
        reported.lock().unwrap().push((done, total));
        true
    };
    client.download("abc", folder.file("video.mp4"), &Call::new().progress(&record)).unwrap();
    let reported = reported.into_inner().unwrap();
    assert!(reported.is_sorted() && reported.ends_with(&[(4096, 4096)]), "{reported:?}");
    let should_continue = |done, _| done == 0;
    let cancelled =
        expect_failure(client.download("abc", folder.file("other.mp4"), &Call::new().progress(&should_continue)));
    assert_eq!(cancelled.status, 7);
    assert!(cancelled.message.contains("4096 bytes are kept"), "{}", cancelled.message);
    assert!(!folder.names().contains(&"other.mp4".to_owned()));
}
