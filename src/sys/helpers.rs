//! Short-lived threads for work that may block: name look-ups and files.
//!
//! Their number is bounded for the whole process, because a system that hangs keeps each of them
//! for as long as it likes. Work that finds all of them busy waits in line.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::panics::caught;
use super::per_process::PerProcess;
use super::threads;

/// The helper threads for one purpose. A forked child starts with none.
pub struct Helpers {
    name: &'static str,
    most: usize,
    /// A thread without work ends after this time.
    linger: Duration,
    shared: PerProcess<Arc<Shared>>,
}

#[derive(Default)]
struct Shared {
    line: Mutex<Line>,
    arrival: Condvar,
}

#[derive(Default)]
struct Line {
    work: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

type Work = Box<dyn FnOnce() + Send>;

impl Helpers {
    /// At most so many threads of this name. One without work ends after `linger`.
    pub const fn new(name: &'static str, most: usize, linger: Duration) -> Self {
        Self { name, most, linger, shared: PerProcess::new() }
    }

    /// Runs `work` on a helper thread, in the order of arrival. Never waits. Fails if there is no
    /// thread and none can be started.
    pub fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let shared = self.shared.get_or_init(Arc::default);
        let mut line = shared.lock();
        line.work.push_back(Box::new(work));
        if line.idle >= line.work.len() {
            shared.arrival.notify_one();
        } else if line.threads < self.most {
            let (server, linger) = (Arc::clone(shared), self.linger);
            match threads::spawn(self.name, move || server.serve(linger)) {
                Ok(_) => line.threads += 1,
                Err(reason) if line.threads == 0 => {
                    let refused = line.work.pop_back();
                    drop(line);
                    drop(refused);
                    return Err(reason);
                }
                // A thread that is busy takes the work later.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Whether all threads are busy and work waits in line.
    pub fn are_exhausted(&self) -> bool {
        let line = self.shared.get_or_init(Arc::default).lock();
        line.threads == self.most && !line.work.is_empty()
    }
}

impl Shared {
    fn serve(&self, linger: Duration) {
        while let Some(work) = self.next(linger) {
            let _ = caught(work);
        }
    }

    /// Takes the next work. Returns `None` if the thread is to end, which then no longer counts.
    fn next(&self, linger: Duration) -> Option<Work> {
        let mut line = self.lock();
        if line.work.is_empty() {
            line.idle += 1;
            drop(line);
            // Without a clock, the thread does not linger.
            let _ = caught(|| {
                let is_empty = |line: &mut Line| line.work.is_empty();
                drop(self.arrival.wait_timeout_while(self.lock(), linger, is_empty));
            });
            line = self.lock();
            line.idle -= 1;
        }
        let work = line.work.pop_front();
        if work.is_none() {
            line.threads -= 1;
        }
        work
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn work_waits_in_line_if_all_threads_are_busy() {
        static HELPERS: Helpers = Helpers::new("test-helper", 2, Duration::from_millis(50));
        let (blocked, released): (Vec<_>, Vec<_>) = (0..2).map(|_| channel::<()>()).unzip();
        for wait in released {
            HELPERS.run(move || wait.recv().unwrap_or_default()).unwrap();
        }
        let (sender, receiver) = channel();
        for number in 0..10 {
            let sender = sender.clone();
            HELPERS.run(move || sender.send(number).unwrap()).unwrap();
        }
        assert!(HELPERS.are_exhausted());
        assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
        drop(blocked);
        let done: Vec<_> = (0..10).map(|_| receiver.recv_timeout(Duration::from_secs(10)).unwrap()).collect();
        assert_eq!(done.iter().sum::<i32>(), 45);
        let deadline = Instant::now() + Duration::from_secs(10);
        while HELPERS.shared.get_or_init(Arc::default).lock().threads > 0 {
            assert!(Instant::now() < deadline, "the threads did not end");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_panic_keeps_its_thread_usable() {
        static HELPERS: Helpers = Helpers::new("test-helper", 1, Duration::ZERO);
        let (sender, receiver) = channel();
        HELPERS.run(|| panic!("on purpose")).unwrap();
        HELPERS.run(move || sender.send(1).unwrap()).unwrap();
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(1));
    }
}
