//! Tests of downloads under each fault, against a running server over HTTP/1.1 and HTTP/2.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Version, header};
use reqwest::{Client, ClientBuilder};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

use crate::effects_test::start;
use crate::video::Video;

const LENGTH: u64 = 1_000_001;
const HALF: u64 = LENGTH / 2;
const TAG: &str = "\"video-1-1000001\"";
const OTHER_TAG: &str = "\"video-2-1000001\"";

/// An answer, complete or cut off.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Whether the body is complete.
    ended: bool,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether it is complete and holds that range of the video.
    fn is(&self, version: u64, range: std::ops::Range<u64>) -> bool {
        let expected: Vec<u8> = Video { length: LENGTH, version }.pieces(range, 1000).flatten().collect();
        self.ended && self.body == expected
    }

    /// Whether it is cut off after that range of the video.
    fn is_cut(&self, range: std::ops::Range<u64>) -> bool {
        let expected: Vec<u8> = Video { length: LENGTH, version: 1 }.pieces(range, 1000).flatten().collect();
        !self.ended && self.body == expected
    }
}

/// A client for plain HTTP. Without TLS settings reqwest cannot build one.
fn http() -> ClientBuilder {
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().unwrap();
    Client::builder()
        .tls_backend_preconfigured(tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

struct Downloads {
    port: u16,
    client: Client,
}

impl Downloads {
    async fn of(arguments: &[&str]) -> Self {
        let client = http().no_proxy().timeout(Duration::from_secs(20));
        Self { port: port(arguments).await, client: client.build().unwrap_or_default() }
    }

    async fn with_faults() -> Self {
        Self::of(&["--session-per-fault", "--session", "usual", "--video-bytes", "1000001"]).await
    }

    async fn get(&self, session: &str, headers: &[(&'static str, &str)]) -> Option<Answer> {
        let url = format!("http://127.0.0.1:{}/v1/sessions/{session}/recordings/primary/fetch", self.port);
        let request = self.client.get(url).header("anchor-api-key", "sandbox-key");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = request.send().await.ok()?;
        let (status, headers, mut body) = (response.status().as_u16(), response.headers().clone(), Vec::new());
        let ended = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend(chunk),
                Ok(None) => break true,
                Err(error) if error.is_timeout() => return None,
                Err(_) => break false,
            }
        };
        Some(Answer { status, headers, body, ended })
    }

    /// The first download of a session, which is cut off. The bytes before the cut are those of the
    /// video.
    async fn cut(&self, session: &str) -> Option<Answer> {
        let cut = self.get(session, &[]).await?;
        assert!(cut.is_cut(0..HALF), "{session}: {} bytes", cut.body.len());
        assert_eq!((cut.status, cut.header(header::CONTENT_LENGTH)), (200, Some("1000001")), "{session}");
        Some(cut)
    }
}

async fn port(arguments: &[&str]) -> u16 {
    start(arguments).await.map(|(port, _)| port).unwrap_or_default()
}

const REST: (&str, &str) = ("range", "bytes=500000-");

#[tokio::test]
async fn the_usual_video_is_whole_or_in_ranges() -> Result<(), &'static str> {
    let downloads = Downloads::with_faults().await;
    let whole = downloads.get("usual", &[]).await.ok_or("no answer")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    assert_eq!(whole.header(header::CONTENT_TYPE), Some("video/mp4"));
    assert_eq!(whole.header(header::CONTENT_LENGTH), Some("1000001"));
    assert_eq!(whole.header(header::ETAG), Some(TAG));
    assert_eq!(whole.header(header::LAST_MODIFIED), None);
    assert_eq!(whole.header(header::ACCEPT_RANGES), Some("bytes"));

    let rest = downloads.get("usual", &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert_eq!(rest.header(header::CONTENT_RANGE), Some("bytes 500000-1000000/1000001"));
    assert_eq!(rest.header(header::ETAG), Some(TAG));
    let changed = downloads.get("usual", &[REST, ("if-range", OTHER_TAG)]).await.ok_or("no answer")?;
    assert!(changed.status == 200 && changed.is(1, 0..LENGTH));
    let beyond = downloads.get("usual", &[("range", "bytes=1000001-")]).await.ok_or("no answer")?;
    assert_eq!((beyond.status, beyond.header(header::CONTENT_RANGE)), (416, Some("bytes */1000001")));
    Ok(())
}

#[tokio::test]
async fn without_options_the_video_has_4096_bytes() -> Result<(), &'static str> {
    let downloads = Downloads::of(&["--session", "a"]).await;
    let whole = downloads.get("a", &[]).await.ok_or("no answer")?;
    assert_eq!((whole.body.len(), whole.header(header::ETAG)), (4096, Some("\"video-1-4096\"")));
    Ok(())
}

#[tokio::test]
async fn a_terabyte_is_served_from_its_end() -> Result<(), &'static str> {
    let downloads = Downloads::of(&["--session", "a", "--video-bytes", "1000000000000"]).await;
    let last = downloads.get("a", &[("range", "bytes=-3")]).await.ok_or("no answer")?;
    assert_eq!(last.header(header::CONTENT_RANGE), Some("bytes 999999999997-999999999999/1000000000000"));
    assert_eq!(last.body, [997, 998, 999].map(|end: u64| ((999_999_999_000 + end - 24) % 251) as u8));
    Ok(())
}

#[tokio::test]
async fn cut_halves_the_rest_each_time() -> Result<(), &'static str> {
    let downloads = Downloads::with_faults().await;
    downloads.cut("cut").await.ok_or("no answer")?;
    let rest = downloads.get("cut", &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is_cut(HALF..750_000));
    assert_eq!(rest.header(header::CONTENT_LENGTH), Some("500001"));
    let last = downloads.get("cut", &[("range", "bytes=1000000-")]).await.ok_or("no answer")?;
    assert!(last.status == 206 && last.is_cut(0..0));
    Ok(())
}

#[tokio::test]
async fn cut_once_serves_the_rest() -> Result<(), &'static str> {
    let downloads = Downloads::with_faults().await;
    downloads.cut("cut-once").await.ok_or("no answer")?;
    let rest = downloads.get("cut-once", &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn a_cut_over_http2_ends_at_the_same_byte() -> Result<(), &'static str> {
    let client = http().no_proxy().http2_prior_knowledge().timeout(Duration::from_secs(20)).build();
    let port = port(&["--session-per-fault", "--video-bytes", "1000001"]).await;
    let downloads = Downloads { port, client: client.map_err(|_| "no client")? };
    let url = format!("http://127.0.0.1:{port}/sandbox/faults");
    assert_eq!(downloads.client.get(url).send().await.ok().map(|answer| answer.version()), Some(Version::HTTP_2));
    downloads.cut("cut").await.ok_or("no answer")?;
    Ok(())
}

#[tokio::test]
async fn without_an_etag_nothing_names_the_version() -> Result<(), &'static str> {
    let (downloads, name) = (Downloads::with_faults().await, "no-etag-cut-once");
    let cut = downloads.cut(name).await.ok_or("no answer")?;
    let rest = downloads.get(name, &[REST]).await.ok_or("no answer")?;
    let again = downloads.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    for answer in [&cut, &rest, &again] {
        assert_eq!((answer.header(header::ETAG), answer.header(header::LAST_MODIFIED)), (None, None));
    }
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert!(again.status == 200 && again.is(1, 0..LENGTH));
    Ok(())
}

#[tokio::test]
async fn a_weak_etag_comes_with_a_date_that_holds() -> Result<(), &'static str> {
    let (downloads, name) = (Downloads::with_faults().await, "weak-etag-cut-once");
    let cut = downloads.cut(name).await.ok_or("no answer")?;
    let (weak, date) = ("W/\"video-1-1000001\"", cut.header(header::LAST_MODIFIED).ok_or("no date")?);
    assert_eq!(cut.header(header::ETAG), Some(weak));
    let rest = downloads.get(name, &[REST, ("if-range", date)]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert_eq!((rest.header(header::ETAG), rest.header(header::LAST_MODIFIED)), (Some(weak), Some(date)));
    let by_tag = downloads.get(name, &[REST, ("if-range", weak)]).await.ok_or("no answer")?;
    assert!(by_tag.status == 200 && by_tag.is(1, 0..LENGTH));
    Ok(())
}

#[tokio::test]
async fn without_ranges_the_video_is_always_whole() -> Result<(), &'static str> {
    let (downloads, name) = (Downloads::with_faults().await, "no-range-cut-once");
    let cut = downloads.cut(name).await.ok_or("no answer")?;
    let whole = downloads.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    for answer in [&cut, &whole] {
        assert_eq!((answer.header(header::ETAG), answer.header(header::ACCEPT_RANGES)), (Some(TAG), None));
    }
    Ok(())
}

#[tokio::test]
async fn a_changed_video_is_another_version() -> Result<(), &'static str> {
    let (downloads, name) = (Downloads::with_faults().await, "changed-cut-once");
    let cut = downloads.cut(name).await.ok_or("no answer")?;
    assert_eq!(cut.header(header::ETAG), Some(TAG));
    let whole = downloads.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(whole.status == 200 && whole.is(2, 0..LENGTH));
    assert_eq!(whole.header(header::ETAG), Some(OTHER_TAG));
    let rest = downloads.get(name, &[REST, ("if-range", OTHER_TAG)]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is(2, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn a_wrong_range_begins_one_byte_late_once() -> Result<(), &'static str> {
    let (downloads, name) = (Downloads::with_faults().await, "wrong-range-cut-once");
    downloads.cut(name).await.ok_or("no answer")?;
    let wrong = downloads.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(wrong.status == 206 && wrong.is(1, HALF + 1..LENGTH));
    assert_eq!(wrong.header(header::CONTENT_RANGE), Some("bytes 500001-1000000/1000001"));
    let right = downloads.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no answer")?;
    assert!(right.status == 206 && right.is(1, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn chunks_announce_no_length() -> Result<(), &'static str> {
    let downloads = Downloads::with_faults().await;
    let whole = downloads.get("video-chunked", &[]).await.ok_or("no answer")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    let cut = downloads.get("video-chunked-cut", &[]).await.ok_or("no answer")?;
    assert!(cut.status == 200 && cut.is_cut(0..HALF));
    for answer in [&whole, &cut] {
        assert_eq!(answer.header(header::CONTENT_LENGTH), None);
        assert_eq!(answer.header(header::TRANSFER_ENCODING), Some("chunked"));
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_video_takes_its_time() -> Result<(), &'static str> {
    let (downloads, started) = (Downloads::with_faults().await, Instant::now());
    let rest = downloads.get("video-slow", &[("range", "bytes=900000-")]).await.ok_or("no answer")?;
    assert!(rest.status == 206 && rest.is(1, 900_000..LENGTH));
    assert!(started.elapsed() >= Duration::from_millis(400));
    Ok(())
}

#[tokio::test]
async fn an_empty_video_has_length_0() -> Result<(), &'static str> {
    let empty = Downloads::with_faults().await.get("video-empty", &[REST]).await.ok_or("no answer")?;
    assert!(empty.status == 200 && empty.ended && empty.body.is_empty());
    assert_eq!(empty.header(header::CONTENT_LENGTH), Some("0"));
    assert_eq!(empty.header(header::CONTENT_TYPE), Some("video/mp4"));
    Ok(())
}
