//! The server side of one connection.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::frames::{self, Frame};
use crate::script::{GOOD, Step, http1_with_length};
use crate::server::State;
use crate::tls_server;

/// The timeout of a read or a write, so that a broken test ends.
const IO_TIMEOUT: Duration = Duration::from_secs(20);
/// Between the bytes of `Step::Trickle`.
const TRICKLE_PAUSE: Duration = Duration::from_millis(20);

pub struct Peer {
    tcp: TcpStream,
    stream: Stream,
    http2: bool,
    /// Bytes that arrived while the server was sending; they are read first.
    pending: VecDeque<u8>,
    /// Whether the server has sent anything. An HTTP/2 server sends its settings first.
    has_sent: bool,
    has_read_preface: bool,
    /// The HTTP/2 stream of the last request.
    request_stream: u32,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    pub fn new(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>, http2: bool) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(IO_TIMEOUT))?;
        tcp.set_write_timeout(Some(IO_TIMEOUT))?;
        let stream = match tls {
            None => Stream::Plain(tcp.try_clone()?),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(connection, tcp.try_clone()?);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Stream::Tls(Box::new(stream))
            }
        };
        Ok(Self {
            tcp,
            stream,
            http2,
            pending: VecDeque::new(),
            has_sent: false,
            has_read_preface: false,
            request_stream: 1,
        })
    }

    /// Returns whether the connection is still open after the last step.
    pub fn run(&mut self, steps: &[Step], server: &State) -> io::Result<bool> {
        for step in steps {
            match step {
                Step::Receive => self.read_request()?,
                Step::Send(bytes) => self.send(bytes)?,
                Step::SendTimes(times, bytes) => (0..*times).try_for_each(|_| self.send(bytes))?,
                Step::Respond(status, body) => self.respond(*status, body)?,
                Step::SendBelowTls(bytes) => self.tcp.write_all(bytes)?,
                Step::Trickle(bytes) => {
                    for byte in bytes {
                        self.send(&[*byte])?;
                        thread::sleep(TRICKLE_PAUSE);
                    }
                }
                Step::Flood(bytes) => {
                    while server.misbehaves() {
                        self.send(bytes)?;
                        self.drain_incoming()?;
                    }
                }
                Step::Repeat(milliseconds, bytes) => {
                    while server.misbehaves() {
                        self.send(bytes)?;
                        self.drain_incoming()?;
                        thread::sleep(Duration::from_millis(*milliseconds));
                    }
                }
                Step::ServeUntilIdle(milliseconds) => self.serve_until_idle(Duration::from_millis(*milliseconds))?,
                Step::Wait(milliseconds) => thread::sleep(Duration::from_millis(*milliseconds)),
                Step::Handshake(change) => {
                    let flight = tls_server::first_flight(&mut self.tcp)?;
                    self.tcp.write_all(&change(flight))?;
                }
                Step::Close => {
                    self.close_tls()?;
                    return self.close_tcp();
                }
                Step::CloseTcp => return self.close_tcp(),
                Step::Reset => {
                    SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO))?;
                    return Ok(false);
                }
                Step::Hang => return self.wait_until_closed(),
            }
        }
        Ok(true)
    }

    /// Responds to every request as the API does, until the connection ends.
    pub fn serve_correctly(&mut self) -> io::Result<()> {
        loop {
            self.read_request()?;
            self.respond(200, GOOD.as_bytes())?;
        }
    }

    fn serve_until_idle(&mut self, idle: Duration) -> io::Result<()> {
        self.tcp.set_read_timeout(Some(idle))?;
        let ended = self.serve_correctly();
        self.tcp.set_read_timeout(Some(IO_TIMEOUT))?;
        match ended {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            ended => ended,
        }
    }

    fn read_request(&mut self) -> io::Result<()> {
        if self.http2 { self.read_http2_request() } else { self.read_http1_request() }
    }

    /// Reads to the end of the head: the requests of these tests have no bodies.
    fn read_http1_request(&mut self) -> io::Result<()> {
        let (mut head, mut byte) = (vec![], [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(())
    }

    fn read_http2_request(&mut self) -> io::Result<()> {
        if !self.has_sent {
            self.send(&frames::settings(&[]))?;
        }
        if !self.has_read_preface {
            self.read_exact(&mut [0; frames::PREFACE.len()])?;
            self.has_read_preface = true;
        }
        loop {
            let frame = Frame::read(self)?;
            match frame.kind {
                frames::HEADERS => {
                    self.request_stream = frame.stream;
                    return Ok(());
                }
                frames::SETTINGS if !frame.is_ack() => self.send(&frames::settings_ack())?,
                frames::PING if !frame.is_ack() => self.send(&frames::pong(&frame.payload))?,
                _ => {}
            }
        }
    }

    fn respond(&mut self, status: u16, body: &[u8]) -> io::Result<()> {
        let bytes = match self.http2 {
            true => frames::response(self.request_stream, status, body),
            false => http1_with_length(&format!("{status} Some reason"), &[], body),
        };
        self.send(&bytes)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.has_sent = true;
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Reads whatever has arrived, so that the client never blocks on a full socket. Requests are
    /// kept for later.
    fn drain_incoming(&mut self) -> io::Result<()> {
        self.tcp.set_nonblocking(true)?;
        let mut buffer = [0; 16 * 1024];
        let ended = loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.pending.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.tcp.set_nonblocking(false)?;
        if self.has_read_preface {
            Frame::keep_requests(&mut self.pending);
        }
        ended
    }

    fn close_tls(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(_) => Ok(()),
            Stream::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.conn.complete_io(&mut stream.sock).map(|_| ())
            }
        }
    }

    fn close_tcp(&mut self) -> io::Result<bool> {
        self.tcp.shutdown(Shutdown::Write)?;
        self.wait_until_closed()
    }

    /// Reads until the client closes: closing with unread bytes resets the connection, and the
    /// client may lose what was sent.
    fn wait_until_closed(&mut self) -> io::Result<bool> {
        while self.tcp.read(&mut [0; 4096])? > 0 {}
        Ok(false)
    }
}

impl Read for Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() { self.stream.read(buffer) } else { self.pending.read(buffer) }
    }
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}
