//! What the operating system provides, behind safe functions.

#[cfg(feature = "command")]
pub mod signals;
