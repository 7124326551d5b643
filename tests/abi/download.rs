//! Downloads: whole or not at all, and gone on with where they were cut off.

use std::fs;

use crate::host::{Call, Client, Options};
use crate::sandbox::Sandbox;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).client().unwrap()
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
}

/// A folder of the test's own, gone at its end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("anchor-download-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
