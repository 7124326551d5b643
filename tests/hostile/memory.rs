//! The peak resident memory of this process, which includes the test servers.

use std::fs;

/// A behaviour takes less, and all of them together leave less behind.
pub const MOST_MEGABYTES: u64 = 48;

/// Makes the current size the new peak. Before that, returns freed memory to the system: the allocator
/// would keep tens of megabytes of earlier behaviours, and how many depends on chance.
pub fn reset_peak() {
    #[cfg(target_env = "gnu")]
    #[expect(unsafe_code, reason = "no crate has a safe function for this one call")]
    // SAFETY: it may be called at any time.
    unsafe {
        libc::malloc_trim(0);
    }
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

pub fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap().div_ceil(1024)
}
