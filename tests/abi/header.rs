//! The committed copies of `anchor.h` match the header that the build generates from `src/ffi`.

use std::fs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The archive of a Go module holds only files of its own folder, so the Go module has a copy.
const COPIES: [&str; 2] = ["include/anchor.h", "bindings/go/internal/capi/anchor.h"];

#[test]
fn the_committed_headers_are_up_to_date() {
    let generated = fs::read_to_string(concat!(env!("OUT_DIR"), "/anchor.h")).unwrap();
    for copy in COPIES {
        let committed = fs::read_to_string(format!("{ROOT}/{copy}")).unwrap_or_default();
        // assert_eq would print both headers in full.
        assert!(committed == generated, "{copy} differs from src/ffi: run `make header` and commit it");
    }
}
