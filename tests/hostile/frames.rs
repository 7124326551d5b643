//! Builds and reads HTTP/2 frames as bytes.
//!
//! Libraries that implement HTTP/2 refuse to violate it, and these tests are about violations. So
//! frames are assembled by hand, with any type, flags, stream and payload. Header blocks use HPACK
//! literals without Huffman coding.

use std::collections::VecDeque;
use std::io::{self, Read};

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const NO_FLAGS: u8 = 0;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

pub const MAX_FRAME: usize = 16 * 1024;
/// `:status: 200`, from the static table.
pub const STATUS_200: &[u8] = &[0x88];

pub struct Frame {
    pub kind: u8,
    flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        from.read_exact(&mut payload)?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Ok(Self { kind: head[3], flags: head[4], stream, payload })
    }

    /// Drops all complete frames except requests. A frame that is still incomplete is kept.
    pub fn keep_requests(bytes: &mut VecDeque<u8>) {
        let (mut rest, mut kept) = (&*bytes.make_contiguous(), vec![]);
        loop {
            let before = rest;
            match Self::read(&mut rest) {
                Ok(frame) if frame.kind == HEADERS => kept.extend(&before[..before.len() - rest.len()]),
                Ok(_) => {}
                Err(_) => {
                    kept.extend(before);
                    break;
                }
            }
        }
        *bytes = kept.into();
    }

    pub fn is_ack(&self) -> bool {
        self.flags & ACK != 0
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub fn settings(rows: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> =
        rows.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    frame(SETTINGS, NO_FLAGS, 0, &payload)
}

pub fn settings_ack() -> Vec<u8> {
    frame(SETTINGS, ACK, 0, &[])
}

pub fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PING, ACK, 0, payload)
}

pub fn goaway(last_stream: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, NO_FLAGS, 0, &[last_stream.to_be_bytes(), code.to_be_bytes()].concat())
}

pub fn rst_stream(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, NO_FLAGS, stream, &code.to_be_bytes())
}

pub fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, NO_FLAGS, stream, &increment.to_be_bytes())
}

/// The complete head of a response whose body follows.
pub fn head(stream: u32, status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = literal(":status", &status.to_string());
    block.extend(literal("content-type", "application/json"));
    headers.iter().for_each(|(name, value)| block.extend(literal(name, value)));
    frame(HEADERS, END_HEADERS, stream, &block)
}

/// The last frame of a body.
pub fn last(stream: u32, body: impl AsRef<[u8]>) -> Vec<u8> {
    frame(DATA, END_STREAM, stream, body.as_ref())
}

/// A frame of a body with more to come.
pub fn piece(stream: u32, body: impl AsRef<[u8]>) -> Vec<u8> {
    frame(DATA, NO_FLAGS, stream, body.as_ref())
}

pub fn response(stream: u32, status: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(stream, status, &[]);
    body.chunks(MAX_FRAME).for_each(|chunk| bytes.extend(piece(stream, chunk)));
    bytes.extend(last(stream, b""));
    bytes
}

/// A header field that does not enter the dynamic table.
pub fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0], text(name).as_slice(), &text(value)].concat()
}

/// A header field that enters the dynamic table.
pub fn indexed_literal(name: &str, value: &str) -> Vec<u8> {
    [&[0x40], text(name).as_slice(), &text(value)].concat()
}

/// A string literal without Huffman coding.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![];
    match text.len() {
        length @ 0..127 => bytes.push(length as u8),
        length => {
            bytes.push(127);
            let mut rest = length - 127;
            while rest >= 128 {
                bytes.push((rest % 128 + 128) as u8);
                rest /= 128;
            }
            bytes.push(rest as u8);
        }
    }
    bytes.extend(text.as_bytes());
    bytes
}
