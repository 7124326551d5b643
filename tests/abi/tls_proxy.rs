//! Proxies and servers that end their TLS connections early, and TLS to a server inside of TLS to a
//! proxy.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::{Asks, Authority, Identity, Setup, TlsServer, server_config};
use crate::folder::Folder;
use crate::host::{Call, Failure, Options, expect_failure};
use crate::wait::TEST_TIMEOUT;

type Tls = StreamOwned<ServerConnection, TcpStream>;

/// How long a relay waits for one side before it looks at the other one.
const TURN: Duration = Duration::from_millis(5);

/// What a peer does after the TLS handshake.
#[derive(Clone, Copy)]
enum Then {
    Close,
    /// Answers the head of the first request with this, and closes.
    Answer(&'static str),
    /// Opens the tunnel that the first request asks for.
    Tunnel,
}

/// The URL of a peer with this configuration, and the number of its connections.
fn start(config: ServerConfig, then: Then) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (config, connections) = (Arc::new(config), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            count.fetch_add(1, Ordering::Relaxed);
            let config = Arc::clone(&config);
            // It fails when the client closes the connection.
            thread::spawn(move || serve(stream, config, then));
        }
    });
    (url, connections)
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, then: Then) -> io::Result<()> {
    stream.set_read_timeout(Some(TEST_TIMEOUT))?;
    let mut tls = StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, stream);
    while tls.conn.is_handshaking() {
        if let Err(reason) = tls.conn.complete_io(&mut tls.sock) {
            return wait_for_end(&mut tls.sock).and(Err(reason));
        }
    }
    // Flushed before anything else is written: the last part of the handshake.
    tls.flush()?;
    if !matches!(then, Then::Close) {
        let head = read_head(&mut tls)?;
        match then {
            Then::Answer(answer) => tls.write_all(answer.as_bytes())?,
            _ => return relay(tls, &head),
        }
    }
    tls.conn.send_close_notify();
    tls.flush()?;
    wait_for_end(&mut tls.sock)
}

/// Closes the connection when the client has closed it too. To close it earlier could reset it, and what
/// was sent would be lost.
fn wait_for_end(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(std::net::Shutdown::Write)?;
    while stream.read(&mut [0; 4096])? > 0 {}
    Ok(())
}

fn read_head(tls: &mut Tls) -> io::Result<String> {
    let (mut head, mut byte) = (vec![], [0]);
    while !head.ends_with(b"\r\n\r\n") {
        tls.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// Forwards the bytes of a tunnel on one thread, because a TLS connection cannot be split.
fn relay(mut tls: Tls, head: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(head.split(' ').nth(1).unwrap_or_default())?;
    server.set_read_timeout(Some(TURN))?;
    tls.sock.set_read_timeout(Some(TURN))?;
    tls.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    loop {
        if !forward(&mut tls, &mut server)? || !forward(&mut server, &mut tls)? {
            return Ok(());
        }
    }
}

/// Forwards what has arrived. Returns false at the end.
fn forward(from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    match from.read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(length) => to.write_all(&buffer[..length]).and_then(|()| to.flush()).map(|()| true),
        Err(reason) if matches!(reason.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
        Err(reason) => Err(reason),
    }
}

struct World {
    folder: Folder,
    clients: Authority,
    identity: Identity,
}

impl World {
    fn new() -> Self {
        let servers = Authority::new("servers");
        let (folder, clients) = (Folder::new(), Authority::new("clients"));
        fs::write(folder.file("ca.pem"), &servers.pem).unwrap();
        clients.identity(&["client"], |_| {}).write(&folder.file("client.pem"));
        Self { folder, clients, identity: servers.identity(&["127.0.0.1"], |_| {}) }
    }

    fn config(&self, asks: Asks, version: &'static rustls::SupportedProtocolVersion) -> ServerConfig {
        server_config(&self.identity, asks, &self.clients, &[version])
    }

    fn server(&self, asks: Asks) -> TlsServer {
        TlsServer::start(&Setup {
            identity: &self.identity,
            asks,
            clients_of: &self.clients,
            versions: &[&TLS13],
            delay: Duration::ZERO,
            is_abrupt: false,
        })
    }

    fn options(&self, url: &str) -> Options {
        Options::for_url(url).ca_file(self.folder.file("ca.pem")).max_retries(1)
    }

    /// The failure of a call, and the number of its attempts.
    fn failure(&self, url: &str, proxy: Option<&str>) -> (Failure, u32) {
        let options = match proxy {
            Some(proxy) => self.options(url).proxy(proxy),
            None => self.options(url),
        };
        let call = Call::new();
        let failure = expect_failure(options.client().unwrap().pause_call("abc", &call));
        (failure, call.attempts())
    }
}

#[test]
fn a_proxy_that_ends_its_connection_is_not_taken_for_the_server() {
    // The second attempt resumes the first one's session, in which nobody asks again.
    const CLOSED: &str = "the proxy closed the connection";
    let forbids = Then::Answer("HTTP/1.1 403 No\r\n\r\n");
    let fails = Then::Answer("HTTP/1.1 502 Bad\r\n\r\n");
    let world = World::new();
    for (base_url, then, attempts, said) in [
        ("https://api.invalid", Then::Close, 2, CLOSED),
        ("https://api.invalid", Then::Answer(""), 2, CLOSED),
        ("https://api.invalid", forbids, 1, "the proxy answered CONNECT with 403 No; "),
        ("https://api.invalid", fails, 2, "the proxy answered CONNECT with 502 Bad (2 attempts); "),
    ] {
        for version in [&TLS12, &TLS13] {
            for asks in [Asks::Nothing, Asks::Optionally] {
                let (proxy, connections) = start(world.config(asks, version), then);
                let (failure, made) = world.failure(base_url, Some(&proxy));
                let message = &failure.message;
                assert_eq!(
                    (failure.status, made, connections.load(Ordering::Relaxed)),
                    (3, attempts, attempts),
                    "{message}"
                );
                assert!(
                    message.contains(said) && message.contains(&format!("through the proxy {proxy} ")),
                    "{message}"
                );
                assert!(!message.contains("the server") && message.contains("nothing was sent"), "{message}");
            }
        }
    }
}

#[test]
fn a_proxy_that_requires_a_certificate_is_named_for_both_schemes() {
    let world = World::new();
    for version in [&TLS12, &TLS13] {
        for base_url in ["http://api.invalid", "https://api.invalid"] {
            let (proxy, _) = start(world.config(Asks::Strictly, version), Then::Answer(""));
            let (failure, attempts) = world.failure(base_url, Some(&proxy));
            assert_eq!((failure.status, attempts), (4, 1), "{}", failure.message);
            assert!(failure.message.contains("the proxy ended the handshake with the alert "), "{}", failure.message);
        }
    }
}

#[test]
fn a_server_is_reached_by_tls_inside_of_tls() {
    let world = World::new();
    for of_proxy in [Asks::Nothing, Asks::Optionally] {
        for (of_server, certificate, status) in [
            (Asks::Nothing, false, 0),
            (Asks::Optionally, false, 0),
            (Asks::Strictly, true, 0),
            (Asks::Strictly, false, 4),
        ] {
            let (proxy, connections) = start(world.config(of_proxy, &TLS13), Then::Tunnel);
            let server = world.server(of_server);
            let mut options = world.options(&server.url).proxy(proxy);
            if certificate {
                options = options.client_certificate(world.folder.file("client.pem"));
            }
            let result = options.client().unwrap().pause("abc");
            assert_eq!(result.as_ref().map_or_else(|failure| failure.status, |()| 0), status, "{result:?}");
            if let Err(failure) = result {
                let said = "the server requires a client certificate, and none is set";
                assert!(failure.message.contains(said), "{}", failure.message);
            }
            assert_eq!(connections.load(Ordering::Relaxed), 1);
        }
    }
}

/// Tickets come after the client's certificate, or its absence, was accepted.
#[test]
fn a_server_that_closes_an_accepted_connection_requires_no_certificate() {
    let world = World::new();
    for _ in 0..10 {
        let (url, _) = start(world.config(Asks::Optionally, &TLS13), Then::Close);
        let (failure, attempts) = world.failure(&url, None);
        // The request may be under way before the end is noticed.
        assert!([3, 5].contains(&failure.status) && attempts == 2, "{attempts}: {}", failure.message);
        assert!(!failure.message.contains("certificate"), "{}", failure.message);
    }
    let mut config = world.config(Asks::Optionally, &TLS13);
    config.send_tls13_tickets = 0;
    let (failure, attempts) = world.failure(&start(config, Then::Close).0, None);
    assert_eq!((failure.status, attempts), (4, 1), "{}", failure.message);
    assert!(failure.message.contains("the server requires a client certificate"), "{}", failure.message);
}

/// As a load balancer does that is restarted.
#[test]
fn an_end_without_close_notify_is_put_in_words() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let config = Arc::new(world.config(Asks::Nothing, &TLS13));
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let _ = read_head(&mut tls);
        }
    });
    let (failure, attempts) = world.failure(&url, None);
    assert_eq!((failure.status, attempts), (5, 2), "{}", failure.message);
    assert!(failure.message.contains("the connection was closed without a TLS close_notify;"), "{}", failure.message);
    assert!(!failure.message.contains("docs.rs"), "{}", failure.message);
}
