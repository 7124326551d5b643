//! The atomics and the sizes that the tables are built from.
//!
//! The models in `tests/misuse/models` replace this file: their atomics try every interleaving, and
//! their sizes are small enough for that.

pub use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

pub use once_cell::race::OnceBox;

/// Segment `n` of the table of handles has `FIRST_SEGMENT << n` slots.
pub(crate) const FIRST_SEGMENT: usize = 64;
pub(crate) const SEGMENTS: usize = 16;
/// 31 bits. The highest value is excluded because a handle that was cut to 32 bits and
/// sign-extended would carry it.
pub(crate) const LAST_GENERATION: u64 = 0x7FFF_FFFE;

/// The number of slots in the first table of strings.
pub(crate) const FIRST_SLOTS: usize = 1024;
/// A string is stored in one of this many slots, starting at its hash.
pub(crate) const MAX_PROBES: usize = 16;
