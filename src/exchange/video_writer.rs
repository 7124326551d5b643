//! Writing a video on helper threads.
//!
//! A file system may take long or stop answering, and so may the reader of a pipe. The deadline of
//! the call still holds, and so do those of the other calls of a queue, because none of their threads
//! waits for it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::backlog::Backlog;
use super::destination::FilePath;
use super::file_work::{self, Done, Work, closed, on_helper};
use super::part_file::Unwritten;
use super::sink::Sink;
use super::stage::Stage;
use super::video_version::VideoVersion;
use crate::error::Error;

/// What writes the video of one download.
pub struct VideoWriter {
    pub file: FilePath,
    source: String,
    sink: RefCell<Place>,
    stage: Arc<Stage>,
    backlog: RefCell<Backlog>,
    /// Where the next byte belongs, and the number and the version of the bytes received.
    position: Cell<u64>,
    length: Cell<u64>,
    version: RefCell<Option<VideoVersion>>,
    is_stream: Cell<bool>,
    /// What the sink counts: see `Sink::count`.
    count: RefCell<Arc<AtomicU64>>,
    /// Whether the part is deleted unless a later attempt continues it.
    is_discarded: Cell<bool>,
    /// How the last step ended.
    finished: RefCell<Option<Result<(), Error>>>,
    /// Why the file is not open yet.
    obstacle: Cell<Option<&'static str>>,
}

enum Place {
    Closed,
    /// A helper thread opens it.
    Opening(oneshot::Receiver<Opened>),
    Open(Sink),
    /// A helper thread has it and gives it back.
    AtWork(oneshot::Receiver<Done>),
    /// A helper thread closes it.
    Closing(oneshot::Receiver<()>),
}

/// `None` as long as nobody reads it.
type Opened = Result<Option<Sink>, Error>;

/// What became of the last step of a download.
pub enum LastStep {
    NotBegun,
    /// It could not be stopped when the call ended.
    AtWork,
    Done(Result<(), Error>),
}

impl VideoWriter {
    /// A file that is not open yet.
    pub fn new(file: FilePath, source: &str) -> Self {
        Self {
            file,
            source: source.into(),
            sink: RefCell::new(Place::Closed),
            stage: Arc::default(),
            backlog: RefCell::default(),
            position: Cell::default(),
            length: Cell::default(),
            version: RefCell::default(),
            is_stream: Cell::default(),
            count: RefCell::default(),
            is_discarded: Cell::default(),
            finished: RefCell::default(),
            obstacle: Cell::default(),
        }
    }

    /// Opens the part that an earlier call left, or creates one, unless it is open. Returns false if
    /// it is a FIFO that nobody reads.
    pub async fn open(&self) -> Result<bool, Error> {
        if !matches!(*self.sink.borrow(), Place::Closed) {
            return Ok(true);
        }
        if self.obstacle.get().is_none() {
            self.obstacle.set(Some("the file system did not open the file"));
        }
        let (file, source, stage) = (self.file.clone(), self.source.clone(), Arc::clone(&self.stage));
        let opening = on_helper(move || match stage.is_over() {
            true => Err(closed()),
            false => Sink::open(&file, &source, &stage),
        })?;
        self.sink.replace(Place::Opening(opening));
        let Some(sink) = self.opened().await.ok_or_else(closed)?? else {
            self.obstacle.set(Some("nobody reads the FIFO"));
            return Ok(false);
        };
        self.obstacle.set(None);
        let rest = sink.rest();
        self.length.set(rest.map_or(0, |(length, _)| length));
        self.position.set(self.length.get());
        self.version.replace(rest.map(|(_, version)| version.clone()));
        self.is_stream.set(sink.is_stream());
        self.count.replace(sink.count());
        self.sink.replace(Place::Open(sink));
        Ok(true)
    }

    /// Releases the file, after everything that was received is written. A stream gets nothing more,
    /// and a last step that has not begun does not begin.
    pub async fn close(&self) {
        self.stage.end();
        if !self.is_stream() && !self.backlog.borrow().is_empty() {
            let _ = self.begin(|_| Ok(())).await;
        }
        let sink = match self.opened().await {
            Some(opened) => opened.ok().flatten(),
            None => self.given_back().await.map(|done| {
                self.note_last_step(&done.result);
                done.sink
            }),
        };
        if let Some(sink) = sink
            && let Ok(closing) = on_helper(move || drop(sink))
        {
            self.sink.replace(Place::Closing(closing));
        }
        // As below, the call may end here.
        poll_fn(|context| match &mut *self.sink.borrow_mut() {
            Place::Closing(closing) => Pin::new(closing).poll(context).map(drop),
            _ => Poll::Ready(()),
        })
        .await;
        self.sink.replace(Place::Closed);
    }

    /// The length and the version of what was received, if it can be resumed.
    pub fn rest(&self) -> Option<(u64, VideoVersion)> {
        let version = self.version.borrow().clone()?;
        (self.length.get() > 0).then_some((self.length.get(), version))
    }

    /// Whether another attempt can continue, or begin anew.
    pub fn can_be_retried(&self) -> bool {
        !self.is_stream() || self.length.get() == 0 || self.rest().is_some()
    }

    /// The number of bytes in the part that the next call can resume from.
    pub fn kept(&self) -> u64 {
        match self.is_stream() || self.is_discarded.get() {
            true => 0,
            // The part may still have bytes that no longer count.
            false => self.count().min(self.length.get()),
        }
    }

    /// Whether the bytes go to a reader at once.
    pub fn is_stream(&self) -> bool {
        self.is_stream.get()
    }

    /// Why a call that timed out may have got no further, if the file is not open.
    pub fn obstacle(&self) -> Option<&'static str> {
        self.obstacle.get()
    }

    /// How many bytes were written that cannot be taken back.
    pub fn written(&self) -> u64 {
        if self.is_stream() { self.count() } else { 0 }
    }

    fn count(&self) -> u64 {
        self.count.borrow().load(Ordering::Relaxed)
    }

    /// Starts again with bytes of this version, unless a reader has got some.
    pub async fn restart(&self, version: Option<VideoVersion>) -> Result<(), Unwritten> {
        if self.is_stream() && self.length.get() > 0 {
            return Err(Unwritten::OtherVersion);
        }
        self.position.set(0);
        self.length.set(0);
        self.version.replace(version.clone());
        self.is_discarded.set(false);
        self.backlog.borrow_mut().take();
        let sink = match self.ready().await {
            // Earlier bytes differed from those before. None of them counts any more.
            Err(Unwritten::OtherVersion) => self.ready().await?,
            sink => sink?,
        };
        // No helper thread has the sink now.
        self.count.borrow().store(0, Ordering::Relaxed);
        self.hand_over(sink, VecDeque::new(), Box::new(move |sink| sink.restart(version)))
    }

    /// The next bytes repeat those from `position` on, of a video of this length.
    pub async fn repeat_from(&self, position: u64, total: u64) -> Result<(), Unwritten> {
        self.position.set(position);
        self.is_discarded.set(false);
        if let Some(version) = &mut *self.version.borrow_mut() {
            version.total = Some(total);
        }
        self.begin(move |sink| {
            sink.repeat_from(position);
            Ok(())
        })
        .await
    }

    /// Appends bytes soon. Waits only if too many of them are not written yet. Returns the failure
    /// of earlier work.
    pub async fn append(&self, bytes: Bytes) -> Result<(), Unwritten> {
        self.position.set(self.position.get() + bytes.len() as u64);
        self.length.set(self.length.get().max(self.position.get()));
        self.backlog.borrow_mut().push(bytes);
        if !self.backlog.borrow().is_full() && self.is_at_work() {
            return Ok(());
        }
        self.begin(|_| Ok(())).await
    }

    /// Hands over what waits, as soon as earlier work is done, while nothing else arrives. Completes
    /// only if earlier work failed.
    pub fn poll_failure(&self, context: &mut Context<'_>) -> Poll<Unwritten> {
        while matches!(*self.sink.borrow(), Place::AtWork(_)) {
            let next = match ready!(self.poll_given_back(context)) {
                None => Err(closed().into()),
                Some(Done { sink, rest: Some((backlog, work)), .. }) => self.hand_over(sink, backlog, work),
                Some(Done { sink, result: Ok(()), .. }) if !self.backlog.borrow().is_empty() => {
                    self.hand_over(sink, self.backlog.borrow_mut().take(), Box::new(|_| Ok(())))
                }
                Some(Done { sink, result, .. }) => {
                    self.sink.replace(Place::Open(sink));
                    result
                }
            };
            if let Err(reason) = next {
                return Poll::Ready(reason);
            }
        }
        Poll::Pending
    }

    /// Waits until everything that was received is written.
    pub async fn flush(&self) -> Result<(), Unwritten> {
        self.begin(|_| Ok(())).await?;
        let sink = self.ready().await?;
        self.sink.replace(Place::Open(sink));
        Ok(())
    }

    /// Gives the file its final name, as the last step, unless the call ends before that.
    pub async fn finish(&self) -> Result<(), Unwritten> {
        let stage = Arc::clone(&self.stage);
        let finish = move |sink: &mut Sink| match stage.begin_last_step() {
            true => sink.finish(),
            false => Err(closed().into()),
        };
        self.begin(finish).await?;
        let result = self.ready().await.map(|sink| drop(self.sink.replace(Place::Open(sink))));
        self.note_last_step(&result);
        if result.is_ok() {
            self.length.set(0);
        }
        result
    }

    fn note_last_step(&self, result: &Result<(), Unwritten>) {
        if self.stage.is_last_step() {
            let result = result.clone().map_err(|reason| match reason {
                Unwritten::Failed(error) => error,
                Unwritten::OtherVersion => closed(),
            });
            // What comes later is the result of closing it.
            self.finished.borrow_mut().get_or_insert(result);
        }
    }

    pub fn last_step(&self) -> LastStep {
        match &*self.finished.borrow() {
            Some(result) => LastStep::Done(result.clone()),
            None if self.stage.is_last_step() => LastStep::AtWork,
            None => LastStep::NotBegun,
        }
    }

    /// Deletes the part when it is closed, unless it is a complete video or a later attempt continues
    /// it.
    pub async fn discard(&self) -> Result<(), Unwritten> {
        if self.rest().is_some_and(|(length, version)| version.total == Some(length)) {
            return Ok(());
        }
        self.is_discarded.set(true);
        self.begin(|sink| {
            sink.discard();
            Ok(())
        })
        .await
    }

    /// Begins to write the backlog, and then to do `work`.
    async fn begin(
        &self,
        work: impl FnOnce(&mut Sink) -> Result<(), Unwritten> + Send + 'static,
    ) -> Result<(), Unwritten> {
        let sink = self.ready().await?;
        self.hand_over(sink, self.backlog.borrow_mut().take(), Box::new(work))
    }

    fn hand_over(&self, sink: Sink, backlog: VecDeque<Bytes>, work: Work) -> Result<(), Unwritten> {
        self.sink.replace(Place::AtWork(file_work::begin(sink, backlog, work, &self.stage)?));
        Ok(())
    }

    fn is_at_work(&self) -> bool {
        matches!(&*self.sink.borrow(), Place::AtWork(done) if done.is_empty())
    }

    /// Waits until the work on the sink is done, and takes it. After a failure, the sink is there for
    /// the second question.
    async fn ready(&self) -> Result<Sink, Unwritten> {
        loop {
            match self.given_back().await.ok_or_else(closed)? {
                Done { sink, rest: Some((backlog, work)), .. } => self.hand_over(sink, backlog, work)?,
                Done { sink, result: Ok(()), .. } => return Ok(sink),
                Done { sink, result: Err(reason), .. } => {
                    self.sink.replace(Place::Open(sink));
                    return Err(reason);
                }
            }
        }
    }

    /// Waits until the sink is open, and takes it. `None` if none is being opened.
    async fn opened(&self) -> Option<Opened> {
        // As below, the call may end here.
        let opened = poll_fn(|context| match &mut *self.sink.borrow_mut() {
            Place::Opening(opened) => {
                Pin::new(opened).poll(context).map(|opened| Some(opened.unwrap_or_else(|_| Err(closed()))))
            }
            _ => Poll::Ready(None),
        })
        .await;
        if opened.is_some() {
            self.sink.replace(Place::Closed);
        }
        opened
    }

    /// Waits for the sink, and takes it. `None` if it is closed.
    async fn given_back(&self) -> Option<Done> {
        poll_fn(|context| self.poll_given_back(context)).await
    }

    fn poll_given_back(&self, context: &mut Context<'_>) -> Poll<Option<Done>> {
        // It stays in its place meanwhile: if the call ends here, `close` waits for it.
        let done = match &mut *self.sink.borrow_mut() {
            Place::AtWork(done) => ready!(Pin::new(done).poll(context)).ok(),
            _ => None,
        };
        Poll::Ready(match self.sink.replace(Place::Closed) {
            Place::Open(sink) => Some(Done { sink, result: Ok(()), rest: None }),
            closing @ Place::Closing(_) => {
                self.sink.replace(closing);
                None
            }
            _ => done,
        })
    }
}

impl Drop for VideoWriter {
    fn drop(&mut self) {
        self.stage.end();
        if let Place::Open(sink) = self.sink.replace(Place::Closed) {
            // Without a thread, it is closed here.
            let _ = file_work::start(move || drop(sink));
        }
    }
}
