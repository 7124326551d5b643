//! Linux, Android, macOS and the other systems with signals, forks and descriptors.

pub mod cancellation;
pub mod entropy;
pub mod errors;
pub mod file_note;
pub mod file_system;
pub mod fork;
pub mod library;
pub mod limits;
pub mod output;
pub mod permissions;
pub mod privileges;
pub mod readiness;
pub mod signal_mask;
#[cfg(feature = "command")]
pub mod signals;
pub mod sockets;
pub mod standard_descriptors;
pub mod system_errors;
pub mod thread_setup;
pub mod thread_stack;
pub mod trust;
