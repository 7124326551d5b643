//! What a download has received and not handed to a helper thread yet.

use std::collections::VecDeque;

use bytes::Bytes;

/// The most memory that is collected while earlier bytes are written: a hand-over costs as much as
/// copying some of them.
const MOST: usize = 1024 * 1024;
/// The memory of a piece beside its bytes. A server may send them one by one.
const PIECE: usize = 2 * size_of::<Bytes>();

/// Pieces of a video, in their order.
#[derive(Default)]
pub struct Backlog {
    pieces: VecDeque<Bytes>,
    memory: usize,
}

impl Backlog {
    pub fn push(&mut self, bytes: Bytes) {
        self.memory += bytes.len() + PIECE;
        self.pieces.push_back(bytes);
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.memory >= MOST
    }

    /// Takes all pieces.
    pub fn take(&mut self) -> VecDeque<Bytes> {
        self.memory = 0;
        std::mem::take(&mut self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_memory_is_bounded_whatever_the_size_of_the_pieces() {
        for size in [1, 16, 1024, 16 * 1024] {
            let mut backlog = Backlog::default();
            while !backlog.is_full() {
                backlog.push(Bytes::from(vec![7; size]));
            }
            let most = MOST / (size + PIECE) + 1;
            assert!(backlog.pieces.len() <= most, "{} pieces of {size} bytes", backlog.pieces.len());
            let memory = backlog.pieces.capacity() * size_of::<Bytes>() + backlog.pieces.len() * size;
            assert!(memory <= MOST + MOST / 4, "{memory} bytes for pieces of {size}");
            assert_eq!(backlog.take().len(), most);
            assert!(backlog.is_empty() && !backlog.is_full());
        }
    }
}
