//! What a thread of the library does not take over from the host.

use std::ffi::c_int;
use std::mem::MaybeUninit;

#[cfg(target_env = "musl")]
const EVERY_CATEGORY: c_int = 0x7fff_ffff;
#[cfg(not(target_env = "musl"))]
const EVERY_CATEGORY: c_int = libc::LC_ALL_MASK;

/// The system's texts for failed look-ups are in the language and the encoding of the host. On this
/// thread they are in English.
pub fn speak_english() {
    // SAFETY: the name is a string. The locale is the C locale, which always exists and needs no
    // memory, so it is never freed. Only this thread uses it from now on.
    unsafe {
        let locale = libc::newlocale(EVERY_CATEGORY, c"C".as_ptr(), std::ptr::null_mut());
        if !locale.is_null() {
            libc::uselocale(locale);
        }
    }
}

/// A thread inherits the scheduling class of the one that starts it. A real-time thread of the host
/// must not make the library compete with it.
pub fn leave_real_time() {
    let mut policy = 0;
    let mut parameters = MaybeUninit::<libc::sched_param>::zeroed();
    // SAFETY: both outputs may be written, and zero is valid for the parameters. To leave a
    // real-time class needs no permission.
    unsafe {
        let this = libc::pthread_self();
        if libc::pthread_getschedparam(this, &mut policy, parameters.as_mut_ptr()) == 0
            && matches!(policy, libc::SCHED_FIFO | libc::SCHED_RR)
        {
            libc::pthread_setschedparam(this, libc::SCHED_OTHER, MaybeUninit::zeroed().as_ptr());
        }
    }
}
