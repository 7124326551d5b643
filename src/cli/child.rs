//! The command that runs while the recording is paused.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, getpgid, wait};
use rustix::termios::tcgetpgrp;

use super::signals::Signals;
use crate::sys::signals::{self, Received};

/// Starts the command.
pub fn start(command: &[OsString], signals: &Signals) -> io::Result<Pid> {
    let Some((program, arguments)) = command.split_first() else { return Err(io::ErrorKind::NotFound.into()) };
    let mut command = Command::new(program);
    signals.unblock_in(command.args(arguments));
    Ok(Pid::from_child(&command.spawn()?))
}

/// Waits until the command has ended, and passes every signal on to it.
pub fn wait_for(child: Pid, signals: &Signals) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = reap(child)? {
            return Ok(status);
        }
        // SIGCHLD is blocked: if a child ends after `reap`, this returns at once.
        if let Some(signal) = signals.wait()
            && !came_from_keyboard_to_both(signal, child)
        {
            // The child was not reaped, so its id is not reused. If it runs as another user, the
            // signal fails, and the wait continues.
            let _ = signals::send(child.as_raw_pid(), signal.number);
        }
    }
}

/// Reaps the children that have ended. Returns the command's status if it is among them.
///
/// The others are orphans, which become children of the first process of a container. Without this,
/// they would stay zombies.
fn reap(command: Pid) -> io::Result<Option<ExitStatus>> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == command => return Ok(Some(ExitStatus::from_raw(status.as_raw()))),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return Ok(None),
            Err(reason) => return Err(reason.into()),
        }
    }
}

/// Whether the terminal sent this signal for a key, and sent it to the command as well.
///
/// The terminal sends it to its foreground process group, which the command may have left. If the
/// groups are unknown, the answer is no: a signal that arrives twice does less harm than one that
/// never arrives.
fn came_from_keyboard_to_both(signal: Received, command: Pid) -> bool {
    if !signal.from_kernel || !matches!(signal.number, libc::SIGINT | libc::SIGQUIT) {
        return false;
    }
    // Without O_NONBLOCK, opening a serial line could wait for its carrier.
    let terminal = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open("/dev/tty");
    let foreground = terminal.ok().and_then(|terminal| tcgetpgrp(terminal).ok());
    foreground.is_some() && foreground == getpgid(Some(command)).ok()
}
