//! A descriptor that an event loop can poll: it is readable while something is ready.

use std::fs::File;
use std::io::{Read, Write};
#[cfg(target_os = "linux")]
use std::os::fd::FromRawFd;
use std::os::fd::{AsRawFd, OwnedFd};

use super::standard_descriptors::StandardDescriptors;
use crate::error::Error;

/// A pollable flag. Setting and clearing it never waits, whatever the host does with the
/// descriptor.
pub struct Readiness {
    read: File,
    write: File,
}

impl Readiness {
    pub fn new() -> Result<Self, Error> {
        let pair = StandardDescriptors::occupy().and_then(|_guard| pair());
        let what = || format!("no descriptor ({CALL}) for the queue");
        let (read, write) = pair.map_err(|reason| Error::exhausted(&what(), &reason))?;
        Ok(Self { read: read.into(), write: write.into() })
    }

    pub fn descriptor(&self) -> i32 {
        self.read.as_raw_fd()
    }

    pub fn set(&self) {
        // Fails only if the flag is already set.
        let _ = (&self.write).write(&1_u64.to_ne_bytes());
    }

    pub fn clear(&self) {
        let _ = (&self.read).read(&mut [0; 8]);
    }
}

/// What a pair is made by.
#[cfg(target_os = "linux")]
const CALL: &str = "eventfd2";
#[cfg(not(target_os = "linux"))]
const CALL: &str = "socketpair";

#[cfg(target_os = "linux")]
fn pair() -> std::io::Result<(OwnedFd, OwnedFd)> {
    // SAFETY: eventfd takes no pointer. Unless it returns -1, the descriptor is new and has no
    // other owner.
    let read = unsafe {
        match libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) {
            -1 => return Err(std::io::Error::last_os_error()),
            descriptor => OwnedFd::from_raw_fd(descriptor),
        }
    };
    let write = read.try_clone()?;
    Ok((read, write))
}

#[cfg(not(target_os = "linux"))]
fn pair() -> std::io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = std::os::unix::net::UnixStream::pair()?;
    read.set_nonblocking(true)?;
    write.set_nonblocking(true)?;
    Ok((read.into(), write.into()))
}
