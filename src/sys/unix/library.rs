//! Whether this library may be unloaded.

/// Keeps this library in memory until the process ends: threads, handlers and hooks refer to its code.
pub fn stay_loaded() {
    // On Linux, the linker has marked the library as one that is never unloaded (`-z nodelete`, see build.rs).
}
