//! Calls that complete later: any number at once, on one thread for each queue.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::call::Call;
use crate::client::{Admission, Client, Request};
use crate::driver::{self, Job};
use crate::error::Error;
use crate::ffi::guard;
use crate::ffi::handle::InUse;
use crate::ffi::readiness::Readiness;
use crate::notices::Log;
use crate::pause_count::Hold;
use crate::process::PerProcess;

/// Where calls complete.
pub struct Queue {
    capacity: usize,
    /// A forked child begins with an empty one: the thread that works for its parent is not there.
    state: PerProcess<State>,
}

struct State {
    completions: Arc<Completions>,
    /// The way to the thread that does the work, which the first call starts; it ends when this is gone.
    jobs: Mutex<Option<UnboundedSender<Job>>>,
}

/// What is complete and not yet taken.
pub struct Completions {
    list: Mutex<List>,
    arrival: Condvar,
    readiness: Readiness,
    /// Calls that are under way or complete, and not yet taken.
    calls: AtomicUsize,
}

#[derive(Default)]
struct List {
    waiting: VecDeque<Completion>,
    closed: bool,
}

/// How a call ended.
pub struct Completion {
    pub tag: u64,
    pub result: Result<Option<Hold>, Error>,
    pub log: Option<Arc<Log>>,
    /// What the log has not heard yet.
    pub lines: Vec<(i32, String)>,
}

impl Completion {
    /// Tells the host's log, on the thread that takes the completion.
    pub fn tell_log(&mut self) {
        for (level, line) in std::mem::take(&mut self.lines) {
            if let Some(log) = &self.log {
                log(level, &line);
            }
        }
    }
}

impl Queue {
    /// Starts nothing: the first call does.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: PerProcess::new() }
    }

    /// Begins a call; what it comes to is a completion.
    pub fn submit(&self, tag: u64, client: InUse<Client>, call: InUse<Call>, request: Request) -> Result<(), Error> {
        let state = self.state()?;
        let completions = &state.completions;
        let more = |calls: usize| (calls < self.capacity).then_some(calls + 1);
        if completions.calls.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_err() {
            return Err(Error::ResourceExhausted(format!(
                "the queue is full: it holds {} calls; take completed ones with anchor_queue_next",
                self.capacity
            )));
        }
        let place = Place(completions);
        let begun = guard::caught(tokio::time::Instant::now);
        let running = call.begin()?;
        if running.progress().is_some() {
            return Err(Error::argument(
                "call",
                "has a progress function and a queue: remove the function, and ask anchor_call_transferred instead",
            ));
        }
        let mut jobs = lock(&state.jobs);
        if jobs.as_ref().is_none_or(UnboundedSender::is_closed) {
            *jobs = Some(driver::start()?);
        }
        let limits = client.limits(&running, begun)?;
        // Last of what may fail: the host may end the hold again if the call does not begin.
        let is_needed = client.release(&request)?;
        running.hand_over();
        std::mem::forget(place);
        let job = Job::new(tag, client, call, request, Admission { limits, is_needed }, Arc::clone(completions));
        if let Some(jobs) = jobs.as_ref() {
            // A job that nobody takes comes back, and completes with the reason.
            drop(jobs.send(job));
        }
        Ok(())
    }

    /// Readable while completions wait.
    pub fn descriptor(&self) -> Result<i32, Error> {
        Ok(self.state()?.completions.readiness.descriptor())
    }

    /// The completion that has waited longest; `None` if none came in time.
    pub fn next(&self, timeout: Duration) -> Result<Option<Completion>, Error> {
        let completions = &self.state()?.completions;
        let deadline = Instant::now() + timeout;
        let mut list = lock(&completions.list);
        loop {
            if list.closed {
                return Err(Error::InvalidHandle(
                    "queue: it was freed by another thread while this one waited: stop using it".into(),
                ));
            }
            if let Some(completion) = completions.take(&mut list) {
                return Ok(Some(completion));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            list = completions.arrival.wait_timeout(list, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the calls that are under way, and wakes who waits: the queue is about to be freed.
    pub fn close(&self) {
        let Ok(state) = self.state() else { return };
        lock(&state.completions.list).closed = true;
        state.completions.arrival.notify_all();
        lock(&state.jobs).take();
    }

    fn state(&self) -> Result<&State, Error> {
        self.state.get_or_try_init(|| Ok(State { completions: Arc::new(Completions::new()?), jobs: Mutex::default() }))
    }
}

impl Completions {
    fn new() -> Result<Self, Error> {
        let (list, arrival, calls) = Default::default();
        Ok(Self { list, arrival, readiness: Readiness::new()?, calls })
    }

    pub fn put(&self, completion: Completion) {
        let mut list = lock(&self.list);
        if list.closed {
            return;
        }
        list.waiting.push_back(completion);
        if list.waiting.len() == 1 {
            self.readiness.set();
        }
        drop(list);
        self.arrival.notify_one();
    }

    fn take(&self, list: &mut List) -> Option<Completion> {
        let completion = list.waiting.pop_front()?;
        if list.waiting.is_empty() {
            self.readiness.clear();
        }
        self.calls.fetch_sub(1, Ordering::AcqRel);
        Some(completion)
    }
}

/// A call's place in the queue, given back when it is not begun.
struct Place<'a>(&'a Completions);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::client::Limits;
    use crate::ffi::handle::{self, Kind, Object};
    use crate::options::{Configuration, Options};
    use crate::recordings;

    fn in_use<K: Kind>(object: Object) -> InUse<K> {
        handle::find(handle::insert::<K>(object).unwrap(), "object").unwrap()
    }

    #[test]
    fn the_file_of_a_download_is_free_before_it_completes() {
        let client = || {
            let configuration = Configuration::new(Some(b"sk"), &Options::default()).unwrap();
            in_use::<Client>(Object::Client(Client::new(configuration)))
        };
        let (client, of_job) = (client(), client());
        let call = in_use::<Call>(Object::Call(Call::new()));
        let file = std::env::temp_dir().join(format!("anchor-queue-{}.mp4", std::process::id()));
        let download = || recordings::download(&client, b"abc", file.to_str().unwrap().as_bytes());
        let request = download().unwrap();
        call.begin().unwrap().hand_over();
        let limits = Limits { timeout: Duration::from_secs(1), deadline: tokio::time::Instant::now() };
        let admission = Admission { limits, is_needed: true };
        assert!(download().is_err());
        let completions = Arc::new(Completions::new().unwrap());
        let job = Job::new(7, of_job, call, request, admission, Arc::clone(&completions));
        thread::scope(|scope| {
            // It cannot complete meanwhile.
            let list = lock(&completions.list);
            scope.spawn(|| drop(job));
            let deadline = Instant::now() + Duration::from_secs(10);
            while download().is_err() {
                assert!(Instant::now() < deadline, "the file is not free");
                thread::yield_now();
            }
            assert!(list.waiting.is_empty());
        });
        assert_eq!(lock(&completions.list).waiting.len(), 1);
    }
}
