//! One connection of the server.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::frames::{self, Frame};
use crate::script::{GOOD, Step, http1_whole};
use crate::server::State;
use crate::tls;

const LONGEST_WAIT: Duration = Duration::from_secs(20);
const BETWEEN_BYTES: Duration = Duration::from_millis(20);

pub struct Peer {
    tcp: TcpStream,
    stream: Stream,
    http2: bool,
    /// What came while the server spoke.
    unheard: VecDeque<u8>,
    /// Whether anything was said; an HTTP/2 server begins.
    has_spoken: bool,
    has_read_preface: bool,
    /// The stream of the last request.
    request: u32,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    pub fn new(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>, http2: bool) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(LONGEST_WAIT))?;
        tcp.set_write_timeout(Some(LONGEST_WAIT))?;
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
            unheard: VecDeque::new(),
            has_spoken: false,
            has_read_preface: false,
            request: 1,
        })
    }

    /// Says whether the connection goes on after the last step.
    pub fn play(&mut self, steps: &[Step], server: &State) -> io::Result<bool> {
        for step in steps {
            match step {
                Step::Hear => self.hear()?,
                Step::Say(bytes) => self.say(bytes)?,
                Step::Answer(status, body) => self.answer(*status, body)?,
                Step::SayRaw(bytes) => self.tcp.write_all(bytes)?,
                Step::Trickle(bytes) => {
                    for byte in bytes {
                        self.say(&[*byte])?;
                        thread::sleep(BETWEEN_BYTES);
                    }
                }
                Step::Forever(bytes) => {
                    while server.misbehaves() {
                        self.say(bytes)?;
                        self.take_what_came()?;
                    }
                }
                Step::Slowly(milliseconds, bytes) => {
                    while server.misbehaves() {
                        self.say(bytes)?;
                        self.take_what_came()?;
                        thread::sleep(Duration::from_millis(*milliseconds));
                    }
                }
                Step::ServeUntilIdle(milliseconds) => self.serve_until_idle(Duration::from_millis(*milliseconds))?,
                Step::Wait(milliseconds) => thread::sleep(Duration::from_millis(*milliseconds)),
                Step::Handshake(change) => {
                    let flight = tls::first_flight(&mut self.tcp)?;
                    self.tcp.write_all(&change(flight))?;
                }
                Step::Close => {
                    self.end_tls()?;
                    return self.end();
                }
                Step::Cut => return self.end(),
                Step::Reset => {
                    SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO))?;
                    return Ok(false);
                }
                Step::Stay => return self.until_closed(),
            }
        }
        Ok(true)
    }

    /// Answers every request as the API does.
    pub fn serve_well(&mut self) -> io::Result<()> {
        loop {
            self.hear()?;
            self.answer(200, GOOD.as_bytes())?;
        }
    }

    fn serve_until_idle(&mut self, idle: Duration) -> io::Result<()> {
        self.tcp.set_read_timeout(Some(idle))?;
        let ended = self.serve_well();
        self.tcp.set_read_timeout(Some(LONGEST_WAIT))?;
        match ended {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            ended => ended,
        }
    }

    fn hear(&mut self) -> io::Result<()> {
        if self.http2 { self.hear_http2() } else { self.hear_http1() }
    }

    /// The requests of these tests have no bodies.
    fn hear_http1(&mut self) -> io::Result<()> {
        let (mut head, mut byte) = (vec![], [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(())
    }

    fn hear_http2(&mut self) -> io::Result<()> {
        if !self.has_spoken {
            self.say(&frames::settings(&[]))?;
        }
        if !self.has_read_preface {
            self.read_exact(&mut [0; frames::PREFACE.len()])?;
            self.has_read_preface = true;
        }
        loop {
            let frame = Frame::read(self)?;
            match frame.kind {
                frames::HEADERS => {
                    self.request = frame.stream;
                    return Ok(());
                }
                frames::SETTINGS if !frame.is_ack() => self.say(&frames::settings_ack())?,
                frames::PING if !frame.is_ack() => self.say(&frames::pong(&frame.payload))?,
                _ => {}
            }
        }
    }

    fn answer(&mut self, status: u16, body: &[u8]) -> io::Result<()> {
        let bytes = match self.http2 {
            true => frames::answer(self.request, status, body),
            false => http1_whole(&format!("{status} Some reason"), &[], body),
        };
        self.say(&bytes)
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.has_spoken = true;
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// So that the client is never stopped by answers of its own that nobody takes; they are heard later.
    fn take_what_came(&mut self) -> io::Result<()> {
        self.tcp.set_nonblocking(true)?;
        let mut buffer = [0; 16 * 1024];
        let ended = loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.unheard.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.tcp.set_nonblocking(false)?;
        if self.has_read_preface {
            Frame::keep_requests(&mut self.unheard);
        }
        ended
    }

    fn end_tls(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(_) => Ok(()),
            Stream::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.conn.complete_io(&mut stream.sock).map(|_| ())
            }
        }
    }

    fn end(&mut self) -> io::Result<bool> {
        self.tcp.shutdown(Shutdown::Write)?;
        self.until_closed()
    }

    /// Closing at once would reset the connection if something of the client's is unread, and what was said be lost.
    fn until_closed(&mut self) -> io::Result<bool> {
        while self.tcp.read(&mut [0; 4096])? > 0 {}
        Ok(false)
    }
}

impl Read for Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unheard.is_empty() { self.stream.read(buffer) } else { self.unheard.read(buffer) }
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
