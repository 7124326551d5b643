//! Pipes and other open descriptors that are written byte by byte. Windows gives them no paths, so no
//! download has one as its destination.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

pub fn number_of(_path: &Path) -> Option<i32> {
    None
}

pub fn duplicate(_number: i32) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub fn open_fifo(_path: &Path) -> io::Result<Option<File>> {
    Err(io::ErrorKind::Unsupported.into())
}

pub fn write_some(
    _file: &File,
    _bytes: &[u8],
    _patience: Duration,
    _goes_on: impl Fn() -> bool,
) -> (usize, io::Result<()>) {
    (0, Err(io::ErrorKind::Unsupported.into()))
}

pub fn is_broken(_file: &File) -> bool {
    true
}
