#!/bin/sh
# Links the library for the wheel: with zig, which takes all that build.rs asks for but one flag. What that flag does,
# undefined.ld does for the names that need it; tests/release/check_library.py would find one more.
set -eu
for argument; do
    shift
    [ "$argument" = "-Wl,-z,nodynamic-undefined-weak" ] || set -- "$@" "$argument"
done
exec cargo-zigbuild zig cc -- -target "$WHEEL_ZIG_TARGET" "$@" "-Wl,-T,$(dirname "$0")/undefined.ld"
