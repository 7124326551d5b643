//! The environment variables. The user who starts a program chooses them.
//!
//! A set-user-id program has rights that its caller lacks. If it took the proxy, the trust store or
//! the base URL from the environment, its caller could have the API key sent anywhere. So such a
//! process reads no variable at all.

use std::ffi::OsString;

pub use super::system::privileges::is_trusted;

/// The value of a variable, or `None` if it is unset, empty or not to be trusted.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty() && is_trusted())
}
