//! A socket that an event loop can poll: it is readable while something is ready.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::error::Error;

/// Attempts, a millisecond apart, until the system hands over the connection that it has made.
const ATTEMPTS: u32 = 1000;

/// How often the flag is looked at until a byte has arrived, which takes microseconds.
const LOOKS: u32 = 1000;

/// A pollable flag. Setting and clearing it never waits, whatever the host does with the socket.
pub struct Readiness {
    read: TcpStream,
    write: TcpStream,
    /// The bytes that were sent and not yet received. One that is still on its way when the flag is cleared
    /// would set it again.
    on_the_way: AtomicUsize,
}

impl Readiness {
    pub fn new() -> Result<Self, Error> {
        let what = || format!("no descriptor ({CALL}) for the queue");
        let (read, write) = pair().map_err(|reason| Error::exhausted(&what(), &reason))?;
        Ok(Self { read, write, on_the_way: AtomicUsize::new(0) })
    }

    /// The socket. Windows gives it a number that fits.
    pub fn descriptor(&self) -> i32 {
        self.read.as_raw_socket() as i32
    }

    pub fn set(&self) {
        // Fails only if the flag is already set.
        if (&self.write).write(&[1]).is_ok() {
            self.on_the_way.fetch_add(1, Ordering::SeqCst);
        }
    }

    pub fn clear(&self) {
        let mut missing = self.on_the_way.swap(0, Ordering::SeqCst);
        let mut received = [0; 64];
        for _ in 0..LOOKS {
            while let Some(count) = (&self.read).read(&mut received).ok().filter(|count| *count > 0) {
                missing = missing.saturating_sub(count);
            }
            // The host may have received some itself.
            if missing == 0 {
                return;
            }
            thread::yield_now();
        }
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
