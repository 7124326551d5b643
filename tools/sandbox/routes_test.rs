//! What the paths answer, without faults. `fault_effects_test` covers pausing and resuming,
//! `download_test` the video.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fault_effects_test::start;

/// Sends a request with a body, and returns the status and the body of the response.
async fn send(port: u16, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: here\r\nanchor-api-key: sandbox-key\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await.ok()?;
    let (head, body) = response.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

async fn get(port: u16, path: &str) -> Option<Value> {
    let (status, body) = send(port, "GET", path, "").await?;
    (status == 200).then(|| serde_json::from_str(&body).ok())?
}

#[tokio::test]
async fn sessions_can_be_listed_and_shown_until_and_after_they_end() {
    let started = start(&["--session", "a", "--session", "b"]).await;
    assert!(started.is_some());
    let Some((port, _)) = started else {
        return;
    };
    let (a, b) = (json!({"id": "a", "status": "running"}), json!({"id": "b", "status": "running"}));
    assert_eq!(get(port, "/v1/sessions").await, Some(json!({"data": {"count": 2, "items": [a, b]}})));
    assert_eq!(get(port, "/v1/sessions?page=2").await, Some(json!({"data": {"count": 0, "items": []}})));
    assert_eq!(get(port, "/v1/sessions/a").await, Some(json!({"data": {"id": "a", "status": "running"}})));
    assert_eq!(send(port, "DELETE", "/v1/sessions/a", "").await.map(|(status, _)| status), Some(200));
    assert_eq!(get(port, "/v1/sessions/a").await, Some(json!({"data": {"id": "a", "status": "ended"}})));
    assert_eq!(send(port, "GET", "/v1/sessions/c", "").await.map(|(status, _)| status), Some(404));
}

#[tokio::test]
async fn bodies_must_be_objects_with_what_the_api_needs() {
    let started = start(&["--session", "a"]).await;
    assert!(started.is_some());
    let Some((port, _)) = started else {
        return;
    };
    for (path, body, status) in [
        ("/v1/sessions", "", 200),
        ("/v1/sessions", "{}", 200),
        ("/v1/sessions", "[]", 400),
        ("/v1/sessions", "\"text\"", 400),
        ("/v1/sessions", "{", 400),
        ("/v1/sessions/a/recordings/pause", "{}", 200),
        ("/v1/sessions/a/recordings/pause", "[]", 400),
        ("/v1/sessions/a/recordings/resume", "1", 400),
        ("/v1/sessions/a/goto", "{\"url\":\"https://example.com\"}", 200),
        ("/v1/sessions/a/goto", "{}", 400),
        ("/v1/sessions/a/keyboard/type", "{\"text\":\"secret\"}", 200),
        ("/v1/sessions/a/keyboard/type", "{\"text\":1}", 400),
        ("/v1/sessions/a/keyboard/type", "\"secret\"", 400),
        ("/v1/sessions/a/keyboard/type", "", 400),
        ("/v1/sessions/c/keyboard/type", "{\"text\":\"secret\"}", 404),
    ] {
        let answered = send(port, "POST", path, body).await.map(|(status, _)| status);
        assert_eq!(answered, Some(status), "{path} {body}");
    }
}

#[tokio::test]
async fn only_the_answers_for_people_end_with_a_newline() {
    let started = start(&["--session", "a"]).await;
    assert!(started.is_some());
    let Some((port, _)) = started else {
        return;
    };
    for (path, ends) in [
        ("/sandbox/sessions/a", true),
        ("/sandbox/sessions/c", true),
        ("/sandbox/faults", true),
        ("/v1/sessions/a", false),
        ("/v1/sessions/c", false),
    ] {
        let body = send(port, "GET", path, "").await.map(|(_, body)| body.ends_with('\n'));
        assert_eq!(body, Some(ends), "{path}");
    }
}
