//! The tables behind everything that the host holds.
//!
//! A host passes back opaque pointers and strings. Neither is trusted: each is looked up here
//! before it is used, so a stale, forged or truncated one finds nothing.
//!
//! Nothing here takes a lock. A lock that another thread held during `fork` would stay locked in
//! the child for ever. `tests/misuse/models` compiles these files against other [`atomics`] and
//! runs them through every interleaving of a few threads.

mod atomics;
mod lent_addresses;
mod strings;
mod table;

pub(crate) use atomics::SEGMENTS;
pub use atomics::{AtomicU32, AtomicU64, OnceBox};
pub use strings::{free_string, lend_string};
pub(crate) use table::MAX_SLOTS;
pub use table::Table;
