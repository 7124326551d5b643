#!/bin/sh
# Links the library for the wheel with zig, which does not know one of the flags that build.rs
# passes. undefined.ld has the same effect for the names in question. zig takes a single linker script,
# so it gets that of build.rs and undefined.ld in one. tests/release/check_library.py finds what they
# should have removed.
set -eu
scripts="$(dirname "$0")/undefined.ld"
for argument; do
    shift
    case $argument in
    -Wl,-z,nodynamic-undefined-weak) ;;
    -T*.ld)
        cat "${argument#-T}" "$scripts" >"${argument#-T}.zig"
        scripts=${argument#-T}.zig
        ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec cargo-zigbuild zig cc -- -target "$WHEEL_ZIG_TARGET" "$@" "-Wl,-T,$scripts"
