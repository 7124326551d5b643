#!/bin/sh
# Links the library for the wheel with zig, which does not know some of the flags.
#
# For Linux, undefined.ld has the same effect as -z nodynamic-undefined-weak for the names in question.
# zig takes a single linker script, so it gets that of build.rs and undefined.ld in one.
# tests/release/check_library.py finds what they should have removed. For Windows, zig has the
# stack protector built in, and no library of it.
set -eu
scripts="$(dirname "$0")/undefined.ld"
for argument; do
    shift
    case $argument in
    -Wl,-z,nodynamic-undefined-weak | -lssp | -lssp_nonshared) ;;
    -T*.ld)
        cat "${argument#-T}" "$scripts" >"${argument#-T}.zig"
        scripts=${argument#-T}.zig
        ;;
    -Wl,*.def) set -- "$@" "${argument#-Wl,}" ;;
    *) set -- "$@" "$argument" ;;
    esac
done
case $WHEEL_ZIG_TARGET in
*-windows-*) ;;
*) set -- "$@" "-Wl,-T,$scripts" ;;
esac
cargo-zigbuild zig cc -- -target "$WHEEL_ZIG_TARGET" "$@"
case $WHEEL_ZIG_TARGET in
*-musl)
    # zig calls musl libc.so, and distributions use this name. To musl's loader it is the same.
    while [ "$1" != -o ]; do shift; done
    patchelf --replace-needed libc.so "libc.musl-${WHEEL_ZIG_TARGET%%-*}.so.1" "$2"
    ;;
esac
