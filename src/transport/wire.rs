//! Reading and writing a connection to a proxy before the HTTP client gets it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use hyper::rt::{Read, ReadBuf, Write};

/// Reads what has arrived, at least one byte.
pub async fn read_some<S: Read + Unpin>(stream: &mut S, buffer: &mut [u8]) -> io::Result<usize> {
    let mut buffer = ReadBuf::new(buffer);
    poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer.unfilled())).await?;
    match buffer.filled().len() {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the proxy closed the connection")),
        length => Ok(length),
    }
}

/// Fills the buffer, and reads not one byte more.
pub async fn fill<S: Read + Unpin>(stream: &mut S, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        let length = read_some(stream, buffer).await?;
        buffer = buffer.split_at_mut(length).1;
    }
    Ok(())
}

pub async fn read_exactly<S: Read + Unpin, const N: usize>(stream: &mut S) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(stream, &mut bytes).await?;
    Ok(bytes)
}

pub async fn write_all<S: Write + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    poll_fn(|context| {
        while !rest.is_empty() {
            match ready!(Pin::new(&mut *stream).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => rest = rest.get(length..).unwrap_or_default(),
            }
        }
        Pin::new(&mut *stream).poll_flush(context)
    })
    .await
}
