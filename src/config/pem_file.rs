//! Reading the files of certificates and keys that an option names.

use std::fmt::Display;
use std::path::Path;

use super::checks::checked_utf8;
use crate::error::Error;
use crate::sys::errors::is_exhaustion;
use crate::sys::files::{Unreadable, read_regular};
use crate::text::quoted;

/// A hundred times the size of the system's trust store.
const MAX_MEBIBYTES: u64 = 16;

/// What `parse` finds in the file that the option `name` names. It is read when the client is made,
/// so that a later change of the file does not affect a running program.
pub fn read<T>(name: &str, path: &[u8], parse: impl FnOnce(&[u8]) -> Result<T, &'static str>) -> Result<T, Error> {
    let path = checked_utf8(name, path)?;
    let flaw = |reason: &dyn Display| Error::argument(name, format_args!("{} {reason}", quoted(path)));
    let text = read_regular(Path::new(path), MAX_MEBIBYTES).map_err(|reason| match reason {
        Unreadable::Failed(reason) if is_exhaustion(&reason) => {
            Error::exhausted(&format!("the {name} cannot be read"), &reason)
        }
        reason => flaw(&format_args!("{reason}; pass the path of a PEM file")),
    })?;
    parse(&text).map_err(|reason| flaw(&reason))
}
