#!/bin/sh
# Links the library for the wheel with zig, which does not know one of the flags that build.rs
# passes. undefined.ld has the same effect for the names in question. tests/release/check_library.py
# would find another such name.
set -eu
for argument; do
    shift
    [ "$argument" = "-Wl,-z,nodynamic-undefined-weak" ] || set -- "$@" "$argument"
done
exec cargo-zigbuild zig cc -- -target "$WHEEL_ZIG_TARGET" "$@" "-Wl,-T,$(dirname "$0")/undefined.ld"
