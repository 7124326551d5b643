//! Whether this library may be unloaded.

use std::ptr;

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// Keeps this library in memory until the process ends: threads, handlers and hooks refer to its code.
pub fn stay_loaded() {
    let (mut module, here) = (ptr::null_mut(), stay_loaded as *const u16);
    // SAFETY: with these flags the name is an address in the module, and the handle may be written.
    unsafe {
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, here, &mut module);
    }
}
