//! What a thread of the library does not take over from the host.

/// The texts of failed look-ups come from `system_errors`.
pub fn speak_english() {}

/// A new thread has the normal priority, whatever that of its maker is.
pub fn leave_real_time() {}
