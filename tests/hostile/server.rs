//! A server that follows a script on every connection until it is switched to behave.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;

use crate::peer::Peer;
use crate::script::Script;
use crate::tls_server::{self, Certificate};

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Transport {
    Plain,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS.
    Http2,
    /// The client expects TLS, and the script controls the raw TCP connection.
    BelowTls,
}

impl Transport {
    pub fn scheme(self) -> &'static str {
        if self == Self::Plain { "http" } else { "https" }
    }

    fn protocol(self) -> &'static str {
        if self == Self::Http2 { "h2" } else { "http/1.1" }
    }
}

/// Stops accepting when it is dropped. Open connections end when the client closes them.
pub struct Server {
    pub url: String,
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

pub struct State {
    transport: Transport,
    script: Script,
    tls: TlsConfigs,
    misbehaves: AtomicBool,
    closing: AtomicBool,
    connections: AtomicU32,
    /// How many connections follow the script, or did.
    begun: AtomicU32,
    /// How many scripts have run to their end.
    completed: AtomicU32,
}

struct TlsConfigs {
    misbehaving: Arc<ServerConfig>,
    behaving: Arc<ServerConfig>,
}

impl Server {
    pub fn start(transport: Transport, script: Script) -> Self {
        Self::with_certificate(transport, script, Certificate::Good)
    }

    pub fn with_certificate(transport: Transport, script: Script, certificate: Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::on(listener, transport, script, certificate)
    }

    pub fn on(listener: TcpListener, transport: Transport, script: Script, certificate: Certificate) -> Self {
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            transport,
            script,
            tls: TlsConfigs {
                misbehaving: tls_server::config(certificate, transport.protocol()),
                behaving: tls_server::config(Certificate::Good, transport.protocol()),
            },
            misbehaves: AtomicBool::new(true),
            closing: AtomicBool::new(false),
            connections: AtomicU32::new(0),
            begun: AtomicU32::new(0),
            completed: AtomicU32::new(0),
        });
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.closing.load(Ordering::Acquire) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    // An error means that the client has closed the connection.
                    let _ = shared.serve(stream);
                });
            }
        });
        let url = format!("{}://{address}", transport.scheme());
        Self { url, address, state, thread: Some(thread) }
    }

    /// Serves new connections correctly, and open ones as soon as their script has ended.
    pub fn behave(&self) {
        self.state.misbehaves.store(false, Ordering::Release);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether some connection follows the script.
    pub fn has_begun_script(&self) -> bool {
        self.state.begun.load(Ordering::Acquire) > 0
    }

    /// Whether the script has run to its end on some connection.
    pub fn has_completed_script(&self) -> bool {
        self.state.completed.load(Ordering::Acquire) > 0
    }

    /// The number of connections accepted so far.
    pub fn connections(&self) -> u32 {
        self.state.connections.load(Ordering::Relaxed)
    }
}

impl State {
    pub fn misbehaves(&self) -> bool {
        self.misbehaves.load(Ordering::Acquire)
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let misbehaves = self.misbehaves();
        let tls = match (self.transport, misbehaves) {
            (Transport::Plain, _) | (Transport::BelowTls, true) => None,
            (_, true) => Some(&self.tls.misbehaving),
            (_, false) => Some(&self.tls.behaving),
        };
        if misbehaves {
            self.begun.fetch_add(1, Ordering::Release);
        }
        let mut peer = Peer::new(stream, tls, self.transport == Transport::Http2)?;
        if misbehaves {
            let is_open = peer.run(&self.script, self)?;
            self.completed.fetch_add(1, Ordering::Release);
            if !is_open {
                return Ok(());
            }
        }
        peer.serve_correctly()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.closing.store(true, Ordering::Release);
        self.behave();
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}
