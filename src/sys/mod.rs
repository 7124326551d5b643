//! What the operating system provides, behind safe functions.
//!
//! The library runs in other people's processes, which fork, run out of descriptors, keep small
//! stacks and handle signals. This layer detects those conditions and shields the host from what
//! the library does.
//!
//! Code that differs between operating systems is in the folders `unix` and `windows`, which have the
//! same modules with the same functions. Nothing else asks which system it is compiled for, which
//! `tests/layers.rs` checks.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(not(any(unix, windows)))]
compile_error!("libanchor needs Unix or Windows: it deals with descriptors, stacks and files");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("libanchor's handles need 64-bit pointers");

mod blocked_threads;
pub mod environment;
mod exclusive;
pub mod files;
pub mod fork_gate;
mod helpers;
mod lent;
mod panics;
mod per_process;
pub mod random;
mod shield;
mod stack;
pub mod threads;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use blocked_threads::{Blocked, BlockedThread, BlockedThreads};
pub use exclusive::{Exclusive, InUse};
pub use helpers::Helpers;
pub use panics::caught;
pub use per_process::PerProcess;
pub use shield::{Shielded, deep, shielded, shielded_here};
pub use system::readiness::Readiness;
#[cfg(feature = "command")]
pub use system::signals;
pub use system::standard_descriptors::StandardDescriptors;
pub use system::{errors, file_note, file_system, fork, limits, output, permissions, sockets, system_errors, trust};
