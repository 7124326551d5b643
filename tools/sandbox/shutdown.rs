//! The end of the process: a signal or, with --exit-with-stdin, the end of standard input.

use std::future::{Future, pending};
use std::io;
use std::thread;

use tokio::sync::oneshot;

/// Completes when the process should end.
pub fn requested(with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    let terminated = terminated()?;
    let stdin_ended = with_stdin.then(stdin_end);
    Ok(async move {
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
            () = async {
                match stdin_ended {
                    Some(ended) => drop(ended.await),
                    None => pending().await,
                }
            } => {}
        }
    })
}

#[cfg(unix)]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut signal = signal(SignalKind::terminate())?;
    Ok(async move {
        signal.recv().await;
    })
}

#[cfg(not(unix))]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    Ok(pending())
}

/// Reads standard input on a separate thread, because a blocking task would keep the process alive.
fn stdin_end() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    receiver
}
