//! What a download has received and not handed to a helper thread yet.

use std::collections::VecDeque;

use bytes::Bytes;

/// The memory that the waiting bytes may take. Handing them over in large portions is cheaper, because
/// each hand-over wakes a thread.
const LIMIT: usize = 1024 * 1024;
/// What a piece costs in addition to its bytes: its place in a queue that may be half empty. It counts
/// because a server may send a video byte by byte.
const OVERHEAD: usize = 2 * size_of::<Bytes>();

/// Pieces of a video, in their order.
#[derive(Default)]
pub struct Backlog {
    pieces: VecDeque<Bytes>,
    memory: usize,
}

impl Backlog {
    pub fn push(&mut self, bytes: Bytes) {
        self.memory += bytes.len() + OVERHEAD;
        self.pieces.push_back(bytes);
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.memory >= LIMIT
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
            let most = LIMIT / (size + OVERHEAD) + 1;
            assert!(backlog.pieces.len() <= most, "{} pieces of {size} bytes", backlog.pieces.len());
            let memory = backlog.pieces.capacity() * size_of::<Bytes>() + backlog.pieces.len() * size;
            assert!(memory <= LIMIT + LIMIT / 4, "{memory} bytes for pieces of {size}");
            assert_eq!(backlog.take().len(), most);
            assert!(backlog.is_empty() && !backlog.is_full());
        }
    }
}
