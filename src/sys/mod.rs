//! What the operating system provides, behind safe functions.
//!
//! The library runs in other people's processes, which fork, run out of descriptors, keep small
//! stacks and handle signals. This layer detects those conditions and shields the host from what
//! the library does. Code that differs between operating systems is here and nowhere else.

mod cancellation;
pub mod errors;
pub mod files;
pub mod fork;
pub mod limits;
mod panics;
mod per_process;
mod readiness;
mod signal_mask;
#[cfg(feature = "command")]
pub mod signals;
pub mod sockets;
pub mod stack;
pub mod threads;

pub use cancellation::CancellationOff;
pub use panics::caught;
pub use per_process::PerProcess;
pub use readiness::Readiness;
pub use signal_mask::FileSignalBlocked;
