//! A note that stays with a file, but is not part of its bytes. An alternate stream of NTFS would be
//! one, but it is opened by the file's path, which may lead to another file by now.

use std::fs::File;
use std::io;

pub fn set(_file: &File, _text: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub fn get(_file: &File, _most: usize) -> Option<Vec<u8>> {
    None
}

pub fn remove(_file: &File) {}
