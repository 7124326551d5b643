//! `anchor_connect`: the connection of the next call, made ahead of it.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};

use crate::certificates::{Asks, Authority, Setup, TlsServer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};
use crate::paused_server::serve;
use crate::queue_host::Queue;
use crate::sandbox::Sandbox;
use crate::wait::{TEST_TIMEOUT, wait_until};

/// A server that counts its connections and what arrives on them.
struct CountingServer {
    url: String,
    connections: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl CountingServer {
    /// It ends with the process.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connections, bytes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let open = Arc::new(Mutex::new(vec![]));
        let server = Self { url, connections: Arc::clone(&connections), bytes: Arc::clone(&bytes), open };
        let open = Arc::clone(&server.open);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                open.lock().unwrap().push(stream.try_clone().unwrap());
                connections.fetch_add(1, Ordering::Relaxed);
                let bytes = Arc::clone(&bytes);
                let count = move |length| {
                    bytes.fetch_add(length, Ordering::Relaxed);
                };
                thread::spawn(move || serve(stream, count));
            }
        });
        server
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Checks that one connection was made, and that nothing arrived on it.
    fn check_nothing_was_sent(&self) {
        wait_until("a connection", || self.connections() > 0);
        thread::sleep(Duration::from_millis(20));
        assert_eq!((self.connections(), self.bytes.load(Ordering::Relaxed)), (1, 0));
    }

    fn close_connections(&self) {
        self.open.lock().unwrap().drain(..).for_each(|stream| stream.shutdown(std::net::Shutdown::Both).unwrap());
    }
}

#[test]
fn nothing_is_sent_and_the_next_calls_use_the_connection() {
    let server = CountingServer::start();
    let lines = Mutex::new(vec![]);
    let (client, call) = (Options::for_url(&server.url).log(&lines).client().unwrap(), Call::new());
    client.connect(Some(&call)).unwrap();
    server.check_nothing_was_sent();
    assert_eq!((call.attempts(), call.http_status(), call.result()), (1, 0, None));
    client.connect(None).unwrap();
    client.pause("abc").unwrap();
    client.connect(None).unwrap();
    client.pause("abc").unwrap();
    assert_eq!(server.connections(), 1);
    drop(client);
    let lines = lines.into_inner().unwrap();
    assert!(lines[0].1.starts_with("connection attempt 1, ") && lines[0].1.ends_with(" ms: connected"), "{lines:?}");
}

#[test]
fn a_connection_that_the_server_has_closed_is_replaced() {
    let server = CountingServer::start();
    let client = Client::without_retries(&server.url);
    for connections in 1..=5 {
        client.connect(None).unwrap();
        wait_until("a connection", || server.connections() >= connections);
        server.close_connections();
    }
    client.pause("abc").unwrap();
    assert_eq!(server.connections(), 6);
}

#[test]
fn calls_of_other_threads_use_the_connections_that_were_made_for_them() {
    const THREADS: usize = 8;
    let server = CountingServer::start();
    let client = Client::new(&server.url);
    let barrier = std::sync::Barrier::new(THREADS);
    let connect = || {
        // All at once, because a free connection would be enough for the next one.
        barrier.wait();
        client.connect(None).unwrap();
    };
    thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(connect))));
    // The server may be slow to count them.
    thread::sleep(Duration::from_millis(100));
    let connections = server.connections();
    assert!((1..=THREADS).contains(&connections), "{connections}");
    for _ in 0..10 {
        client.pause("abc").unwrap();
    }
    assert_eq!(server.connections(), connections);
}

#[test]
fn each_failure_has_its_status_and_sends_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let tls = Sandbox::with(&["--tls", "--session", "abc"]);
    let rows = [
        ("http://127.0.0.1:1".to_owned(), 3, "Connection refused"),
        ("http://anchor.invalid".to_owned(), 3, "cannot connect to http://anchor.invalid while connecting: "),
        (format!("https://{silent}"), 6, "timed out after 2000 ms while connecting"),
        (tls.url.clone(), 4, "while connecting: the server's certificate is not signed by a trusted CA"),
    ];
    for (url, status, words) in rows {
        let client = Options::for_url(&url).timeout_ms(2000).max_retries(0).client().unwrap();
        let failure = expect_failure(client.connect(None));
        assert_eq!(failure.status, status, "{url}: {}", failure.message);
        assert!(failure.message.contains(words) && failure.message.ends_with("try again"), "{}", failure.message);
    }
    assert_eq!(tls.requests().len(), 0);
}

#[test]
fn it_can_be_cancelled_before_and_while_it_connects() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::new(&format!("https://{}", silent.local_addr().unwrap()));
    let call = Call::new();
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            drop(silent.accept().unwrap());
            thread::sleep(Duration::from_millis(50));
            call.cancel();
        });
        let failure = expect_failure(client.connect(Some(&call)));
        assert_eq!(failure.status, 7, "{}", failure.message);
    });
    let failure = expect_failure(client.connect(Some(&call)));
    assert_eq!((failure.status, call.attempts()), (7, 0), "{}", failure.message);
    assert!(begun.elapsed() < TEST_TIMEOUT);
}

#[test]
fn in_a_queue_the_calls_of_the_queue_use_the_connection() {
    let server = CountingServer::start();
    let (client, queue) = (Client::new(&server.url), Queue::new(0));
    let connect = queue.call(1);
    client.connect(Some(&connect)).unwrap();
    assert_eq!(queue.next().tag, 1);
    server.check_nothing_was_sent();
    for tag in 2..10 {
        let pause = queue.call(tag);
        client.pause_call("abc", &pause).unwrap();
        let completion = queue.next();
        assert_eq!((completion.tag, completion.result.is_ok()), (tag, true));
    }
    assert_eq!(server.connections(), 1);
    let refused = Client::without_retries("http://127.0.0.1:1");
    refused.connect(Some(&connect)).unwrap();
    assert_eq!(queue.next().result.unwrap_err().status, 3);
}

#[test]
fn a_queue_that_is_freed_ends_it() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::new(&format!("https://{}", silent.local_addr().unwrap()));
    let queue = Queue::new(0);
    let call = queue.call(1);
    client.connect(Some(&call)).unwrap();
    let (mut peer, _) = silent.accept().unwrap();
    assert_eq!(queue.free(), 0);
    peer.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    peer.read_to_end(&mut vec![]).expect("the connection did not end");
    drop(call);
}

#[test]
fn the_connections_of_a_queue_end_with_their_last_client() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (queue, other, folder) = (Queue::new(0), CountingServer::start(), Folder::new());
    std::fs::write(folder.file("ca.pem"), Authority::new("ca").pem).unwrap();
    // Clients with equal settings would share their connections.
    let kept = Options::for_url(&other.url).ca_file(folder.file("ca.pem")).client().unwrap();
    let client = Client::new(&url);
    for client in [&client, &kept] {
        client.connect(Some(&queue.call(1))).unwrap();
        queue.next().result.unwrap();
    }
    let (mut peer, _) = listener.accept().unwrap();
    peer.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    // By then the thread of the queue sleeps, and has to be woken.
    thread::sleep(Duration::from_millis(200));
    drop(client);
    assert_eq!(peer.read(&mut [0]).expect("the connection did not end"), 0);
    kept.pause_call("abc", &queue.call(2)).unwrap();
    queue.next().result.unwrap();
    assert_eq!(other.connections(), 1);
}

#[test]
fn over_tls_no_request_is_sent() {
    let (folder, ca) = (Folder::new(), Authority::new("ca"));
    std::fs::write(folder.file("ca.pem"), &ca.pem).unwrap();
    let identity = ca.identity(&["127.0.0.1"], |_| {});
    for version in [&TLS12, &TLS13] {
        let setup = Setup {
            identity: &identity,
            asks: Asks::Nothing,
            clients_of: &ca,
            versions: &[version],
            delay: Duration::ZERO,
            is_abrupt: false,
        };
        let server = TlsServer::start(&setup);
        let client = Options::for_url(&server.url).ca_file(folder.file("ca.pem")).client().unwrap();
        client.connect(None).unwrap();
        assert_eq!(server.requests(), 0);
        client.pause("abc").unwrap();
        assert_eq!(server.requests(), 1);
    }
}
