//! Properties of ids, paths and file names, which become part of a URL or of the name of a file.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use std::{fs, str};

use http::Uri;
use http::header::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::{KEY, for_any_bytes, is_one_line, parts, tells};
use crate::address::Address;
use crate::client::Client;
use crate::options::Configuration;
use crate::part_file::Names;
use crate::transport::Settings;
use crate::{recordings, request};

const BASE: &str = "https://api.example/prefix";

fn client() -> Client {
    Client::new(Configuration {
        api_key: HeaderValue::from_static(KEY),
        headers: HeaderMap::new(),
        address: Address::new(Url::parse(BASE).expect("a URL")).expect("a host"),
        timeout: Duration::from_secs(1),
        max_retries: 0,
        settings: Settings { https: true, ca: vec![], proxy: None },
        log: None,
    })
}

/// The URI as a URL library parses it.
fn sent(uri: Uri) -> Url {
    let url = Url::parse(&uri.to_string()).expect("a URL");
    assert_eq!(url.as_str(), uri.to_string());
    url
}

/// Input: an id, which becomes one segment of the URL's path.
#[test]
fn id() {
    let client = client();
    for_any_bytes("id", move |input: &[u8]| {
        let text = str::from_utf8(input).ok();
        let is_refused = |c: char| c.is_control() || ['/', '\\', '%'].contains(&c);
        let fits = text.is_some_and(|id| ![".", ".."].contains(&id) && !id.chars().any(is_refused))
            && (1..=256).contains(&input.len());
        match recordings::checked_id("session_id", input) {
            Ok(id) => {
                assert!(fits && text == Some(id), "{id:?}");
                let path = format!("{}/pause", recordings::recordings_of(id));
                let url = sent(client.address.with(&path).expect("an id fits"));
                let segments: Vec<_> = url.path_segments().expect("a path").collect();
                let ["prefix", "v1", "sessions", segment, "recordings", "pause"] = segments[..] else {
                    panic!("{id:?} became {url}");
                };
                assert_eq!(percent_decode_str(segment).decode_utf8().ok().as_deref(), text);
                assert!(url.as_str().starts_with(BASE) && url.query().is_none() && url.fragment().is_none(), "{url}");
            }
            Err(error) => {
                assert!(!fits, "{input:?}: {error:?}");
                let message = error.message();
                assert!(is_one_line(&message) && message.starts_with("session_id "), "{message:?}");
            }
        }
    });
}

/// Input: the path of a request, and its body below it. The path stays below the base URL.
#[test]
fn request() {
    let client = client();
    for_any_bytes("request", move |input: &[u8]| {
        let [path, body] = parts(input);
        match request::checked_path(path).and_then(|path| client.address.with(path)) {
            Ok(uri) => {
                let url = sent(uri);
                let path = str::from_utf8(path).expect("it was accepted");
                assert_eq!(url.as_str(), format!("{BASE}{path}"));
                assert_eq!(url.origin(), Url::parse(BASE).expect("a URL").origin());
                let mut segments = url.path_segments().expect("a path");
                assert!(segments.next() == Some("prefix"), "{url}");
                let leaves = |segment: &str| [".", ".."].contains(&segment.to_lowercase().replace("%2e", ".").as_str());
                assert!(!segments.any(leaves), "{url}");
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
                assert!(!tells(&message), "{message:?}");
            }
        }
    });
}

/// Input: the name of a file, the validator of its version, and a name chosen by another program,
/// one per line. A part is found by its name alone.
#[test]
fn part_file() {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        let folder = std::env::temp_dir().join("anchor-part-names");
        fs::create_dir_all(&folder).expect("a folder");
        folder.to_str().expect("UTF-8").to_owned()
    });
    for_any_bytes("part_file", |input: &[u8]| {
        let [name, validator, other]: [_; 3] = parts(input).map(str::from_utf8);
        let (Ok(name), Ok(validator), Ok(other)) = (name, validator, other) else { return };
        if name.contains('/') {
            return;
        }
        let Ok(names) = Names::new(&format!("{}/{name}", *FOLDER), "source") else { return };
        let (anonymous, known) = (names.part(None), names.part(Some(validator)));
        assert_eq!(names.validator_in(&anonymous), None);
        assert_eq!(names.validator_in(&known).as_deref(), Some(validator));
        for path in [&anonymous, &known] {
            assert_eq!(path.parent(), Some(Path::new(FOLDER.as_str())));
            assert!(validator.len() > 30 || path.file_name().is_some_and(|name| name.len() <= 255), "{path:?}");
        }
        let elsewhere = Names::new(&format!("{}/{name}", *FOLDER), "elsewhere").expect("the same name");
        assert_eq!(elsewhere.validator_in(&known), None);
        if let Some(found) = names.validator_in(&Path::new(FOLDER.as_str()).join(other)) {
            assert_eq!(names.validator_in(&names.part(Some(&found))), Some(found));
        }
    });
}
