//! What a client is configured with: checked once, when the client is made.
//!
//! [`Options`] are what the host asked for, unchecked. [`Configuration`] is what a client works
//! with, where every value is usable. The environment fills in what the options leave out.

mod address;
mod api_key;
mod base_url;
mod ca_file;
mod checks;
mod client_certificate;
mod environment;
mod headers;
mod host;
mod log;
mod no_proxy;
mod options;
#[cfg(test)]
pub mod parts;
mod pem_file;
mod proxy;
mod proxy_url;

pub use address::{Address, PATH_SEGMENT};
pub use api_key::redactor;
pub use checks::{checked_timeout, checked_utf8};
#[cfg(feature = "command")]
pub use environment::KEY_VARIABLE;
pub use log::{ANCHOR_LOG_INFO, ANCHOR_LOG_WARNING, Log, LogFunction};
pub use options::{Configuration, Options};
