//! The pool of runtimes, and its share of the process's descriptors.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::http_client::Http;
use super::runtime::{keep_timer_armed, new_runtime, poll_idle_sockets};
use crate::error::Error;

/// A runtime takes 12 KB. Callers that share one wait for each other: of 1,000 callers on 64
/// runtimes, one in a hundred waited a second.
const MAX_RUNTIMES: usize = 1024;
/// The number of runtimes whose descriptors are reserved, however many other calls are in flight.
const MAX_RESERVED: usize = 64;
/// The idle connections that a runtime keeps. Only one that was shared ever has more than one.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 2;
/// The descriptors of a runtime itself, and of its idle connections.
const RUNTIME_DESCRIPTORS: usize = 3 + MAX_IDLE_CONNECTIONS;
/// A runtime that was not used for this long is closed.
const IDLE_LIFETIME: Duration = Duration::from_secs(90);

/// How many descriptors a pool may use. Half of the process's are left to the host.
struct Limits {
    runtimes: usize,
    /// The number of runtimes with reserved descriptors. The others take theirs from the permits.
    reserved: usize,
    permits: usize,
}

impl Limits {
    fn new(descriptors: usize) -> Self {
        let runtimes = (descriptors / 20).clamp(1, MAX_RUNTIMES);
        let reserved = (descriptors / 24).clamp(1, MAX_RESERVED);
        let permits = (descriptors / 2).saturating_sub(reserved * RUNTIME_DESCRIPTORS).clamp(1, Semaphore::MAX_PERMITS);
        Self { runtimes, reserved, permits }
    }
}

/// The runtimes of one engine, and the permits for its requests.
pub struct RuntimePool {
    limits: Limits,
    /// One for each request in flight, because each may need a connection of its own.
    permits: Arc<Semaphore>,
    runtimes: Mutex<Runtimes>,
}

#[derive(Default)]
struct Runtimes {
    /// In the order of their last use.
    idle: Vec<(Arc<HttpRuntime>, Instant)>,
    busy: BTreeMap<usize, Arc<HttpRuntime>>,
}

/// A runtime and its HTTP client, which work only while a caller drives them.
struct HttpRuntime {
    http: Http,
    /// `None` only during the drop.
    runtime: Option<Runtime>,
    _permits: Option<OwnedSemaphorePermit>,
}

/// A runtime that a call has checked out. Dropping it returns the runtime to its pool.
pub struct PooledRuntime<'a> {
    pool: &'a RuntimePool,
    /// `None` only during the drop.
    runtime: Option<Arc<HttpRuntime>>,
    /// Whether the runtime was idle, so that the state of its connections may be out of date.
    is_stale: Cell<bool>,
}

impl RuntimePool {
    /// A pool for a process that may open so many descriptors.
    pub fn new(descriptors: usize) -> Self {
        Self::with_limits(Limits::new(descriptors))
    }

    fn with_limits(limits: Limits) -> Self {
        Self { permits: Arc::new(Semaphore::new(limits.permits)), limits, runtimes: Mutex::default() }
    }

    /// The idle runtime that was used last, else a new one, else the busy one with the fewest
    /// callers.
    pub fn checkout(&self, new_http: impl FnOnce() -> Http) -> Result<PooledRuntime<'_>, Error> {
        let mut runtimes = self.lock();
        runtimes.evict_expired();
        let (runtime, is_stale) = match runtimes.idle.pop() {
            Some((runtime, _)) => (runtime, true),
            None if runtimes.busy.len() >= self.limits.runtimes => return self.share(&runtimes, None),
            None => match self.new_runtime(runtimes.busy.len(), new_http) {
                Ok(runtime) => (Arc::new(runtime), false),
                Err(error) => return self.share(&runtimes, Some(error)),
            },
        };
        runtimes.busy.insert(key(&runtime), Arc::clone(&runtime));
        Ok(self.guard(runtime, is_stale))
    }

    /// Waits for a permit to send a request. More requests at once could exhaust the descriptors.
    pub async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        self.permits.acquire().await.ok()
    }

    /// The number of requests that can be in flight at once.
    pub fn max_requests(&self) -> usize {
        self.limits.permits
    }

    fn new_runtime(&self, busy: usize, new_http: impl FnOnce() -> Http) -> Result<HttpRuntime, Error> {
        let permits = (busy >= self.limits.reserved).then(|| self.permits_of_a_runtime()).transpose()?;
        let runtime = new_runtime()?;
        runtime.spawn(keep_timer_armed());
        Ok(HttpRuntime { http: new_http(), runtime: Some(runtime), _permits: permits })
    }

    fn permits_of_a_runtime(&self) -> Result<OwnedSemaphorePermit, Error> {
        let permits = Arc::clone(&self.permits).try_acquire_many_owned(RUNTIME_DESCRIPTORS as u32);
        permits.map_err(|_| {
            Error::ResourceExhausted(
                "no descriptors for another connection; raise the limit or make fewer calls at once".into(),
            )
        })
    }

    /// A busy runtime for one more caller. If there is none, `reason` says why no runtime could be
    /// made.
    fn share(&self, runtimes: &Runtimes, reason: Option<Error>) -> Result<PooledRuntime<'_>, Error> {
        match runtimes.busy.values().min_by_key(|runtime| Arc::strong_count(runtime)) {
            Some(runtime) => Ok(self.guard(Arc::clone(runtime), false)),
            None => Err(reason.unwrap_or_else(|| Error::Internal("there is no runtime to share".into()))),
        }
    }

    fn guard(&self, runtime: Arc<HttpRuntime>, is_stale: bool) -> PooledRuntime<'_> {
        PooledRuntime { pool: self, runtime: Some(runtime), is_stale: Cell::new(is_stale) }
    }

    /// A panic under the lock leaves nothing that a later caller could not use.
    fn lock(&self) -> MutexGuard<'_, Runtimes> {
        self.runtimes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtimes {
    fn evict_expired(&mut self) {
        let kept = self.idle.iter().position(|(_, since)| since.elapsed() < IDLE_LIFETIME);
        self.idle.drain(..kept.unwrap_or(self.idle.len()));
    }
}

impl PooledRuntime<'_> {
    /// The client whose requests `run` drives.
    pub fn http(&self) -> Result<Http, Error> {
        Ok(self.parts()?.0.clone())
    }

    /// Drives `work` to completion on this thread.
    pub fn run<W: Future>(&self, work: W) -> Result<W::Output, Error> {
        Ok(self.parts()?.1.block_on(async {
            if self.is_stale.take() {
                // Notice connections that were closed, and data that nobody asked for: it must not
                // be mistaken for the answer to this call.
                poll_idle_sockets().await;
            }
            work.await
        }))
    }

    /// Has the runtime closed when its last caller is done, and gives it to no other caller.
    pub fn discard(&self) {
        if let Some(runtime) = &self.runtime {
            self.pool.lock().busy.remove(&key(runtime));
        }
    }

    /// Enters the runtime, to drop work that is not done: its connection then returns to the HTTP
    /// client.
    pub fn enter(&self) -> Result<EnterGuard<'_>, Error> {
        Ok(self.parts()?.1.enter())
    }

    fn parts(&self) -> Result<(&Http, &Runtime), Error> {
        let runtime = self.runtime.as_ref();
        runtime
            .and_then(|runtime| Some((&runtime.http, runtime.runtime.as_ref()?)))
            .ok_or_else(|| Error::Internal("the runtime is closed".into()))
    }
}

impl Drop for PooledRuntime<'_> {
    fn drop(&mut self) {
        let mut runtimes = self.pool.lock();
        // References are made and dropped only under the lock. Two of them are this one and the
        // entry in `busy`, unless the runtime was discarded.
        let Some(runtime) = self.runtime.take().filter(|runtime| Arc::strong_count(runtime) == 2) else { return };
        if runtimes.busy.remove(&key(&runtime)).is_some() && !std::thread::panicking() {
            runtimes.idle.push((runtime, Instant::now()));
        }
    }
}

/// Identifies a runtime among all that are alive.
fn key(runtime: &Arc<HttpRuntime>) -> usize {
    Arc::as_ptr(runtime).addr()
}

impl Drop for HttpRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Never waits, even if a name look-up hangs.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::transport::connector::Connector;
    use crate::transport::http_client::new_http;
    use crate::transport::tls;

    #[test]
    fn half_of_the_descriptors_are_left_to_the_host() {
        for descriptors in [64, 256, 512, 1024, 65_536, 1_048_576] {
            let limits = Limits::new(descriptors);
            let most = limits.reserved * RUNTIME_DESCRIPTORS + limits.permits;
            assert!(most <= descriptors / 2, "{descriptors}: {most}");
            let least = limits.permits - (limits.runtimes - limits.reserved) * RUNTIME_DESCRIPTORS;
            assert!(least >= descriptors / 4, "{descriptors}: {least}");
        }
        let (least, most) = (Limits::new(0), Limits::new(usize::MAX));
        assert_eq!((least.runtimes, least.permits), (1, 1));
        assert_eq!((most.runtimes, most.permits), (MAX_RUNTIMES, Semaphore::MAX_PERMITS));
    }

    #[test]
    fn every_runtime_returns_to_the_pool_however_many_share_it() {
        let limits = Limits { runtimes: 8, reserved: 4, permits: 8 + 4 * RUNTIME_DESCRIPTORS };
        let pool = RuntimePool::with_limits(limits);
        let tls = tls::configuration(false, &[]).unwrap();
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let new_http = || new_http(Connector::new(tls.clone(), None), MAX_IDLE_CONNECTIONS);
                        let _runtime = pool.checkout(new_http).unwrap();
                        thread::yield_now();
                    }
                });
            }
        });
        let runtimes = pool.lock();
        assert_eq!(runtimes.busy.len(), 0);
        assert!((1..=8).contains(&runtimes.idle.len()), "{}", runtimes.idle.len());
    }
}
