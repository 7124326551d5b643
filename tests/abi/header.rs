//! The committed header is the one that src/ffi gives.

use std::fs;

#[test]
fn the_header_is_up_to_date() {
    let generated = fs::read_to_string(concat!(env!("OUT_DIR"), "/anchor.h")).unwrap();
    for copy in ["include/anchor.h", "bindings/go/anchor.h"] {
        let committed = fs::read_to_string(format!("{}/{copy}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_default();
        // Not assert_eq: two headers on the terminal help nobody.
        assert!(committed == generated, "{copy} differs from src/ffi: run `make header` and commit it");
    }
}
