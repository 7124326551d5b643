//! Runs a target with libFuzzer. Compiled only by `tests/fuzz/run.py`, which sets `cfg(fuzzing)`.

use std::ffi::{CString, c_char, c_int};
use std::sync::OnceLock;
use std::{env, process, ptr};

use libfuzzer_sys::fuzz_target;

type Property = Box<dyn Fn(&[u8]) + Send + Sync>;

static PROPERTY: OnceLock<Property> = OnceLock::new();

fuzz_target!(|input: &[u8]| {
    if let Some(property) = PROPERTY.get() {
        property(input);
    }
});

unsafe extern "C" {
    fn LLVMFuzzerTestOneInput(data: *const u8, size: usize) -> c_int;
    fn LLVMFuzzerRunDriver(
        argc: *mut c_int,
        argv: *mut *mut *mut c_char,
        test: unsafe extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

/// Tries inputs until the time limit in FUZZ_OPTIONS or until one breaks the property, and then
/// exits.
pub fn explore(property: Property) -> ! {
    assert!(PROPERTY.set(property).is_ok(), "only one target can run in a process");
    let options = env::var("FUZZ_OPTIONS").expect("FUZZ_OPTIONS has one option of libFuzzer per line");
    let arguments: Vec<_> =
        ["fuzz"].into_iter().chain(options.lines()).map(|text| CString::new(text).expect("no NUL")).collect();
    let mut pointers: Vec<_> = arguments.iter().map(|text| text.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect();
    let (mut argc, mut argv) = (arguments.len() as c_int, pointers.as_mut_ptr());
    // SAFETY: the arguments are a NULL-terminated array of C strings, which live until the process
    // exits.
    process::exit(unsafe { LLVMFuzzerRunDriver(&raw mut argc, &raw mut argv, LLVMFuzzerTestOneInput) });
}
