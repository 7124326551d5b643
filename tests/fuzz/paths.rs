//! Checks of what becomes a part of a URL or of a file name.

use std::path::Path;
use std::sync::LazyLock;
use std::{fs, str};

use http::Uri;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::{for_any_bytes, is_one_line, reveals_secret, split_lines};
use crate::api::{recordings, request};
use crate::config::Address;
use crate::config::parts::checked_base_url;
use crate::exchange::destination::{Destination, FilePath};
use crate::exchange::video_version::{VideoVersion, parse_trailer};

const BASE: &str = "https://api.example/prefix";

fn address() -> Address {
    checked_base_url("base_url", BASE).expect("a URL")
}

/// Parses the URI of a request with the `url` crate, which must not change it.
fn parsed(uri: Uri) -> Url {
    let url = Url::parse(&uri.to_string()).expect("a URL");
    assert_eq!(url.as_str(), uri.to_string());
    url
}

/// Input: an id. It becomes exactly one segment of the path.
#[test]
fn id() {
    let address = address();
    for_any_bytes("id", move |input: &[u8]| {
        let text = str::from_utf8(input).ok();
        let is_forbidden = |c: char| c.is_control() || ['/', '\\', '%'].contains(&c);
        let is_valid = text.is_some_and(|id| ![".", ".."].contains(&id) && !id.chars().any(is_forbidden))
            && (1..=256).contains(&input.len());
        match recordings::checked_id("session_id", input) {
            Ok(id) => {
                assert!(is_valid && text == Some(id), "{id:?}");
                let path = format!("{}/pause", recordings::recordings_of(id));
                let url = parsed(address.with(&path).expect("a valid id"));
                let segments: Vec<_> = url.path_segments().expect("a path").collect();
                let ["prefix", "v1", "sessions", segment, "recordings", "pause"] = segments[..] else {
                    panic!("{id:?} became {url}");
                };
                assert_eq!(percent_decode_str(segment).decode_utf8().ok().as_deref(), text);
                assert!(url.as_str().starts_with(BASE) && url.query().is_none() && url.fragment().is_none(), "{url}");
            }
            Err(error) => {
                assert!(!is_valid, "{input:?}: {error:?}");
                let message = error.message();
                assert!(is_one_line(&message) && message.starts_with("session_id "), "{message:?}");
            }
        }
    });
}

/// Input: the path of a request, and on the next lines its body. The path stays below the base URL
/// and the body is JSON.
#[test]
fn request() {
    let address = address();
    for_any_bytes("request", move |input: &[u8]| {
        let [path, body] = split_lines(input);
        match request::checked_path(path).and_then(|path| address.with(path)) {
            Ok(uri) => {
                let url = parsed(uri);
                let path = str::from_utf8(path).expect("it was accepted");
                assert_eq!(url.as_str(), format!("{BASE}{path}"));
                assert_eq!(url.origin(), Url::parse(BASE).expect("a URL").origin());
                let mut segments = url.path_segments().expect("a path");
                assert!(segments.next() == Some("prefix"), "{url}");
                let is_dot_segment =
                    |segment: &str| [".", ".."].contains(&segment.to_lowercase().replace("%2e", ".").as_str());
                assert!(!segments.any(is_dot_segment), "{url}");
            }
            Err(error) => {
                let message = error.message();
                assert!(is_one_line(&message) && message.starts_with("path "), "{message:?}");
            }
        }
        match request::checked_body(body) {
            Ok(text) => assert!(text.as_bytes() == body && serde_json::from_slice::<Value>(body).is_ok()),
            Err(error) => {
                let message = error.message();
                assert!(is_one_line(&message) && message.starts_with("body "), "{message:?}");
                assert!(!reveals_secret(&message), "{message:?}");
            }
        }
    });
}

/// Input: a file name, the validator of a version, and the end of any file, one per line. The name
/// of a part and what follows its bytes identify the version that it belongs to.
#[test]
fn part_file() {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        let folder = std::env::temp_dir().join("anchor-part-names");
        fs::create_dir_all(&folder).expect("a folder");
        folder.to_str().expect("UTF-8").to_owned()
    });
    for_any_bytes("part_file", |input: &[u8]| {
        let [name, validator, end] = split_lines(input);
        let (Ok(name), Ok(validator)) = (str::from_utf8(name), str::from_utf8(validator)) else { return };
        if let Some((length, found)) = parse_trailer(1 << 40, end) {
            assert!(end.ends_with(&found.trailer(length)));
        }
        if let Some(version) = VideoVersion::new(validator.to_owned(), (end.len() % 2 == 0).then_some(99)) {
            let written = version.trailer(77);
            let size = 77 + written.len() as u64;
            assert_eq!(parse_trailer(size, &[end, &written].concat()), Some((77, version)));
        }
        let path = format!("{}/{name}", *FOLDER);
        let (Ok(Destination::File(target)), false) =
            (Destination::find(&FilePath::new(&path).unwrap()), name.contains('/'))
        else {
            return;
        };
        let part = target.part("source");
        assert_eq!(part.parent(), Some(Path::new(FOLDER.as_str())));
        assert!(part.file_name().is_some_and(|name| name.len() <= 60), "{part:?}");
        assert_ne!(target.part("elsewhere"), part);
    });
}
