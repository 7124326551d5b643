//! The command that runs while the recording is paused.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::signals::Signals;

/// Runs the command to its end, whatever signals come.
pub fn run(command: &[OsString], signals: &Signals) -> io::Result<ExitStatus> {
    let Some((program, arguments)) = command.split_first() else { return Err(io::ErrorKind::NotFound.into()) };
    let mut child = Command::new(program).args(arguments).spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        for origin in signals.wait() {
            pass_on(&origin, &child);
        }
    }
}

/// One that a process sent came to us alone; the terminal's reach the child too. The child has not been waited for since
/// `try_wait`, so its id is still its own.
fn pass_on(origin: &Origin, child: &Child) {
    let signal = Signal::from_named_raw(origin.signal);
    if let (Cause::Sent(_), Some(signal)) = (origin.cause, signal) {
        let _ = kill_process(Pid::from_child(child), signal);
    }
}
