//! Pointers that belong to the host.

use std::ffi::c_void;

/// A pointer that is passed back to the host unchanged.
#[derive(Clone, Copy)]
pub struct HostData(pub *mut c_void);

// SAFETY: the library never dereferences the pointer, and the header says on which threads the
// host's functions run.
unsafe impl Send for HostData {}
// SAFETY: as above.
unsafe impl Sync for HostData {}

impl HostData {
    /// A method, so that a closure captures the whole value and not the bare pointer in it.
    pub fn get(self) -> *mut c_void {
        self.0
    }
}
