//! The engine and its lanes: how bytes travel on the calling thread.
//!
//! An engine is one TLS configuration and its lanes, shared by every client of the process that has the same
//! transport settings. A lane is a single-threaded runtime with an HTTP client of its own. A call works on a lane
//! alone, so no caller slows another; past a cap, or when descriptors run out, callers share lanes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use http::uri::Scheme;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pooling;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::cause;
use crate::connect::{Connector, Proxy};
use crate::error::Error;
use crate::ffi::{guard, limits};
use crate::process::PerProcess;
use crate::tls;

/// A lane takes 12 KB. Callers that share one wait for each other: of 1,000 on 64 lanes, one in a hundred waited a second.
const MAX_LANES: usize = 1024;
/// So many callers find lanes however many other calls are under way.
const MAX_KEPT_LANES: usize = 64;
/// Those of its runtime, and its idle connections.
const LANE_DESCRIPTORS: usize = 3 + MAX_IDLE_CONNECTIONS;
/// Connections that a lane keeps for later. Only one that was shared ever has more than one.
const MAX_IDLE_CONNECTIONS: usize = 2;
/// A lane that nobody needed for this long is closed.
const LANE_LIFETIME: Duration = Duration::from_secs(90);
/// So often the runtime looks at its timer while a connection brings more than is read: a flood would else outlast the
/// call's deadline by seconds.
const EVENT_INTERVAL: u32 = 4;
const TICK: Duration = Duration::from_secs(1);
/// Name look-ups run on threads of the runtime. One that hangs occupies its thread until the resolver gives up.
const MAX_RESOLVER_THREADS: usize = 4;
const RESOLVER_THREAD_LIFETIME: Duration = Duration::from_millis(1);

pub type Http = Pooling<Connector, Full<Bytes>>;
pub type HttpResponse = http::Response<Incoming>;

/// What distinguishes one engine from another.
#[derive(PartialEq)]
pub struct Settings {
    pub https: bool,
    /// Trusted beside the system's store.
    pub ca: Vec<CertificateDer<'static>>,
    pub proxy: Option<Proxy>,
}

impl Settings {
    /// For the proxy that requests go to; one that is asked for a tunnel is told them then.
    pub fn credentials_in_requests(&self) -> Option<&HeaderValue> {
        self.proxy.as_ref().filter(|_| !self.https)?.credentials.as_ref()
    }

    fn speaks_tls(&self) -> bool {
        self.https || self.proxy.as_ref().is_some_and(|proxy| proxy.uri.scheme() == Some(&Scheme::HTTPS))
    }
}

/// One TLS configuration and its lanes.
pub struct Engine {
    settings: Arc<Settings>,
    tls: rustls::ClientConfig,
    bounds: Bounds,
    /// One for each request on its way: a connection of its own, as far as the server speaks HTTP/1.1 only.
    places: Arc<Semaphore>,
    lanes: Mutex<Lanes>,
}

/// How much an engine takes of the descriptors, of which half are left to the host.
struct Bounds {
    lanes: usize,
    /// Lanes whose descriptors are kept for them; those of the others are taken from the places.
    kept_lanes: usize,
    places: usize,
}

impl Bounds {
    fn new(descriptors: usize) -> Self {
        let lanes = (descriptors / 20).clamp(1, MAX_LANES);
        let kept_lanes = (descriptors / 24).clamp(1, MAX_KEPT_LANES);
        let places = (descriptors / 2).saturating_sub(kept_lanes * LANE_DESCRIPTORS).clamp(1, Semaphore::MAX_PERMITS);
        Self { lanes, kept_lanes, places }
    }
}

#[derive(Default)]
struct Lanes {
    /// The lane used last stands last.
    idle: Vec<(Arc<Lane>, Instant)>,
    busy: BTreeMap<usize, Arc<Lane>>,
}

/// A runtime and an HTTP client that only work while a caller drives them.
struct Lane {
    http: Http,
    runtime: Option<Runtime>,
    _places: Option<OwnedSemaphorePermit>,
}

/// A lane that a call holds; put back when dropped.
pub struct HeldLane<'a> {
    engine: &'a Engine,
    /// There until the drop.
    lane: Option<Arc<Lane>>,
    /// Whether connections may have changed while nobody watched them.
    unwatched: Cell<bool>,
}

/// The process's engine for these settings, made if no client has it yet.
pub fn engine(settings: &Arc<Settings>) -> Result<Arc<Engine>, Error> {
    static ENGINES: PerProcess<Mutex<Vec<Weak<Engine>>>> = PerProcess::new();
    let mut engines = lock(ENGINES.get_or_init(Mutex::default));
    engines.retain(|engine| engine.strong_count() > 0);
    let known = engines.iter().filter_map(Weak::upgrade).find(|engine| engine.settings == *settings);
    if let Some(engine) = known {
        return Ok(engine);
    }
    let engine = Arc::new(Engine::new(settings, Bounds::new(limits::descriptors()))?);
    engines.push(Arc::downgrade(&engine));
    Ok(engine)
}

impl Engine {
    fn new(settings: &Arc<Settings>, bounds: Bounds) -> Result<Self, Error> {
        Ok(Self {
            settings: Arc::clone(settings),
            tls: tls::configuration(settings.speaks_tls(), &settings.ca)?,
            places: Arc::new(Semaphore::new(bounds.places)),
            bounds,
            lanes: Mutex::default(),
        })
    }

    /// The idle lane that was used last, else a new one, else the one with the fewest callers.
    pub fn lane(&self) -> Result<HeldLane<'_>, Error> {
        let mut lanes = lock(&self.lanes);
        lanes.close_forgotten();
        let (lane, unwatched) = match lanes.idle.pop() {
            Some((lane, _)) => (lane, true),
            None if lanes.busy.len() >= self.bounds.lanes => return lanes.share(self, None),
            None => match self.new_lane(lanes.busy.len()) {
                Ok(lane) => (Arc::new(lane), false),
                Err(error) => return lanes.share(self, Some(error)),
            },
        };
        lanes.busy.insert(key(&lane), Arc::clone(&lane));
        Ok(HeldLane { engine: self, lane: Some(lane), unwatched: Cell::new(unwatched) })
    }

    /// Waits until another request may be on its way. Beyond that many, descriptors could run out.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    fn new_lane(&self, others: usize) -> Result<Lane, Error> {
        let places = (others >= self.bounds.kept_lanes).then(|| self.places_of_a_lane()).transpose()?;
        let runtime = runtime()?;
        runtime.spawn(tick());
        Ok(Lane { runtime: Some(runtime), http: self.new_http(MAX_IDLE_CONNECTIONS), _places: places })
    }

    fn places_of_a_lane(&self) -> Result<OwnedSemaphorePermit, Error> {
        let places = Arc::clone(&self.places).try_acquire_many_owned(LANE_DESCRIPTORS as u32);
        places.map_err(|_| {
            Error::ResourceExhausted(
                "no descriptors for another connection; raise the limit or make fewer calls at once".into(),
            )
        })
    }

    /// An HTTP client for calls beside each other on one thread, which keeps as many connections as they needed.
    pub fn shared_http(&self) -> Http {
        self.new_http(self.bounds.places)
    }

    fn new_http(&self, idle_connections: usize) -> Http {
        let connector = Connector::new(self.tls.clone(), self.settings.proxy.as_ref());
        Pooling::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(LANE_LIFETIME)
            .pool_max_idle_per_host(idle_connections)
            .build(connector)
    }
}

/// A runtime that works while a thread drives it.
pub fn runtime() -> Result<Runtime, Error> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .event_interval(EVENT_INTERVAL)
        .max_blocking_threads(MAX_RESOLVER_THREADS)
        .thread_keep_alive(RESOLVER_THREAD_LIFETIME)
        .thread_name("anchor-resolver")
        .on_thread_start(guard::quiet_thread)
        .build()
        .map_err(|reason| Error::ResourceExhausted(cause::exhausted("no descriptor for another connection", &reason)))
}

impl Lanes {
    /// A busy lane that takes one more caller. Without any, `reason` says why there is none.
    fn share<'a>(&self, engine: &'a Engine, reason: Option<Error>) -> Result<HeldLane<'a>, Error> {
        match self.busy.values().min_by_key(|lane| Arc::strong_count(lane)) {
            Some(lane) => Ok(HeldLane { engine, lane: Some(Arc::clone(lane)), unwatched: Cell::new(false) }),
            None => Err(reason.unwrap_or_else(|| Error::Internal("there is no runtime to share".into()))),
        }
    }

    fn close_forgotten(&mut self) {
        let kept = self.idle.iter().position(|(_, since)| since.elapsed() < LANE_LIFETIME);
        self.idle.drain(..kept.unwrap_or(self.idle.len()));
    }
}

impl HeldLane<'_> {
    /// The client whose requests `run` drives.
    pub fn http(&self) -> Result<Http, Error> {
        Ok(self.open()?.0.clone())
    }

    /// Drives `work` to completion on this thread.
    pub fn run<W: Future>(&self, work: W) -> Result<W::Output, Error> {
        Ok(self.open()?.1.block_on(async {
            if self.unwatched.take() {
                // Let the driver see what was closed, and what came that nobody asked for: it must not be taken for
                // the answer to this call.
                look().await;
            }
            work.await
        }))
    }

    /// Has the lane closed when its last caller is done, and no other come to it.
    pub fn retire(&self) {
        if let Some(lane) = &self.lane {
            lock(&self.engine.lanes).busy.remove(&key(lane));
        }
    }

    /// For work that is dropped before it is done: a connection that goes back to its pool then needs the runtime.
    pub fn enter(&self) -> Result<EnterGuard<'_>, Error> {
        Ok(self.open()?.1.enter())
    }

    fn open(&self) -> Result<(&Http, &Runtime), Error> {
        let lane = self.lane.as_ref();
        lane.and_then(|lane| Some((&lane.http, lane.runtime.as_ref()?)))
            .ok_or_else(|| Error::Internal("the runtime is closed".into()))
    }
}

impl Drop for HeldLane<'_> {
    fn drop(&mut self) {
        let mut lanes = lock(&self.engine.lanes);
        // Holders come and go under the lock only: two are this one and the entry in `busy`, if it is not retired.
        let Some(lane) = self.lane.take().filter(|lane| Arc::strong_count(lane) == 2) else { return };
        if lanes.busy.remove(&key(&lane)).is_some() && !std::thread::panicking() {
            lanes.idle.push((lane, Instant::now()));
        }
    }
}

/// What tells a lane from all others that live.
fn key(lane: &Arc<Lane>) -> usize {
    Arc::as_ptr(lane).addr()
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Never waits, even while a name look-up hangs.
            runtime.shutdown_background();
        }
    }
}

/// Keeps a timer that ends before any usual deadline: else each call's would be the first, for which the runtime wakes
/// itself through a descriptor, which costs two system calls.
async fn tick() {
    loop {
        tokio::time::sleep(TICK).await;
    }
}

/// Comes back when the driver has looked at every socket once. `yield_now` does that too, but wakes the runtime through a
/// descriptor, which costs two more system calls.
async fn look() {
    let mut asked = false;
    poll_fn(|context| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A panic under the lock leaves nothing half done that a later caller could not use.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn half_of_the_descriptors_are_the_host_s() {
        for descriptors in [64, 256, 512, 1024, 65_536, 1_048_576] {
            let bounds = Bounds::new(descriptors);
            let most = bounds.kept_lanes * LANE_DESCRIPTORS + bounds.places;
            assert!(most <= descriptors / 2, "{descriptors}: {most}");
            let least = bounds.places - (bounds.lanes - bounds.kept_lanes) * LANE_DESCRIPTORS;
            assert!(least >= descriptors / 4, "{descriptors}: {least}");
        }
        let (least, most) = (Bounds::new(0), Bounds::new(usize::MAX));
        assert_eq!((least.lanes, least.places), (1, 1));
        assert_eq!((most.lanes, most.places), (MAX_LANES, Semaphore::MAX_PERMITS));
    }

    #[test]
    fn every_lane_comes_back_however_many_share_it() {
        let bounds = Bounds { lanes: 8, kept_lanes: 4, places: 8 + 4 * LANE_DESCRIPTORS };
        let engine = Engine::new(&Arc::new(Settings { https: false, ca: vec![], proxy: None }), bounds).unwrap();
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let _lane = engine.lane().unwrap();
                        thread::yield_now();
                    }
                });
            }
        });
        let lanes = lock(&engine.lanes);
        assert_eq!(lanes.busy.len(), 0);
        assert!((1..=8).contains(&lanes.idle.len()), "{}", lanes.idle.len());
    }
}
