//! What the operating system provides, behind safe functions.
//!
//! The library runs in other people's processes, which fork, run out of descriptors, keep small
//! stacks and handle signals. This layer detects those conditions and shields the host from what
//! the library does. Code that differs between operating systems is here and nowhere else.

mod blocked_threads;
mod cancellation;
pub mod environment;
pub mod errors;
mod exclusive;
pub mod file_note;
pub mod files;
pub mod fork;
pub mod fork_gate;
mod helpers;
pub mod limits;
pub mod output;
mod panics;
mod per_process;
pub mod permissions;
pub mod random;
mod readiness;
mod shield;
mod signal_mask;
#[cfg(feature = "command")]
pub mod signals;
pub mod sockets;
mod stack;
mod standard_descriptors;
pub mod threads;
#[cfg(not(target_os = "macos"))]
pub mod trust_places;

pub use blocked_threads::{Blocked, BlockedThread, BlockedThreads};
pub use exclusive::{Exclusive, InUse};
pub use helpers::Helpers;
pub use panics::caught;
pub use per_process::PerProcess;
pub use readiness::Readiness;
pub use shield::{Shielded, deep, shielded, shielded_here};
pub use standard_descriptors::StandardDescriptors;
