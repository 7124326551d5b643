//! Downloads from a running server under each fault, over HTTP/1.1 and HTTP/2.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Version, header};
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::fault_effects_test::start;
use crate::video::Video;

const LENGTH: u64 = 1_000_001;
const HALF: u64 = LENGTH / 2;
const TAG: &str = "\"video-1-1000001\"";
const OTHER_TAG: &str = "\"video-2-1000001\"";

/// A response, as much of it as arrived.
struct Download {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Whether the body arrived to its end.
    complete: bool,
}

impl Download {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body is complete and is this range of the video.
    fn is(&self, version: u64, range: Range<u64>) -> bool {
        self.complete && self.body == bytes(version, range)
    }

    /// Whether the body ended early, after this range of the video.
    fn is_cut(&self, range: Range<u64>) -> bool {
        !self.complete && self.body == bytes(1, range)
    }
}

fn bytes(version: u64, range: Range<u64>) -> Vec<u8> {
    Video { length: LENGTH, version }.pieces(range, 1000).flatten().collect()
}

/// A client for plain HTTP. It still needs a TLS configuration, as reqwest is built without a
/// crypto provider.
fn http_client() -> ClientBuilder {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().unwrap();
    Client::builder()
        .tls_backend_preconfigured(tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

struct TestServer {
    port: u16,
    client: Client,
}

impl TestServer {
    async fn start(arguments: &[&str]) -> Self {
        let client = http_client().no_proxy().timeout(Duration::from_secs(20));
        Self { port: start_on_free_port(arguments).await, client: client.build().unwrap_or_default() }
    }

    async fn with_faults() -> Self {
        Self::start(&["--session-per-fault", "--session", "normal", "--video-bytes", "1000001"]).await
    }

    async fn get(&self, session: &str, headers: &[(&'static str, &str)]) -> Option<Download> {
        let url = format!("http://127.0.0.1:{}/v1/sessions/{session}/recordings/primary/fetch", self.port);
        let request = self.client.get(url).header("anchor-api-key", "sandbox-key");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = request.send().await.ok()?;
        let (status, headers, mut body) = (response.status().as_u16(), response.headers().clone(), Vec::new());
        let complete = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend(chunk),
                Ok(None) => break true,
                Err(error) if error.is_timeout() => return None,
                Err(_) => break false,
            }
        };
        Some(Download { status, headers, body, complete })
    }

    /// Makes the first download of a session, which must be cut after half of the normal video.
    async fn get_cut(&self, session: &str) -> Option<Download> {
        let cut = self.get(session, &[]).await?;
        assert!(cut.is_cut(0..HALF), "{session}: {} bytes", cut.body.len());
        assert_eq!((cut.status, cut.header(header::CONTENT_LENGTH)), (200, Some("1000001")), "{session}");
        Some(cut)
    }
}

async fn start_on_free_port(arguments: &[&str]) -> u16 {
    start(arguments).await.map(|(port, _)| port).unwrap_or_default()
}

const REST: (&str, &str) = ("range", "bytes=500000-");

#[tokio::test]
async fn the_normal_video_is_served_whole_or_in_ranges() -> Result<(), &'static str> {
    let server = TestServer::with_faults().await;
    let whole = server.get("normal", &[]).await.ok_or("no response")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    assert_eq!(whole.header(header::CONTENT_TYPE), Some("video/mp4"));
    assert_eq!(whole.header(header::CONTENT_LENGTH), Some("1000001"));
    assert_eq!(whole.header(header::ETAG), Some(TAG));
    assert_eq!(whole.header(header::LAST_MODIFIED), None);
    assert_eq!(whole.header(header::ACCEPT_RANGES), Some("bytes"));

    let rest = server.get("normal", &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert_eq!(rest.header(header::CONTENT_RANGE), Some("bytes 500000-1000000/1000001"));
    assert_eq!(rest.header(header::ETAG), Some(TAG));
    let changed = server.get("normal", &[REST, ("if-range", OTHER_TAG)]).await.ok_or("no response")?;
    assert!(changed.status == 200 && changed.is(1, 0..LENGTH));
    let beyond = server.get("normal", &[("range", "bytes=1000001-")]).await.ok_or("no response")?;
    assert_eq!((beyond.status, beyond.header(header::CONTENT_RANGE)), (416, Some("bytes */1000001")));
    Ok(())
}

#[tokio::test]
async fn the_default_video_has_4096_bytes() -> Result<(), &'static str> {
    let server = TestServer::start(&["--session", "a"]).await;
    let whole = server.get("a", &[]).await.ok_or("no response")?;
    assert_eq!((whole.body.len(), whole.header(header::ETAG)), (4096, Some("\"video-1-4096\"")));
    Ok(())
}

#[tokio::test]
async fn the_end_of_a_terabyte_is_served_at_once() -> Result<(), &'static str> {
    let server = TestServer::start(&["--session", "a", "--video-bytes", "1000000000000"]).await;
    let last = server.get("a", &[("range", "bytes=-3")]).await.ok_or("no response")?;
    assert_eq!(last.header(header::CONTENT_RANGE), Some("bytes 999999999997-999999999999/1000000000000"));
    assert_eq!(last.body, [997, 998, 999].map(|end: u64| ((999_999_999_000 + end - 24) % 251) as u8));
    Ok(())
}

#[tokio::test]
async fn cut_sends_half_of_each_requested_range() -> Result<(), &'static str> {
    let server = TestServer::with_faults().await;
    server.get_cut("cut").await.ok_or("no response")?;
    let rest = server.get("cut", &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is_cut(HALF..750_000));
    assert_eq!(rest.header(header::CONTENT_LENGTH), Some("500001"));
    let last = server.get("cut", &[("range", "bytes=1000000-")]).await.ok_or("no response")?;
    assert!(last.status == 206 && last.is_cut(0..0));
    Ok(())
}

#[tokio::test]
async fn cut_once_serves_the_rest_of_the_video() -> Result<(), &'static str> {
    let server = TestServer::with_faults().await;
    server.get_cut("cut-once").await.ok_or("no response")?;
    let rest = server.get("cut-once", &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn a_cut_over_http2_ends_at_the_same_byte() -> Result<(), &'static str> {
    let client = http_client().no_proxy().http2_prior_knowledge().timeout(Duration::from_secs(20)).build();
    let port = start_on_free_port(&["--session-per-fault", "--video-bytes", "1000001"]).await;
    let server = TestServer { port, client: client.map_err(|_| "no client")? };
    let url = format!("http://127.0.0.1:{port}/sandbox/faults");
    assert_eq!(server.client.get(url).send().await.ok().map(|response| response.version()), Some(Version::HTTP_2));
    server.get_cut("cut").await.ok_or("no response")?;
    Ok(())
}

#[tokio::test]
async fn no_etag_sends_no_validator() -> Result<(), &'static str> {
    let (server, name) = (TestServer::with_faults().await, "no-etag-cut-once");
    let cut = server.get_cut(name).await.ok_or("no response")?;
    let rest = server.get(name, &[REST]).await.ok_or("no response")?;
    let again = server.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    for response in [&cut, &rest, &again] {
        assert_eq!((response.header(header::ETAG), response.header(header::LAST_MODIFIED)), (None, None));
    }
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert!(again.status == 200 && again.is(1, 0..LENGTH));
    Ok(())
}

#[tokio::test]
async fn weak_etag_allows_if_range_with_the_date() -> Result<(), &'static str> {
    let (server, name) = (TestServer::with_faults().await, "weak-etag-cut-once");
    let cut = server.get_cut(name).await.ok_or("no response")?;
    let (weak, date) = ("W/\"video-1-1000001\"", cut.header(header::LAST_MODIFIED).ok_or("no date")?);
    assert_eq!(cut.header(header::ETAG), Some(weak));
    let rest = server.get(name, &[REST, ("if-range", date)]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is(1, HALF..LENGTH));
    assert_eq!((rest.header(header::ETAG), rest.header(header::LAST_MODIFIED)), (Some(weak), Some(date)));
    let by_tag = server.get(name, &[REST, ("if-range", weak)]).await.ok_or("no response")?;
    assert!(by_tag.status == 200 && by_tag.is(1, 0..LENGTH));
    Ok(())
}

#[tokio::test]
async fn no_range_always_serves_the_whole_video() -> Result<(), &'static str> {
    let (server, name) = (TestServer::with_faults().await, "no-range-cut-once");
    let cut = server.get_cut(name).await.ok_or("no response")?;
    let whole = server.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    for response in [&cut, &whole] {
        assert_eq!((response.header(header::ETAG), response.header(header::ACCEPT_RANGES)), (Some(TAG), None));
    }
    Ok(())
}

#[tokio::test]
async fn changed_serves_another_version_after_the_cut() -> Result<(), &'static str> {
    let (server, name) = (TestServer::with_faults().await, "changed-cut-once");
    let cut = server.get_cut(name).await.ok_or("no response")?;
    assert_eq!(cut.header(header::ETAG), Some(TAG));
    let whole = server.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(whole.status == 200 && whole.is(2, 0..LENGTH));
    assert_eq!(whole.header(header::ETAG), Some(OTHER_TAG));
    let rest = server.get(name, &[REST, ("if-range", OTHER_TAG)]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is(2, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn wrong_range_begins_one_byte_late_once() -> Result<(), &'static str> {
    let (server, name) = (TestServer::with_faults().await, "wrong-range-cut-once");
    server.get_cut(name).await.ok_or("no response")?;
    let wrong = server.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(wrong.status == 206 && wrong.is(1, HALF + 1..LENGTH));
    assert_eq!(wrong.header(header::CONTENT_RANGE), Some("bytes 500001-1000000/1000001"));
    let right = server.get(name, &[REST, ("if-range", TAG)]).await.ok_or("no response")?;
    assert!(right.status == 206 && right.is(1, HALF..LENGTH));
    Ok(())
}

#[tokio::test]
async fn a_chunked_video_has_no_content_length() -> Result<(), &'static str> {
    let server = TestServer::with_faults().await;
    let whole = server.get("video-chunked", &[]).await.ok_or("no response")?;
    assert!(whole.status == 200 && whole.is(1, 0..LENGTH));
    let cut = server.get("video-chunked-cut", &[]).await.ok_or("no response")?;
    assert!(cut.status == 200 && cut.is_cut(0..HALF));
    for response in [&whole, &cut] {
        assert_eq!(response.header(header::CONTENT_LENGTH), None);
        assert_eq!(response.header(header::TRANSFER_ENCODING), Some("chunked"));
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_video_is_paced() -> Result<(), &'static str> {
    let (server, started) = (TestServer::with_faults().await, Instant::now());
    let rest = server.get("video-slow", &[("range", "bytes=900000-")]).await.ok_or("no response")?;
    assert!(rest.status == 206 && rest.is(1, 900_000..LENGTH));
    assert!(started.elapsed() >= Duration::from_millis(400));
    Ok(())
}

#[tokio::test]
async fn an_empty_video_has_a_content_length_of_0() -> Result<(), &'static str> {
    let empty = TestServer::with_faults().await.get("video-empty", &[REST]).await.ok_or("no response")?;
    assert!(empty.status == 200 && empty.complete && empty.body.is_empty());
    assert_eq!(empty.header(header::CONTENT_LENGTH), Some("0"));
    assert_eq!(empty.header(header::CONTENT_TYPE), Some("video/mp4"));
    Ok(())
}
