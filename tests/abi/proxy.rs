//! Calls through a proxy, over HTTP and HTTPS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::{Options, expect_failure};
use crate::sandbox::Sandbox;
use crate::wait::TEST_TIMEOUT;

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
    assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpzzwnyzxq="), "{head}");
    assert!(head.contains(concat!("\r\nUser-Agent: libanchor/", env!("CARGO_PKG_VERSION"), "\r\n")), "{head}");
    assert!(!head.contains("canary"), "{head}");
}

/// A proxy that gives this answer to every CONNECT. After a `|` in it, it waits for the client's next
/// bytes. Returns its URL without the password.
fn start_refusing_proxy(answer: &'static str) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            count.fetch_add(1, Ordering::Relaxed);
            stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
            let (mut head, mut byte) = (vec![], [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length == 1) {
                head.push(byte[0]);
            }
            for part in answer.split('|') {
                let _ = stream.write_all(part.as_bytes());
                if part.len() < answer.len() {
                    let _ = stream.read(&mut byte);
                }
            }
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read(&mut byte);
        }
    });
    (address.to_string(), asked)
}

#[test]
fn a_refusal_names_the_proxy_and_its_answer_and_only_transient_ones_are_repeated() {
    let rows = [
        ("HTTP/1.1 403 Forbidden by policy\r\n\r\n", 1, "answered CONNECT with 403 Forbidden by policy"),
        ("HTTP/1.1 407 Proxy Auth\r\n\r\n", 1, "answered CONNECT with 407 Proxy Auth"),
        ("HTTP/1.1 407 X\r\nProxy-Authenticate: NTLM\r\n\r\n", 1, "it wants NTLM authentication"),
        ("HTTP/1.1 302 Found\r\nLocation: http://login\r\n\r\n", 2, "answered CONNECT with 302 Found"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", 2, "answered CONNECT with 502 Bad Gateway"),
        ("HTTP/1.1 503 Busy\r\n\r\n", 2, "answered CONNECT with 503 Busy"),
        ("HTTP/1.1 200 OK\r\n\r\n<html>", 2, "a page instead of a tunnel"),
        (
            "HTTP/1.1 200 OK\r\n\r\n|<html>",
            2,
            "the proxy, or the server behind it, answered in something other than TLS",
        ),
        ("SSH-2.0-x\r\n\r\n", 2, "did not answer CONNECT in HTTP"),
        ("", 2, "the proxy closed the connection"),
    ];
    for (answer, attempts, said) in rows {
        let (address, asked) = start_refusing_proxy(answer);
        let proxy = format!("http://user:secret@{address}");
        let options = Options::for_url("https://api.invalid").proxy(proxy).max_retries(1);
        let failure = expect_failure(options.client().unwrap().pause("abc"));
        assert_eq!((failure.status, asked.load(Ordering::Relaxed)), (3, attempts), "{}", failure.message);
        let through = format!("cannot connect to https://api.invalid through the proxy http://{address} while");
        assert!(failure.message.contains(&through) && failure.message.contains(said), "{}", failure.message);
        assert!(failure.message.contains("nothing was sent") && !failure.message.contains("secret"));
    }
}

#[test]
fn a_proxy_that_never_answers_is_named() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for scheme in ["http", "https", "socks5", "socks5h"] {
        for base_url in ["http://192.0.2.1", "https://192.0.2.1"] {
            let options = Options::for_url(base_url).proxy(format!("{scheme}://{address}")).timeout_ms(200);
            let failure = expect_failure(options.client().unwrap().pause("abc"));
            assert_eq!(failure.status, 6, "{scheme} {base_url}: {}", failure.message);
            let through = format!("(through the proxy {scheme}://{address})");
            assert!(failure.message.ends_with(&through), "{base_url}: {}", failure.message);
        }
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for (base_url, scheme) in
        [("https://api.invalid", "http"), ("http://api.invalid", "http"), ("http://api.invalid", "socks5h")]
    {
        let options = Options::for_url(base_url).proxy(format!("{scheme}://{address}")).max_retries(0);
        let failure = expect_failure(options.client().unwrap().pause("abc"));
        assert_eq!(failure.status, 3, "{}", failure.message);
        assert!(failure.message.contains(&format!("through the proxy {scheme}://{address}")), "{}", failure.message);
        assert!(failure.message.contains("Connection refused"), "{}", failure.message);
    }
}

#[test]
fn a_proxy_that_stalls_does_not_delay_the_timeout() {
    for (scheme, base_url) in
        [("http", "https://api.invalid"), ("socks5h", "https://api.invalid"), ("socks5h", "http://api.invalid")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("{scheme}://{}", listener.local_addr().unwrap());
        let client = Options::for_url(base_url).proxy(proxy).timeout_ms(300).client().unwrap();
        let begun = Instant::now();
        assert_eq!(expect_failure(client.pause("abc")).status, 6);
        assert!(begun.elapsed() < Duration::from_millis(300) + TEST_TIMEOUT / 20, "{:?}", begun.elapsed());
    }
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
