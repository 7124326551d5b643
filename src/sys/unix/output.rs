//! Pipes, FIFOs and other open descriptors that are written byte by byte.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use super::standard_descriptors::StandardDescriptors;

/// The most bytes that a pipe takes without waiting if it is ready, even in blocking mode.
const READY_BYTES: usize = 4096;

/// The descriptor of this process that a path names, such as `/dev/stdout`.
pub fn number_of(path: &Path) -> Option<i32> {
    match path.to_str()? {
        "/dev/stdout" => Some(1),
        "/dev/stderr" => Some(2),
        path => path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"))?.parse().ok(),
    }
}

/// Duplicates a descriptor of the host that can be written. The duplicate is not inherited, and
/// shares its position.
pub fn duplicate(number: i32) -> io::Result<File> {
    // SAFETY: these requests take a number. A descriptor that is not open is an error.
    let (flags, copy) = unsafe {
        let flags = libc::fcntl(number, libc::F_GETFL);
        (flags, if flags == -1 { -1 } else { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) })
    };
    if copy == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: this function made the descriptor, and nothing else has it.
    let file = unsafe { File::from_raw_fd(copy) };
    if flags & libc::O_ACCMODE == libc::O_RDONLY {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    if file.is_terminal() {
        return Err(io::Error::other("it is a terminal"));
    }
    Ok(file)
}

/// Opens a FIFO. Returns `None` while nobody reads it.
pub fn open_fifo(path: &Path) -> io::Result<Option<File>> {
    let _guard = StandardDescriptors::occupy()?;
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW;
    match OpenOptions::new().write(true).custom_flags(flags).open(path) {
        Ok(file) if file.metadata()?.file_type().is_fifo() => Ok(Some(file)),
        Ok(_) => Err(io::Error::other("another process replaced it in the same moment")),
        Err(reason) if reason.raw_os_error() == Some(libc::ENXIO) => Ok(None),
        Err(reason) => Err(reason),
    }
}

/// Writes bytes for at most so long, and while `goes_on` returns true. Returns how many the reader took,
/// and the failure that came after them. The mode of the descriptor stays as the host set it.
pub fn write_some(
    mut file: &File,
    bytes: &[u8],
    patience: Duration,
    goes_on: impl Fn() -> bool,
) -> (usize, io::Result<()>) {
    let begun = Instant::now();
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            break;
        }
        match is_ready(file, left) {
            Ok(true) if goes_on() => {}
            Ok(_) => break,
            Err(reason) => return (written, Err(reason)),
        }
        match file.write(rest.get(..READY_BYTES).unwrap_or(rest)) {
            Ok(count) => written += count,
            // Another writer was faster.
            Err(reason) if matches!(reason.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(reason) => return (written, Err(reason)),
        }
    }
    (written, Ok(()))
}

/// Whether nobody can read any more what is written.
pub fn is_broken(file: &File) -> bool {
    poll(file, Duration::ZERO).is_ok_and(|events| events & (libc::POLLERR | libc::POLLNVAL) != 0)
}

/// Whether a write does not wait. One that fails at once is ready, too.
fn is_ready(file: &File, patience: Duration) -> io::Result<bool> {
    Ok(poll(file, patience)? != 0)
}

fn poll(file: &File, patience: Duration) -> io::Result<i16> {
    let mut entry = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: it is one entry, which may be written.
    match unsafe { libc::poll(&mut entry, 1, milliseconds) } {
        -1 => match io::Error::last_os_error() {
            reason if reason.kind() == io::ErrorKind::Interrupted => Ok(0),
            reason => Err(reason),
        },
        _ => Ok(entry.revents),
    }
}
