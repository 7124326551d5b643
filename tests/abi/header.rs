//! The committed header matches the one that src/ffi generates.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_header_is_up_to_date() {
    let generated = fs::read_to_string(concat!(env!("OUT_DIR"), "/anchor.h")).unwrap();
    for copy in ["include/anchor.h", go_copy()] {
        let committed = fs::read_to_string(format!("{ROOT}/{copy}")).unwrap_or_default();
        // Not assert_eq: it would print both headers in full.
        assert!(committed == generated, "{copy} differs from src/ffi: run `make header` and commit it");
    }
}

/// The archive of a Go module holds only the module's own folder, so the module has a copy of the header.
fn go_copy() -> &'static str {
    let places = ["bindings/go/internal/capi/anchor.h", "bindings/go/internal/capi/anchor.h"];
    places.into_iter().find(|path| Path::new(ROOT).join(path).exists()).expect("a header in the Go module")
}
