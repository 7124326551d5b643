//! A server that misbehaves until it is told to behave.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;

use crate::peer::Peer;
use crate::script::Script;
use crate::tls;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Transport {
    Plain,
    /// HTTP/1.1 over TLS.
    Tls,
    /// Over TLS.
    Http2,
    /// Where a TLS handshake is expected, the script speaks plain TCP.
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

/// Ends with this value; its connections end when the client closes them.
pub struct Server {
    pub url: String,
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

pub struct State {
    transport: Transport,
    script: Script,
    hostile: ServerConfigs,
    misbehaves: AtomicBool,
    closing: AtomicBool,
    connections: AtomicU32,
    /// Scripts that came to their end.
    played: AtomicU32,
}

/// The certificate for the script and the one for good behaviour.
struct ServerConfigs {
    first: Arc<ServerConfig>,
    then: Arc<ServerConfig>,
}

impl Server {
    pub fn start(transport: Transport, script: Script) -> Self {
        Self::with_certificate(transport, script, tls::Certificate::Good)
    }

    pub fn with_certificate(transport: Transport, script: Script, certificate: tls::Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::on(listener, transport, script, certificate)
    }

    pub fn on(listener: TcpListener, transport: Transport, script: Script, certificate: tls::Certificate) -> Self {
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            transport,
            script,
            hostile: ServerConfigs {
                first: tls::config(certificate, transport.protocol()),
                then: tls::config(tls::Certificate::Good, transport.protocol()),
            },
            misbehaves: AtomicBool::new(true),
            closing: AtomicBool::new(false),
            connections: AtomicU32::new(0),
            played: AtomicU32::new(0),
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
                    // An error means that the client has gone.
                    let _ = shared.serve(stream);
                });
            }
        });
        let url = format!("{}://{address}", transport.scheme());
        Self { url, address, state, thread: Some(thread) }
    }

    /// From now on new connections are served well, and those whose script ends too.
    pub fn behave(&self) {
        self.state.misbehaves.store(false, Ordering::Release);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether all that the script says was said.
    pub fn has_played(&self) -> bool {
        self.state.played.load(Ordering::Acquire) > 0
    }

    /// How many there were so far.
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
            (_, true) => Some(&self.hostile.first),
            (_, false) => Some(&self.hostile.then),
        };
        let mut peer = Peer::new(stream, tls, self.transport == Transport::Http2)?;
        if misbehaves {
            let goes_on = peer.play(&self.script, self)?;
            self.played.fetch_add(1, Ordering::Release);
            if !goes_on {
                return Ok(());
            }
        }
        peer.serve_well()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.closing.store(true, Ordering::Release);
        self.behave();
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}
