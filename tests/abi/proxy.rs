//! Proxies: what goes through them, and what they may not say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use crate::host::{Options, failure};
use crate::sandbox::Sandbox;

/// A proxy for one CONNECT: gives its address, and then all that it was told in the clear.
fn tunnel(answer: &'static str) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://user:secret@{}", listener.local_addr().unwrap());
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let target = head.split(' ').nth(1).unwrap().to_owned();
        told.send(head).unwrap();
        (&stream).write_all(answer.as_bytes()).unwrap();
        if answer.contains("200 OK\r\n\r\n") {
            let server = TcpStream::connect(target).unwrap();
            let (from_server, to_client) = (server.try_clone().unwrap(), stream.try_clone().unwrap());
            thread::spawn(move || copy(from_server, to_client));
            copy(reader.into_inner(), server);
        }
    });
    (address, heard)
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
fn https_goes_through_connect_and_the_key_stays_inside() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    let (proxy, heard) = tunnel("HTTP/1.1 200 OK\r\n\r\n");
    let options = Options::new().base_url(sandbox.url.as_str()).proxy(proxy).max_retries(0);
    options.ca_file(sandbox.ca_file.as_deref().unwrap()).client().unwrap().pause("abc").unwrap();
    let head = heard.recv().unwrap();
    assert!(head.starts_with(&format!("CONNECT {} ", sandbox.url.strip_prefix("https://").unwrap())), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    assert!(!head.contains("canary"), "{head}");
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let sandbox = Sandbox::with(&["--tls", "--session", "abc"]);
    for answer in
        ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "HTTP/1.1 503 Busy\r\n\r\n", "SSH-2.0-x\r\n\r\n"]
    {
        let (proxy, _heard) = tunnel(answer);
        let options = Options::new().base_url(sandbox.url.as_str()).proxy(proxy).max_retries(0);
        let failure = failure(options.client().unwrap().pause("abc"));
        assert_eq!(failure.status, 3, "{}", failure.message);
        assert!(!failure.message.contains("secret") && failure.message.contains("proxy"), "{}", failure.message);
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn http_goes_to_the_proxy_whole() {
    let proxy = Sandbox::start();
    let options = Options::new().base_url("http://api.invalid").proxy(proxy.url.as_str()).max_retries(0);
    let client = options.client().unwrap();
    client.pause("abc").unwrap();
    assert_eq!(proxy.recording("abc"), "paused");
    assert_eq!(failure(client.pause("502-page")).status, 502);
    assert_eq!(failure(client.pause("html")).status, 8);
}
