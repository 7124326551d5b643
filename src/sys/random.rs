//! The system's random source, without which the cryptography ends the process.

use std::error::Error;
use std::{fmt, io};

use super::system::entropy;

/// The system provides no random numbers, for example because a seccomp filter refuses them.
#[derive(Debug)]
pub struct NoRandomNumbers(io::Error);

impl fmt::Display for NoRandomNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no random numbers (getrandom)")
    }
}

impl Error for NoRandomNumbers {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Checks that random numbers are available without waiting. A filter may be installed at any time,
/// so this is checked for each TLS connection.
pub fn check() -> Result<(), NoRandomNumbers> {
    entropy::probe().map_err(NoRandomNumbers)
}
