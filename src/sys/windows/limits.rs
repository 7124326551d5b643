//! The limits that the system sets for this process.

/// The number of sockets that the process may have open. Windows has no limit, so this is one that no
/// other part of a host notices.
pub fn descriptors() -> usize {
    16 * 1024
}
