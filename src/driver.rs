//! The thread of a queue, which does the work of all its calls.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::call::Call;
use crate::cause;
use crate::client::{Admission, Client, Request};
use crate::error::Error;
use crate::ffi::guard;
use crate::ffi::handle::InUse;
use crate::notices::Notices;
use crate::pause_count::Hold;
use crate::queue::{Completion, Completions};
use crate::transport::{self, Engine, Http};

/// A call takes 70 KB at most; the rest is room for what the system does on a thread.
const STACK_BYTES: usize = 512 * 1024;
/// Connections are not given up more often than this, however many calls find theirs stuck.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// Starts the thread. It ends when the sender is gone, and with it the calls that are under way.
pub fn start() -> Result<UnboundedSender<Job>, Error> {
    let (sender, jobs) = unbounded_channel();
    let runtime = transport::runtime()?;
    let work = move || {
        guard::quiet_thread();
        // Should it panic, the jobs end with it, and each of them says so.
        let _ = guard::caught(|| {
            // Connections of calls that are dropped go back to their pool, which needs the runtime.
            let entered = runtime.enter();
            let calls = LocalSet::new();
            calls.block_on(&runtime, drive(jobs));
            drop(calls);
            drop(entered);
            runtime.shutdown_background();
        });
    };
    let _signals = guard::SignalsBlocked::new();
    std::thread::Builder::new()
        .name("anchor-queue".into())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map_err(|reason| Error::ResourceExhausted(cause::exhausted("no thread for the queue", &reason)))?;
    Ok(sender)
}

async fn drive(mut jobs: UnboundedReceiver<Job>) {
    let connections = Rc::new(Connections::default());
    while let Some(job) = jobs.recv().await {
        tokio::task::spawn_local(job.run(Rc::clone(&connections)));
    }
}

/// The HTTP client of each engine, whose connections the calls share.
#[derive(Default)]
struct Connections {
    known: RefCell<Vec<Known>>,
}

struct Known {
    engine: Weak<Engine>,
    http: Http,
    since: Instant,
}

impl Connections {
    fn of(&self, engine: &Arc<Engine>) -> Http {
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.iter().find(|known| known.engine.as_ptr() == Arc::as_ptr(engine)) {
            return known.http.clone();
        }
        known.retain(|known| known.engine.strong_count() > 0);
        let http = engine.shared_http();
        known.push(Known { engine: Arc::downgrade(engine), http: http.clone(), since: Instant::now() });
        http
    }

    /// Has new calls open new connections: one may be dead, and HTTP/2 would go on using it. Calls that are under way
    /// keep theirs.
    fn give_up(&self) {
        self.known.borrow_mut().retain(|known| known.since.elapsed() < SHORTEST_LIFETIME);
    }
}

/// A call on its way through a queue. However it ends, its drop makes it a completion.
pub struct Job {
    tag: u64,
    client: InUse<Client>,
    call: InUse<Call>,
    request: Request,
    admission: Admission,
    completions: Arc<Completions>,
    ended: Option<Ended>,
}

/// How a call ended, and what its log is to be told.
struct Ended {
    result: Result<Option<Hold>, Error>,
    lines: Vec<(i32, String)>,
}

impl Job {
    /// Of a call that was handed over.
    pub fn new(
        tag: u64,
        client: InUse<Client>,
        call: InUse<Call>,
        request: Request,
        admission: Admission,
        completions: Arc<Completions>,
    ) -> Self {
        Self { tag, client, call, request, admission, completions, ended: None }
    }

    async fn run(mut self, connections: Rc<Connections>) {
        let running = self.call.taken_over();
        let notices = Notices::kept(&running, self.client.log().cloned());
        let http_of = |engine: &Arc<Engine>| connections.of(engine);
        let (mut result, stuck) =
            self.client.send_beside(&self.request, self.admission, &running, &notices, http_of).await;
        if stuck {
            connections.give_up();
        }
        if let Ok(Some(hold)) = &mut result {
            // The host may be slow to take the completion; until then the recording counts as held.
            hold.settle();
        }
        let lines = notices.lines();
        self.ended = Some(Ended { result, lines });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let Ended { result, lines } = self.ended.take().unwrap_or_else(|| Ended {
            result: Err(Error::Internal("the thread of the queue ended before the call did".into())),
            lines: vec![],
        });
        // Whoever hears of the end may download to the file again.
        self.request.download.take();
        self.call.release();
        self.completions.put(Completion { tag: self.tag, result, log: self.client.log().cloned(), lines });
    }
}
