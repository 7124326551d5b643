//! The work of a download that may block, on helper threads.
//!
//! A thread that works for the reader of a pipe does other work after a while. What remains goes back
//! into the line of the helper threads.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::part_file::Unwritten;
use super::sink::Sink;
use super::stage::Stage;
use super::stream::PATIENCE;
use crate::error::Error;
use crate::sys::Helpers;

/// Threads for file work, of the whole process. If so many file systems hang, other downloads wait.
/// They linger, so that a download does not start one for each of its parts.
static FILE_WORK: Helpers = Helpers::new("anchor-files", 16, Duration::from_millis(50));

/// What is done with a sink.
pub type Work = Box<dyn FnOnce(&mut Sink) -> Result<(), Unwritten> + Send>;

/// The sink, and how the work on it ended.
pub struct Done {
    pub sink: Sink,
    pub result: Result<(), Unwritten>,
    /// What remains to be done, because the reader is slow.
    pub rest: Option<(VecDeque<Bytes>, Work)>,
}

/// Writes the backlog, and then does `work`.
pub fn begin(
    sink: Sink,
    backlog: VecDeque<Bytes>,
    work: Work,
    stage: &Arc<Stage>,
) -> Result<oneshot::Receiver<Done>, Error> {
    let stage = Arc::clone(stage);
    on_helper(move || work_on(sink, backlog, work, &stage))
}

/// Stops early if the reader of a stream is slow, or if the call is over.
fn work_on(mut sink: Sink, mut backlog: VecDeque<Bytes>, work: Work, stage: &Stage) -> Done {
    let (begun, is_stream) = (Instant::now(), sink.is_stream());
    let patience = if is_stream { PATIENCE } else { Duration::MAX };
    while let Some(bytes) = backlog.front_mut() {
        if is_stream && stage.is_over() {
            return Done { sink, result: Err(closed().into()), rest: None };
        }
        match sink.append(bytes) {
            Ok(count) if count < bytes.len() => drop(bytes.split_to(count)),
            Ok(_) => drop(backlog.pop_front()),
            Err(reason) => return Done { sink, result: Err(reason), rest: None },
        }
        if begun.elapsed() >= patience {
            return Done { sink, result: Ok(()), rest: Some((backlog, work)) };
        }
    }
    let result = work(&mut sink);
    Done { sink, result, rest: None }
}

/// Runs `work` on a helper thread. If the call is over before it is done, its result is dropped there.
pub fn on_helper<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<oneshot::Receiver<T>, Error> {
    let (sender, done) = oneshot::channel();
    start(move || {
        let _ = sender.send(work());
    })?;
    Ok(done)
}

pub fn start(work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    FILE_WORK.run(work).map_err(|reason| Error::exhausted("no thread to write the file", &reason))
}

pub fn closed() -> Error {
    Error::Internal("the part file is closed".into())
}
