//! Standard input and output, which whoever started this process may have made non-blocking: a
//! shell's neighbour in a pipeline, for example, that sets the mode of a shared terminal.

use std::io::{self, Read};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Writes everything, however slow the reader is.
pub fn write_all(output: &impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(output, bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait(output, PollFlags::OUT)?,
            Err(reason) => return Err(reason.into()),
        }
    }
    Ok(())
}

/// Reads standard input to its end.
pub fn read_to_string() -> io::Result<String> {
    io::read_to_string(Patient(io::stdin()))
}

/// A reader that waits where another would say that there is nothing to read yet.
struct Patient<R>(R);

impl<R: Read + AsFd> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(reason) if reason.kind() == io::ErrorKind::WouldBlock => wait(&self.0, PollFlags::IN)?,
                done => return done,
            }
        }
    }
}

fn wait(descriptor: &impl AsFd, flags: PollFlags) -> io::Result<()> {
    match poll(&mut [PollFd::new(descriptor, flags)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(reason) => Err(reason.into()),
    }
}
