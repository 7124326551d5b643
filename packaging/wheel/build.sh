#!/bin/sh
# Builds the wheel build/dist/python/libanchor-VERSION-py3-none-manylinux2014_x86_64.whl, which holds
# the library and the command. `make wheel` runs this with the environment of
# packaging/requirements.txt on the PATH.
#
# zig links them, because it brings the symbols of glibc 2.17. That is the oldest version that Rust
# supports, so the wheel runs with every newer one.
set -eu
cd "$(dirname "$0")/../.."
target=x86_64-unknown-linux-gnu
glibc=2.17
library=$PWD/target/$target/release/libanchor.so
command=$PWD/target/$target/command/anchor
folder=$PWD/build/dist/python

export WHEEL_ZIG_TARGET=x86_64-linux-gnu.$glibc
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER="$PWD/packaging/wheel/linker.sh"
cargo-zigbuild rustc --locked --release --lib --crate-type cdylib --target "$target.$glibc"
# Optimized like the library, which halves the part of the command in the wheel.
CARGO_PROFILE_COMMAND_LTO=fat CARGO_PROFILE_COMMAND_OPT_LEVEL=s CARGO_PROFILE_COMMAND_CODEGEN_UNITS=1 \
    cargo-zigbuild build --locked --profile command --features command --bin anchor --target "$target.$glibc"
python tests/release/check_library.py "$library" include/anchor.h
rm -f "$folder"/*.whl
(cd bindings/python && ANCHOR_LIBRARY="$library" ANCHOR_COMMAND="$command" python -m hatchling build --target wheel --directory "$folder")
python -m wheel tags --remove --platform-tag manylinux2014_x86_64 "$folder"/*.whl
