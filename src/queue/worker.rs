//! The worker of a queue: one thread that does the work of all its calls.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use super::completions::{Completion, Completions};
use crate::call::{Call, CallEvents};
use crate::client::{Admission, Client};
use crate::error::Error;
use crate::exchange::{Hold, Request};
use crate::sys::{caught, threads};
use crate::transport::{self, Engine, Http};

/// Connections are not discarded more often than this, however many calls find theirs dead.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// Starts the worker. It ends when the sender is dropped, and the running calls end with it.
pub fn start() -> Result<UnboundedSender<Job>, Error> {
    let (sender, jobs) = unbounded_channel();
    let runtime = transport::new_runtime()?;
    let work = move || {
        // If this panics, the jobs are dropped, and each of them completes with an error.
        let _ = caught(|| {
            // Connections of calls that are dropped return to their pool, which needs the runtime.
            let entered = runtime.enter();
            let calls = LocalSet::new();
            calls.block_on(&runtime, run_jobs(jobs));
            drop(calls);
            drop(entered);
            runtime.shutdown_background();
        });
    };
    threads::spawn("anchor-queue", work).map_err(|reason| Error::exhausted("no thread for the queue", &reason))?;
    Ok(sender)
}

async fn run_jobs(mut jobs: UnboundedReceiver<Job>) {
    let connections = Rc::new(Connections::default());
    while let Some(job) = jobs.recv().await {
        tokio::task::spawn_local(job.run(Rc::clone(&connections)));
    }
}

/// One HTTP client for each engine. Its connections are shared by the calls of the queue.
#[derive(Default)]
struct Connections {
    clients: RefCell<Vec<HttpOfEngine>>,
}

struct HttpOfEngine {
    engine: Weak<Engine>,
    http: Http,
    since: Instant,
}

impl Connections {
    fn http(&self, engine: &Arc<Engine>) -> Http {
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.iter().find(|client| client.engine.as_ptr() == Arc::as_ptr(engine)) {
            return client.http.clone();
        }
        clients.retain(|client| client.engine.strong_count() > 0);
        let http = engine.shared_http();
        clients.push(HttpOfEngine { engine: Arc::downgrade(engine), http: http.clone(), since: Instant::now() });
        http
    }

    /// Makes later calls open new connections: one may be dead, and HTTP/2 would keep using it.
    /// Running calls keep theirs.
    fn discard(&self) {
        self.clients.borrow_mut().retain(|client| client.since.elapsed() < SHORTEST_LIFETIME);
    }
}

/// A call that was submitted to a queue. However it ends, its drop makes it a completion.
pub struct Job {
    tag: u64,
    client: Arc<Client>,
    call: Arc<Call>,
    request: Request,
    admission: Admission,
    completions: Arc<Completions>,
    /// `None` if the job is dropped before the call has ended.
    end: Option<End>,
}

/// How a call ended, and the log lines that were deferred.
struct End {
    result: Result<Option<Hold>, Error>,
    lines: Vec<(i32, String)>,
}

impl Job {
    /// The job of a call that was handed over.
    pub fn new(
        tag: u64,
        client: Arc<Client>,
        call: Arc<Call>,
        request: Request,
        admission: Admission,
        completions: Arc<Completions>,
    ) -> Self {
        Self { tag, client, call, request, admission, completions, end: None }
    }

    async fn run(mut self, connections: Rc<Connections>) {
        let guard = self.call.resume();
        let events = CallEvents::deferred(&guard, self.client.log().cloned());
        let http_of = |engine: &Arc<Engine>| connections.http(engine);
        let (mut result, may_be_dead) =
            self.client.send_concurrently(&self.request, self.admission, &events, http_of).await;
        if may_be_dead {
            connections.discard();
        }
        if let Ok(Some(hold)) = &mut result {
            // The host may take the completion late. Until then the recording counts as held.
            hold.settle();
        }
        let lines = events.take_lines();
        self.end = Some(End { result, lines });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let End { result, lines } = self.end.take().unwrap_or_else(|| End {
            result: Err(Error::Internal("the thread of the queue ended before the call did".into())),
            lines: vec![],
        });
        // A host that sees the completion may download to the same file again.
        self.request.download.take();
        self.call.release();
        self.completions.push(Completion { tag: self.tag, result, log: self.client.log().cloned(), lines });
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::api::recordings;
    use crate::client::TimeLimit;
    use crate::config::{Configuration, Options};

    #[test]
    fn the_file_of_a_download_is_released_before_the_completion() {
        let client = Arc::new(Client::new(Configuration::new(Some(b"sk"), &Options::default()).unwrap()));
        let call = Arc::new(Call::new());
        let file = std::env::temp_dir().join(format!("anchor-queue-{}.mp4", std::process::id()));
        let download = || recordings::download(client.address(), b"abc", file.to_str().unwrap().as_bytes());
        let request = download().unwrap();
        call.begin().unwrap().hand_over();
        let time_limit = TimeLimit { timeout: Duration::from_secs(1), deadline: tokio::time::Instant::now() };
        let admission = Admission { time_limit, is_needed: true };
        assert!(download().is_err());
        let completions = Arc::new(Completions::new().unwrap());
        let job = Job::new(7, Arc::clone(&client), call, request, admission, Arc::clone(&completions));
        thread::scope(|scope| {
            let wait_for_release = || {
                scope.spawn(|| drop(job));
                let deadline = Instant::now() + Duration::from_secs(10);
                while download().is_err() {
                    assert!(Instant::now() < deadline, "the file was not released");
                    thread::yield_now();
                }
            };
            assert_eq!(completions.blocked(wait_for_release).0, 0);
        });
        assert_eq!(completions.blocked(|| ()).0, 1);
    }
}
