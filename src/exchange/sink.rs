//! The sink of a video's bytes: a part file, or a stream.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::destination::{Destination, FilePath};
use super::part_file::{PartFile, Unwritten};
use super::stage::Stage;
use super::stream::Stream;
use super::video_version::VideoVersion;
use crate::error::Error;

pub enum Sink {
    Part(Box<PartFile>),
    Stream(Box<Stream>),
}

impl Sink {
    /// Opens what the path leads to. Returns `None` while nobody reads it.
    pub fn open(file: &FilePath, source: &str, stage: &Arc<Stage>) -> Result<Option<Self>, Error> {
        let name = &file.given;
        let stream = match Destination::find(file)? {
            Destination::File(target) => return Ok(Some(Self::Part(Box::new(PartFile::begin(target, source)?)))),
            Destination::Descriptor(number) => Some(Stream::to_descriptor(name, number, stage)?),
            Destination::Fifo(path) => Stream::to_fifo(name, &path, stage)?,
        };
        Ok(stream.map(|stream| Self::Stream(Box::new(stream))))
    }

    /// The length and the version of what an earlier call received.
    pub fn rest(&self) -> Option<(u64, &VideoVersion)> {
        match self {
            Self::Part(part) => part.rest(),
            Self::Stream(_) => None,
        }
    }

    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// The number of bytes in a part that a later call can resume from, or the number of those that a
    /// stream got.
    pub fn count(&self) -> Arc<AtomicU64> {
        match self {
            Self::Part(part) => part.resumable(),
            Self::Stream(stream) => stream.written(),
        }
    }

    /// Starts again. Nothing was written to a stream yet.
    pub fn restart(&mut self, version: Option<VideoVersion>) -> Result<(), Unwritten> {
        match self {
            Self::Part(part) => part.restart(version),
            Self::Stream(_) => Ok(()),
        }
    }

    pub fn repeat_from(&mut self, position: u64) {
        match self {
            Self::Part(part) => part.repeat_from(position),
            Self::Stream(stream) => stream.repeat_from(position),
        }
    }

    /// Returns how many of the bytes were taken.
    pub fn append(&mut self, bytes: &[u8]) -> Result<usize, Unwritten> {
        match self {
            Self::Part(part) => part.append(bytes).map(|()| bytes.len()),
            Self::Stream(stream) => stream.append(bytes),
        }
    }

    pub fn finish(&mut self) -> Result<(), Unwritten> {
        match self {
            Self::Part(part) => Ok(part.finish()?),
            Self::Stream(_) => Ok(()),
        }
    }

    /// Deletes what was received, if that is possible.
    pub fn discard(&mut self) {
        if let Self::Part(part) = self {
            part.discard();
        }
    }
}
