//! A stream: a pipe, a FIFO or another open descriptor that gets the video byte by byte.
//!
//! What was written cannot be taken back. So a stream is continued only where it stopped, with bytes
//! of the same version, and gets nothing more after a failure.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::destination::{cannot_be_written, failed};
use super::part_file::Unwritten;
use super::stage::Stage;
use super::video_version::OVERLAP;
use crate::error::Error;
use crate::sys::{errors, output};

/// The longest that a thread waits for a reader before it does other work.
pub(super) const PATIENCE: Duration = Duration::from_millis(20);

pub struct Stream {
    output: File,
    name: String,
    written: Arc<AtomicU64>,
    /// Where the next byte belongs. What lies behind it is compared.
    position: u64,
    /// The last bytes that were written.
    tail: Vec<u8>,
    /// Why it gets nothing more.
    failure: Option<Unwritten>,
    stage: Arc<Stage>,
}

impl Stream {
    /// Opens a descriptor of this process.
    pub fn to_descriptor(name: &str, number: i32, stage: &Arc<Stage>) -> Result<Self, Error> {
        let output = output::duplicate(number);
        Self::to(name, output.map_err(|reason| cannot_be_written(Path::new(name), &reason))?, stage)
    }

    /// Opens a FIFO. Returns `None` while nobody reads it.
    pub fn to_fifo(name: &str, path: &Path, stage: &Arc<Stage>) -> Result<Option<Self>, Error> {
        let output = output::open_fifo(path).map_err(|reason| cannot_be_written(Path::new(name), &reason))?;
        output.map(|output| Self::to(name, output, stage)).transpose()
    }

    fn to(name: &str, output: File, stage: &Arc<Stage>) -> Result<Self, Error> {
        if output::is_broken(&output) {
            return Err(cannot_be_written(Path::new(name), &errors::broken_pipe()));
        }
        let stage = Arc::clone(stage);
        Ok(Self { output, name: name.into(), written: Arc::default(), position: 0, tail: vec![], failure: None, stage })
    }

    /// How many bytes were written.
    pub fn written(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }

    /// The next bytes repeat those from `position` on.
    pub fn repeat_from(&mut self, position: u64) {
        self.position = position.min(self.length());
    }

    /// Writes as many of the bytes as the reader takes within a moment, after those that were written
    /// already and must be the same. Returns their number. Nothing is written after a failure.
    pub fn append(&mut self, bytes: &[u8]) -> Result<usize, Unwritten> {
        if let Some(reason) = &self.failure {
            return Err(reason.clone());
        }
        let appended = self.compare_or_write(bytes);
        self.failure = appended.as_ref().err().cloned();
        appended
    }

    fn compare_or_write(&mut self, bytes: &[u8]) -> Result<usize, Unwritten> {
        let behind = usize::try_from(self.length() - self.position).unwrap_or(usize::MAX);
        if behind > 0 {
            let repeated = behind.min(bytes.len());
            let known = self.tail.len().checked_sub(behind).and_then(|begin| self.tail.get(begin..begin + repeated));
            if known != bytes.get(..repeated) {
                return Err(Unwritten::OtherVersion);
            }
            self.position += repeated as u64;
            return Ok(repeated);
        }
        let (written, result) = output::write_some(&self.output, bytes, PATIENCE, || !self.stage.is_over());
        self.written.fetch_add(written as u64, Ordering::Relaxed);
        self.position += written as u64;
        self.tail.extend_from_slice(bytes.get(..written).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(OVERLAP as usize);
        self.tail.drain(..surplus);
        result.map_err(|reason| failed(Path::new(&self.name), &reason))?;
        Ok(written)
    }

    fn length(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    #[test]
    fn nothing_is_written_after_a_failure_or_the_end_of_the_call() {
        let path = std::env::temp_dir().join(format!("anchor-stream-{}", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let reader = || File::options().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
        let (first, stage) = (reader(), Arc::new(Stage::default()));
        let open = || Stream::to_fifo("fifo", &path, &stage).unwrap().unwrap();
        let (mut stream, mut other) = (open(), open());
        assert_eq!(stream.append(b"12").unwrap(), 2);
        drop(first);
        assert!(stream.append(b"34").is_err());
        let mut second = reader();
        assert!(stream.append(b"56").is_err() && stream.append(b"78").is_err());
        assert_eq!(other.append(b"9").unwrap(), 1);
        stage.end();
        assert_eq!(other.append(b"0").unwrap(), 0);
        let mut bytes = [0; 10];
        let length = second.read(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"129");
        std::fs::remove_file(&path).unwrap();
    }
}
