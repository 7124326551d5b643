//! The worker of a queue: one thread that does the work of all its calls.
//!
//! While calls are in flight, it drives them and their connections. Otherwise it sleeps, and nothing
//! that a peer sends can keep it busy.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::driver::Driver;
use super::job::Job;
use crate::error::Error;
use crate::sys::{caught, threads};
use crate::transport::{IDLE_TIMEOUT, budget, engine_end};

/// Starts the worker. It ends when the sender is dropped, and the running calls end with it.
pub fn start() -> Result<UnboundedSender<Box<Job>>, Error> {
    let (sender, jobs) = unbounded_channel();
    threads::spawn("anchor-queue", || work(jobs))
        .map_err(|reason| Error::exhausted("no thread for the queue", &reason))?;
    Ok(sender)
}

/// Does the jobs until the queue is freed.
fn work(mut jobs: UnboundedReceiver<Box<Job>>) {
    let mut driver = None;
    loop {
        // Without a clock, no time passes: the worker gives up its connections and needs none.
        match caught(|| next(&mut jobs, driver.as_ref())).unwrap_or(Next::TooLongIdle) {
            Next::Job(job) => driver = run(driver, job, &mut jobs),
            Next::Orphans => driver = driver.and_then(without_orphans),
            Next::TooLongIdle => drop_quietly(driver.take()),
            Next::Freed => break,
        }
    }
    drop_quietly(driver);
}

/// Runs a job and all that arrive meanwhile. If that panics, each of them completes with an error,
/// and the driver is not used again. So it is if the host has closed its descriptors.
fn run(driver: Option<Driver>, job: Box<Job>, jobs: &mut UnboundedReceiver<Box<Job>>) -> Option<Driver> {
    let driver = match caught(|| driver.map_or_else(Driver::new, Ok)).and_then(|driver| driver) {
        Ok(driver) => driver,
        Err(error) => {
            job.fail(error);
            return None;
        }
    };
    if caught(|| driver.run(job, jobs)).is_err() {
        // Not while the panic unwinds: a second panic would then end the process.
        drop_quietly(Some(driver));
        return None;
    }
    Some(driver)
}

/// The driver without the connections that no call will use again, unless it is broken.
fn without_orphans(driver: Driver) -> Option<Driver> {
    match caught(|| driver.close_orphans()) {
        Ok(()) => Some(driver),
        Err(_) => {
            drop_quietly(Some(driver));
            None
        }
    }
}

fn drop_quietly(driver: Option<Driver>) {
    let _ = caught(|| drop(driver));
}

/// Why the worker wakes up.
enum Next {
    Job(Box<Job>),
    /// Its connections were not used for long, or another call needs their place.
    TooLongIdle,
    /// The last client for some of its connections has ended.
    Orphans,
    Freed,
}

/// Sleeps until there is something to do.
fn next(jobs: &mut UnboundedReceiver<Box<Job>>, driver: Option<&Driver>) -> Next {
    let (mut shortage, mut engine_end) = (pin!(budget().shortage()), pin!(engine_end()));
    let next = poll_fn(|context| match (jobs.poll_recv(context), driver) {
        (Poll::Ready(Some(job)), _) => Poll::Ready(Next::Job(job)),
        (Poll::Ready(None), _) => Poll::Ready(Next::Freed),
        (Poll::Pending, None) => Poll::Pending,
        (Poll::Pending, Some(_)) if budget().is_short() => Poll::Ready(Next::TooLongIdle),
        (Poll::Pending, Some(driver)) => {
            // Before the look, so that no end is missed.
            while engine_end.as_mut().poll(context).is_ready() {
                engine_end.set(self::engine_end());
            }
            match driver.has_orphans() {
                true => Poll::Ready(Next::Orphans),
                false => shortage.as_mut().poll(context).map(|()| Next::TooLongIdle),
            }
        }
    });
    threads::block_on(next, driver.map(|_| IDLE_TIMEOUT)).unwrap_or(Next::TooLongIdle)
}
