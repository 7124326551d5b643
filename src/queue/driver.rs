//! What drives the calls of a queue: a runtime, and the connections that the calls share.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::LocalSet;

use super::connections::Connections;
use super::job::Job;
use crate::error::Error;
use crate::sys::caught;
use crate::transport::{self, RUNTIME_DESCRIPTORS, budget, keep_timer_armed, poll_idle_sockets};

/// As many turns of the runtime without an end of a connection mean that none is about to end.
const QUIET_TURNS: usize = 16;

pub struct Driver {
    /// `None` only during the drop.
    runtime: Option<Runtime>,
    calls: Option<LocalSet>,
    connections: Rc<Connections>,
    in_flight: Rc<InFlight>,
}

impl Driver {
    pub fn new() -> Result<Self, Error> {
        let runtime = transport::new_runtime()?;
        let calls = LocalSet::new();
        // If the host closes the descriptors of the runtime, waiting for them never ends. With a
        // timer, the next wait fails.
        calls.spawn_local(keep_timer_armed());
        calls.spawn_local(async {
            let _permits = budget().reserve(RUNTIME_DESCRIPTORS).await;
            std::future::pending::<()>().await;
        });
        Ok(Self { runtime: Some(runtime), calls: Some(calls), connections: Rc::default(), in_flight: Rc::default() })
    }

    /// Runs the job, and all that arrive before the last one has ended.
    pub fn run(&self, first: Box<Job>, jobs: &mut UnboundedReceiver<Box<Job>>) {
        let (Some(runtime), Some(calls)) = (&self.runtime, &self.calls) else { return };
        calls.block_on(runtime, async {
            // Notice connections that were closed while nobody drove them.
            poll_idle_sockets().await;
            self.connections.drain_idle().await;
            self.start(first);
            let mut shortage = pin!(budget().shortage());
            poll_fn(|context| {
                if shortage.as_mut().poll(context).is_ready() {
                    shortage.set(budget().shortage());
                    context.waker().wake_by_ref();
                }
                self.poll_until_idle(context, jobs)
            })
            .await;
            if self.connections.take_closing() {
                close_connections().await;
            }
        });
    }

    /// Whether there are connections that no call will use again.
    pub fn has_orphans(&self) -> bool {
        self.connections.has_orphans()
    }

    /// Closes the connections that no call will use again.
    pub fn close_orphans(&self) {
        let Some(runtime) = &self.runtime else { return };
        runtime.block_on(async {
            self.connections.close_orphans();
            close_connections().await;
        });
    }

    fn poll_until_idle(&self, context: &mut Context<'_>, jobs: &mut UnboundedReceiver<Box<Job>>) -> Poll<()> {
        if budget().is_short() {
            self.connections.close_idle();
        }
        loop {
            match jobs.poll_recv(context) {
                Poll::Ready(Some(job)) => self.start(job),
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.in_flight.poll_none(context)
    }

    fn start(&self, job: Box<Job>) {
        let (connections, in_flight) = (Rc::clone(&self.connections), self.in_flight.enter());
        tokio::task::spawn_local(async move {
            job.run(connections).await;
            drop(in_flight);
        });
    }
}

/// Lets the connections of calls that were given up end, before the worker sleeps.
async fn close_connections() {
    let tasks = Handle::current().metrics();
    let (mut alive, mut quiet) = (tasks.num_alive_tasks(), 0);
    while quiet < QUIET_TURNS {
        poll_idle_sockets().await;
        let now = tasks.num_alive_tasks();
        quiet = if now < alive { 0 } else { quiet + 1 };
        alive = now;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let calls = self.calls.take();
            // Connections of calls that are dropped return to their pool, which needs the runtime.
            // Inside of it, what they wake needs no descriptor, which the host may have closed.
            let _ = caught(|| runtime.block_on(async { drop(calls) }));
            runtime.shutdown_background();
        }
    }
}

/// The number of calls in flight, and the waker for their end.
#[derive(Default)]
struct InFlight {
    count: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl InFlight {
    fn enter(self: &Rc<Self>) -> InFlightGuard {
        self.count.set(self.count.get() + 1);
        InFlightGuard(Rc::clone(self))
    }

    fn poll_none(&self, context: &Context<'_>) -> Poll<()> {
        if self.count.get() == 0 {
            return Poll::Ready(());
        }
        self.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

struct InFlightGuard(Rc<InFlight>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let left = self.0.count.get().saturating_sub(1);
        self.0.count.set(left);
        // While another call waits for room, the connection of this one may have to be closed.
        if (left == 0 || budget().is_short())
            && let Some(waker) = self.0.waker.take()
        {
            waker.wake();
        }
    }
}
