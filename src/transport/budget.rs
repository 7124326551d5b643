//! The descriptors that the library may use: half of those that the process may open.
//!
//! There is one budget for the process, however many clients, queues and CA files the host has. A
//! request takes its share before it is sent, a socket from connecting to closing. Requests wait for
//! each other. A socket that finds no room has idle connections closed first: there are some, because
//! requests alone never take all of the room.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use once_cell::race::OnceBox;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::permits::{Permits, Room};
use crate::error::Error;
use crate::sys::{Blocked, BlockedThread, BlockedThreads, PerProcess, caught, limits};

/// A runtime takes 12 KB. Callers that share one wait for each other: of 1,000 callers on 64
/// runtimes, one in a hundred waited a second.
const MAX_RUNTIMES: usize = 1024;
/// The number of runtimes whose descriptors are set aside. Others take theirs from the requests.
const MAX_SET_ASIDE: usize = 64;
/// The descriptors of a runtime itself.
pub(crate) const RUNTIME_DESCRIPTORS: usize = 3;
/// The idle connections that a runtime keeps. Only one that was shared ever has more than one.
pub(crate) const IDLE_PER_RUNTIME: usize = 2;
const WITH_CONNECTIONS: usize = RUNTIME_DESCRIPTORS + IDLE_PER_RUNTIME;
/// Two for each of the threads that look up names.
const RESOLVER_DESCRIPTORS: usize = 32;
/// The most that one caller takes at once. With fewer permits in all, it would wait for ever.
const MIN_REQUESTS: usize = RUNTIME_DESCRIPTORS;

/// How the budget is divided.
#[derive(Debug)]
struct Shares {
    runtimes: usize,
    set_aside: usize,
    requests: usize,
    sockets: usize,
}

impl Shares {
    fn of(descriptors: usize) -> Self {
        let runtimes = (descriptors / 20).clamp(1, MAX_RUNTIMES);
        let set_aside = runtimes.min(MAX_SET_ASIDE);
        let others = set_aside * WITH_CONNECTIONS + RESOLVER_DESCRIPTORS.min(descriptors / 16);
        let requests = (descriptors / 2).saturating_sub(others).clamp(MIN_REQUESTS, Permits::MAX);
        Self { runtimes, set_aside, requests, sockets: requests + set_aside * IDLE_PER_RUNTIME }
    }
}

/// The budget of this process.
pub struct Budget {
    /// The limit that it was divided for.
    descriptors: Mutex<usize>,
    runtimes: AtomicUsize,
    set_aside: AtomicUsize,
    requests: Permits,
    /// The calls that hold permits of `requests`, and may be suspended.
    holders: Arc<BlockedThreads>,
    /// The permits of `requests` that are taken for long.
    reserved: AtomicUsize,
    sockets: Permits,
    /// The number of sockets that wait for room.
    waiting: AtomicUsize,
    shortage: Notify,
    /// Closes the connections of a runtime that nobody uses. Returns false if there is none.
    close_idle: OnceBox<fn() -> bool>,
}

/// The room of a runtime and its idle connections. It is free when this is dropped.
pub struct RuntimeRoom(#[expect(dead_code, reason = "held only")] Option<Room>);

/// The budget of this process. A forked child begins with one of its own.
pub fn budget() -> &'static Budget {
    static BUDGET: PerProcess<Budget> = PerProcess::new();
    BUDGET.get_or_init(|| Budget::new(limits::descriptors()))
}

impl Budget {
    fn new(descriptors: usize) -> Self {
        let shares = Shares::of(descriptors);
        Self {
            descriptors: Mutex::new(descriptors),
            runtimes: AtomicUsize::new(shares.runtimes),
            set_aside: AtomicUsize::new(shares.set_aside),
            requests: Permits::new(shares.requests),
            sockets: Permits::new(shares.sockets),
            holders: Arc::default(),
            reserved: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            shortage: Notify::new(),
            close_idle: OnceBox::new(),
        }
    }

    /// The host may change the limit at any time, and it may be unknown for a while.
    fn follow_limit(&self) {
        self.divide(limits::descriptors());
    }

    /// Divides the budget anew if the limit has changed.
    fn divide(&self, descriptors: usize) {
        // While another thread divides it, this one uses the old shares.
        let Ok(mut divided_for) = self.descriptors.try_lock() else { return };
        let is_lower = descriptors < *divided_for;
        if *divided_for != descriptors {
            *divided_for = descriptors;
            let shares = Shares::of(descriptors);
            self.runtimes.store(shares.runtimes, Ordering::Relaxed);
            self.set_aside.store(shares.set_aside, Ordering::Relaxed);
            self.requests.set_number(shares.requests);
            self.sockets.set_number(shares.sockets);
        }
        drop(divided_for);
        while is_lower && self.close_idle() {}
    }

    /// The number of runtimes that there may be.
    pub fn max_runtimes(&self) -> usize {
        self.runtimes.load(Ordering::Relaxed)
    }

    /// Room for one more runtime in addition to `others`, which has it until it is closed. `None` if there
    /// is none.
    pub fn runtime(&'static self, others: usize) -> Option<RuntimeRoom> {
        if others >= self.max_runtimes() {
            return None;
        }
        if others < self.set_aside.load(Ordering::Relaxed) {
            return Some(RuntimeRoom(None));
        }
        self.requests.try_take(WITH_CONNECTIONS).map(|room| RuntimeRoom(Some(room)))
    }

    /// The number of requests that can be in flight at once.
    pub fn max_requests(&self) -> usize {
        self.follow_limit();
        self.requests.number()
    }

    /// A permit to send a request, if it is to be had now.
    pub fn try_request(&'static self, need: Need) -> Option<RequestPermit> {
        let permit = self.requests.try_take(need.descriptors)?;
        Some(self.request_permit(permit, need))
    }

    /// Waits for a permit: more requests at once could exhaust the descriptors.
    pub async fn request(&'static self, need: Need) -> Result<RequestPermit, Error> {
        self.follow_limit();
        let mut taken = pin!(self.requests.take(need.descriptors));
        let permit = poll_fn(|context| match taken.as_mut().poll(context) {
            Poll::Pending if self.would_wait_for_itself(need) => Poll::Ready(None),
            polled => polled,
        });
        let permit = permit.await.ok_or_else(|| {
            Error::ResourceExhausted(
                "calls of this thread that are suspended in their progress or log functions use all descriptors; \
                 raise the limit or let them return first"
                    .into(),
            )
        })?;
        Ok(self.request_permit(permit, need))
    }

    fn request_permit(&self, permit: Room, need: Need) -> RequestPermit {
        let holder = need.may_be_suspended.then(|| self.holders.add(need.thread, need.descriptors));
        RequestPermit { _permit: permit, _holder: holder }
    }

    /// Whether there would not be enough even if the calls of all other threads returned.
    fn would_wait_for_itself(&self, need: Need) -> bool {
        let own = self.holders.taken_by(need.thread);
        own > 0 && self.requests.number() < own + self.reserved.load(Ordering::Relaxed) + need.descriptors
    }

    /// Takes descriptors from the share of requests as soon as they are free, until the value is
    /// dropped.
    pub async fn reserve(&'static self, descriptors: usize) -> impl Sized {
        let count = Counted::new(&self.reserved, descriptors);
        (self.requests.take(descriptors).await, count)
    }

    /// Waits for room for a socket, which has it until it is closed.
    pub async fn socket(&'static self) -> Option<Room> {
        self.follow_limit();
        loop {
            if let Some(room) = self.sockets.try_take(1) {
                return Some(room);
            }
            if !self.close_idle() {
                break;
            }
        }
        let _waiting = Counted::new(&self.waiting, 1);
        let _ = caught(|| self.shortage.notify_waiters());
        self.sockets.take(1).await
    }

    /// Has `close_idle` called, on any thread, while a socket finds no room and as long as it
    /// returns true.
    pub fn when_short(&self, close_idle: fn() -> bool) {
        self.close_idle.get_or_init(|| Box::new(close_idle));
    }

    fn close_idle(&self) -> bool {
        self.close_idle.get().is_some_and(|close_idle| close_idle())
    }

    /// Completes when a socket finds no room. The caller should then close its idle connections.
    pub fn shortage(&self) -> Notified<'_> {
        self.shortage.notified()
    }

    /// Whether a socket waits for room.
    pub fn is_short(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// What a request needs.
#[derive(Clone, Copy)]
pub struct Need {
    pub descriptors: usize,
    /// The thread that its call blocks.
    pub thread: BlockedThread,
    /// Whether the call has functions of the host, in which another call may wait for this one.
    pub may_be_suspended: bool,
}

/// A request's share of the budget.
pub struct RequestPermit {
    _permit: Room,
    _holder: Option<Blocked>,
}

/// Adds to a count until it is dropped.
struct Counted<'a>(&'a AtomicUsize, usize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize, amount: usize) -> Self {
        count.fetch_add(amount, Ordering::Relaxed);
        Self(count, amount)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_descriptors_are_left_to_the_host() {
        for descriptors in [64, 256, 512, 1024, 65_536, 1_048_576] {
            let shares = Shares::of(descriptors);
            let fixed = shares.set_aside * RUNTIME_DESCRIPTORS + RESOLVER_DESCRIPTORS.min(descriptors / 16);
            let most = fixed + shares.sockets;
            assert!(most <= descriptors / 2, "{descriptors}: {shares:?}");
            assert!(shares.requests >= descriptors / 6, "{descriptors}: {shares:?}");
        }
        let (least, most) = (Shares::of(0), Shares::of(usize::MAX));
        assert_eq!((least.runtimes, least.requests), (1, MIN_REQUESTS));
        assert_eq!((most.runtimes, most.requests), (MAX_RUNTIMES, Permits::MAX));
    }

    fn budget_of(descriptors: usize) -> &'static Budget {
        Box::leak(Box::new(Budget::new(descriptors)))
    }

    #[test]
    fn runtimes_beyond_those_set_aside_take_the_room_of_requests() {
        let budget = budget_of(20 * (MAX_SET_ASIDE + 2));
        let requests = budget.requests.number();
        let can_take = |permits| budget.requests.try_take(permits).is_some();
        let set_aside = [budget.runtime(0), budget.runtime(MAX_SET_ASIDE - 1)];
        assert!(set_aside.iter().all(Option::is_some) && can_take(requests));
        let next = budget.runtime(MAX_SET_ASIDE);
        assert!(next.is_some() && !can_take(requests - WITH_CONNECTIONS + 1) && can_take(requests - WITH_CONNECTIONS));
        let others = budget.requests.try_take(requests - WITH_CONNECTIONS);
        assert!(others.is_some() && budget.runtime(MAX_SET_ASIDE + 1).is_none());
        drop(next);
        assert!(budget.runtime(MAX_SET_ASIDE + 1).is_some());
        assert!(budget.runtime(MAX_SET_ASIDE + 2).is_none());
    }

    #[test]
    fn the_budget_follows_the_limit() {
        static CLOSED: AtomicUsize = AtomicUsize::new(0);
        let budget = budget_of(3);
        budget.when_short(|| CLOSED.fetch_add(1, Ordering::Relaxed) < 2);
        let first = budget.requests.try_take(MIN_REQUESTS);
        assert!(first.is_some() && budget.requests.try_take(1).is_none());
        budget.divide(1024);
        assert_eq!(CLOSED.load(Ordering::Relaxed), 0);
        assert_eq!((budget.max_runtimes(), budget.requests.number()), (51, Shares::of(1024).requests));
        assert!(budget.requests.try_take(Shares::of(1024).requests - MIN_REQUESTS).is_some());
        budget.divide(64);
        assert_eq!(CLOSED.load(Ordering::Relaxed), 3, "idle connections are closed until there are none");
        assert_eq!((budget.max_runtimes(), budget.requests.number()), (3, Shares::of(64).requests));
    }

    #[test]
    fn a_socket_without_room_has_idle_runtimes_closed_and_waits() {
        use std::sync::atomic::AtomicBool;
        static IDLE: AtomicBool = AtomicBool::new(true);
        let budget = budget_of(limits::descriptors());
        budget.when_short(|| IDLE.swap(false, Ordering::Relaxed));
        let all = budget.sockets.try_take(budget.sockets.number());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut shortage = std::pin::pin!(budget.shortage());
            shortage.as_mut().enable();
            let release = async {
                shortage.await;
                assert!(budget.is_short() && !IDLE.load(Ordering::Relaxed));
                drop(all);
            };
            let (room, ()) = tokio::join!(budget.socket(), release);
            assert!(room.is_some() && !budget.is_short());
        });
    }
}
