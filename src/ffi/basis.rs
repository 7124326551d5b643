//! What the tables of handles and strings are built on. `tests/misuse/models` puts atomics in its place that run through
//! every order of events, and sizes that are small enough for it.

pub use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

pub use once_cell::race::OnceBox;

/// Segment `n` of the table of handles has `FIRST_SEGMENT << n` slots.
pub(super) const FIRST_SEGMENT: usize = 64;
pub(super) const SEGMENTS: usize = 16;
/// 31 bits; the last value is left out, because a handle cut to 32 bits and sign-extended would carry it.
pub(super) const LAST_GENERATION: u64 = 0x7FFF_FFFE;

/// The slots of the first table of strings.
pub(super) const FIRST_SLOTS: usize = 1024;
/// A string stands at its hash or at one of the places behind it.
pub(super) const REACH: usize = 16;
