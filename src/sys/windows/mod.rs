//! Windows. It has the same functions as `unix`, but many conditions cannot arise: a process does not
//! fork, has no signals, and a new handle never replaces standard output.

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
pub mod sockets;
pub mod standard_descriptors;
pub mod system_errors;
pub mod thread_setup;
pub mod thread_stack;
pub mod trust;

#[cfg(feature = "command")]
compile_error!("the command anchor needs a Unix system: it passes signals on");
