//! Calls through a proxy, over HTTP and HTTPS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use crate::host::{Options, expect_failure};
use crate::sandbox::Sandbox;

/// Starts a proxy for one connection that gives this answer to CONNECT. Returns its URL and a
/// channel that receives the head of the request, the only part that is sent to the proxy
/// unencrypted.
fn start_connect_proxy(answer: &'static str) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:secret@{}", listener.local_addr().unwrap());
    let (head_sender, head_receiver) = mpsc::channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let target = head.split(' ').nth(1).unwrap().to_owned();
        head_sender.send(head).unwrap();
        (&stream).write_all(answer.as_bytes()).unwrap();
        if answer.contains("200 OK\r\n\r\n") {
            let server = TcpStream::connect(target).unwrap();
            let (from_server, to_client) = (server.try_clone().unwrap(), stream.try_clone().unwrap());
            thread::spawn(move || copy(from_server, to_client));
            copy(reader.into_inner(), server);
        }
    });
    (url, head_receiver)
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

#[test]
fn https_uses_connect_and_the_proxy_does_not_see_the_api_key() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let (proxy, heads) = start_connect_proxy("HTTP/1.1 200 OK\r\n\r\n");
    let options = Options::for_url(&sandbox.url).proxy(proxy).max_retries(0);
    options.ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap().pause("abc").unwrap();
    let head = heads.recv().unwrap();
    assert!(head.starts_with(&format!("CONNECT {} ", sandbox.url.strip_prefix("https://").unwrap())), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    assert!(!head.contains("canary"), "{head}");
}

#[test]
fn a_proxy_that_refuses_is_reported_without_its_password() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    for answer in
        ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "HTTP/1.1 503 Busy\r\n\r\n", "SSH-2.0-x\r\n\r\n"]
    {
        let (proxy, _heads) = start_connect_proxy(answer);
        let options = Options::for_url(&sandbox.url).proxy(proxy).max_retries(0);
        let failure = expect_failure(options.client().unwrap().pause("abc"));
        assert_eq!(failure.status, 3, "{}", failure.message);
        assert!(!failure.message.contains("secret") && failure.message.contains("proxy"), "{}", failure.message);
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn plain_http_requests_are_sent_to_the_proxy() {
    let proxy = Sandbox::start();
    let options = Options::for_url("http://api.invalid").proxy(proxy.url.as_str()).max_retries(0);
    let client = options.client().unwrap();
    client.pause("abc").unwrap();
    assert_eq!(proxy.recording("abc"), "paused");
    assert_eq!(expect_failure(client.pause("502-page")).status, 502);
    assert_eq!(expect_failure(client.pause("html")).status, 8);
}
