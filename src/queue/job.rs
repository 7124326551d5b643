//! A call that was submitted to a queue.

use std::rc::Rc;
use std::sync::Arc;

use super::completions::{Completion, Completions};
use super::connections::Connections;
use crate::call::{Call, CallEvents};
use crate::client::{Admission, Client};
use crate::error::{Error, Report};
use crate::exchange::{Hold, RELEASE, Request};
use crate::operation::Operation;
use crate::sys::{caught, threads};
use crate::transport::Engine;

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
    /// The job of a call that was handed over. Boxed, because the futures around it are moved.
    pub fn boxed(
        tag: u64,
        client: Arc<Client>,
        call: Arc<Call>,
        request: Request,
        admission: Admission,
        completions: Arc<Completions>,
    ) -> Box<Self> {
        Box::new(Self { tag, client, call, request, admission, completions, end: None })
    }

    /// Completes without running.
    pub fn fail(mut self, error: Error) {
        let error = error.before(&self.request.operation);
        self.end = Some(End { result: Err(error), lines: vec![] });
    }

    pub async fn run(mut self: Box<Self>, connections: Rc<Connections>) {
        let guard = self.call.resume();
        let events = CallEvents::deferred(&guard, self.client.log().cloned());
        let http_of = |engine: &Arc<Engine>| connections.http(engine);
        let (mut result, is_given_up) =
            self.client.send_concurrently(&self.request, self.admission, &events, http_of).await;
        if is_given_up {
            connections.expect_closing();
        }
        if let Ok(Some(hold)) = &mut result {
            // The host may take the completion late. Until then the recording counts as held.
            hold.settle();
        }
        self.end = Some(End { result, lines: events.take_lines() });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let End { result, lines } = self.end.take().unwrap_or_else(|| {
            if let Some(download) = &self.request.download {
                // A host that sees the completion may download to the same file again.
                let _ = caught(|| threads::block_on(download.close(), Some(RELEASE)));
            }
            let result = self.request.end_by(abandoned(&self.request.operation));
            End { result: result.map(|()| None), lines: vec![] }
        });
        // What is left of a file is released before the completion.
        drop(self.request.download.take());
        let result = result.map_err(|error| Report::new(&error, Some(self.client.redactor())));
        self.call.release();
        self.completions.push(Completion { tag: self.tag, result, log: self.client.log().cloned(), lines });
    }
}

/// The queue was freed, or its runtime failed.
fn abandoned(operation: &Operation) -> Error {
    Error::ConnectionLost(format!(
        "the queue gave up {operation}: it was freed, or its descriptors were closed by the process; {}",
        operation.step_if_unknown()
    ))
}
