# shellcheck shell=sh disable=SC2034,SC2154 # the script that sources it has and uses these variables
# Compiles the library and the command for a platform, which may be another one than this. Sourced
# with its name in $platform, and with the environment of packaging/requirements.txt on the PATH.
# It sets $target, $zig, $tag, $library and $command.
#
# zig links, because it brings the C library of every platform. For Linux it has the symbols of glibc
# 2.17. That is the oldest version that Rust supports, so the library runs with every newer one.

glibc=2.17
root=$(pwd)
case $platform in
linux-x86_64) target=x86_64-unknown-linux-gnu zig=x86_64-linux-gnu.$glibc tag=manylinux2014_x86_64 ;;
linux-aarch64) target=aarch64-unknown-linux-gnu zig=aarch64-linux-gnu.$glibc tag=manylinux2014_aarch64 ;;
musl-x86_64) target=x86_64-unknown-linux-musl zig=x86_64-linux-musl tag=musllinux_1_2_x86_64 ;;
musl-aarch64) target=aarch64-unknown-linux-musl zig=aarch64-linux-musl tag=musllinux_1_2_aarch64 ;;
windows-x86_64) target=x86_64-pc-windows-gnu zig=x86_64-windows-gnu tag=win_amd64 ;;
# Without Apple's libraries it is compiled and not linked.
macos-aarch64) target=aarch64-apple-darwin zig=aarch64-macos tag= ;;
*)
    echo "no platform $platform: name linux-x86_64, linux-aarch64, musl-x86_64, musl-aarch64, windows-x86_64 or macos-aarch64" >&2
    exit 1
    ;;
esac
# Cargo locks its folder: with one of their own, builds for other platforms can run beside those for this one.
[ "$platform" = "linux-$(uname -m)" ] || export CARGO_TARGET_DIR="$root/target/platforms"
built=${CARGO_TARGET_DIR:-$root/target}/$target
library=$built/release/libanchor.so
case $platform in windows-*) library=${library%/*}/anchor.dll ;; esac
command=$built/command/anchor

# Finds a compiler with the standard library of the target, or with the sources to build it from.
build_std=
find_compiler() {
    for compiler in "${RUSTC:-rustc}" /usr/bin/rustc; do
        [ -x "$(command -v "$compiler")" ] || continue
        if [ -d "$("$compiler" --print target-libdir --target "$target")" ]; then
            export RUSTC="$compiler"
            return
        fi
    done
    for compiler in "${RUSTC:-rustc}" /usr/bin/rustc; do
        [ -x "$(command -v "$compiler")" ] || continue
        if [ -d "$("$compiler" --print sysroot)/lib/rustlib/src/rust/library" ]; then
            # Without rustup, as in a distribution, the standard library is compiled as well. This is for
            # tests: some crates look for unstable features, and compile other code then.
            export RUSTC="$compiler" RUSTC_BOOTSTRAP=1
            build_std=-Zbuild-std=std,panic_unwind
            return
        fi
    done
    echo "Rust's standard library for $target is missing: rustup target add $target" >&2
    exit 1
}
find_compiler

upper=$(echo "$target" | tr 'a-z-' 'A-Z_')
export WHEEL_ZIG_TARGET="$zig"
export "CARGO_TARGET_${upper}_LINKER=$root/packaging/wheel/linker.sh"
# With musl, Rust makes no shared library unless it is told that the C library is one as well. RUSTFLAGS
# would replace these flags.
unset RUSTFLAGS
case $platform in musl-*) export "CARGO_TARGET_${upper}_RUSTFLAGS=-C target-feature=-crt-static" ;; esac

# cargo-zigbuild takes the version of glibc from the name of the target.
case $platform in linux-*) target_and_glibc=$target.$glibc ;; *) target_and_glibc=$target ;; esac

check_library() {
    RUSTFLAGS="-D warnings" cargo-zigbuild check --locked --lib --target "$target" $build_std
}

compile_library() {
    cargo-zigbuild rustc --locked --release --lib --crate-type cdylib,staticlib --target "$target_and_glibc" $build_std
    case $platform in windows-*) return ;; esac
    # By this name the loader finds the library of a program that is linked with it.
    ln -sf libanchor.so "${library%/*}/libanchor.so.$(sed -n 's/^version = "\([0-9]*\)\..*/\1/p' Cargo.toml)"
}

# Optimized like the library, which halves the part of the command in a wheel.
compile_command() {
    CARGO_PROFILE_COMMAND_LTO=fat CARGO_PROFILE_COMMAND_OPT_LEVEL=s CARGO_PROFILE_COMMAND_CODEGEN_UNITS=1 \
        cargo-zigbuild build --locked --profile command --features command --bin anchor \
        --target "$target_and_glibc" $build_std
}
