//! A socket that an event loop can poll: it is readable while something is ready.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;
use std::thread;
use std::time::Duration;

use crate::error::Error;

/// Attempts, a millisecond apart, until the system hands over the connection that it has made.
const ATTEMPTS: u32 = 1000;

/// A pollable flag. Setting and clearing it never waits, whatever the host does with the socket.
pub struct Readiness {
    read: TcpStream,
    write: TcpStream,
}

impl Readiness {
    pub fn new() -> Result<Self, Error> {
        let what = || format!("no descriptor ({CALL}) for the queue");
        let (read, write) = pair().map_err(|reason| Error::exhausted(&what(), &reason))?;
        Ok(Self { read, write })
    }

    /// The socket. Windows gives it a number that fits.
    pub fn descriptor(&self) -> i32 {
        self.read.as_raw_socket() as i32
    }

    pub fn set(&self) {
        // Fails only if the flag is already set.
        let _ = (&self.write).write(&[1]);
    }

    pub fn clear(&self) {
        let mut set = [0; 64];
        while (&self.read).read(&mut set).is_ok_and(|count| count == set.len()) {}
    }
}

/// What a pair is made by.
const CALL: &str = "socket";

/// Windows polls sockets only, and makes no pair of them: so one connects to the other. Another program
/// that connects in the same moment has another port, and is turned away.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let write = TcpStream::connect(listener.local_addr()?)?;
    let ours = write.local_addr()?;
    // If another program took the port from this listener, nothing arrives here.
    listener.set_nonblocking(true)?;
    for _ in 0..ATTEMPTS {
        match listener.accept() {
            Ok((read, peer)) if peer == ours => {
                for end in [&read, &write] {
                    end.set_nonblocking(true)?;
                    end.set_nodelay(true)?;
                }
                return Ok((read, write));
            }
            Ok(_) => {}
            Err(reason) if reason.kind() == io::ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
            Err(reason) => return Err(reason),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}
