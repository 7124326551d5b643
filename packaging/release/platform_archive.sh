#!/bin/sh
# Makes the archive of a release for another platform than this one, in build/archive:
#
#     packaging/release/platform_archive.sh PLATFORM
#
# `make archive PLATFORM=...` runs this with the environment of packaging/requirements.txt on the PATH.
# Windows gets no static library, because its linkers have too many formats, and no command.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:?name a platform, such as musl-x86_64}
. packaging/platform.sh
[ -n "$tag" ] || { echo "there is no archive for $platform: its library is only compiled, not linked" >&2 && exit 1; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
stage=$root/build/archive/$platform/stage
prefix=$root/build/archive/$platform/prefix
rm -rf "$root/build/archive/$platform"
mkdir -p "$stage" "$prefix"

# zig has compilers for every platform, and none of binutils, whose programs have the processor in their name.
compile() { cargo-zigbuild zig cc -- -target "$zig" "$@"; }
tools=
case $platform in
*-aarch64) [ "$(uname -m)" = aarch64 ] || tools=aarch64-linux-gnu- ;;
windows-*) tools=x86_64-w64-mingw32- ;;
esac

compile_library
compile -std=c99 -O2 -g0 -fPIC -Iinclude -Ibindings/c/include -c bindings/c/src/anchor_easy.c -o "$stage/anchor_easy.o"
"${tools}ar" rcsD "$stage/libanchor_easy.a" "$stage/anchor_easy.o"
case $platform in
windows-*)
    mkdir -p "$prefix/bin" "$prefix/lib" "$prefix/include/anchor" "$prefix/share/doc/libanchor"
    cp "$library" "$prefix/bin/"
    cp "${library%/*}/libanchor.dll.a" packaging/windows/anchor.def "$stage/libanchor_easy.a" "$prefix/lib/"
    cp include/anchor.h bindings/c/include/anchor_easy.h bindings/cpp/include/anchor.hpp "$prefix/include/"
    cp bindings/cpp/include/anchor/*.hpp "$prefix/include/anchor/"
    cp LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES "$prefix/share/doc/libanchor/"
    ;;
*)
    compile_command
    cp "$library" "$command" "$stage/"
    LD="${tools}ld" AR="${tools}ar" NM="${tools}nm" OBJCOPY="${tools}objcopy" \
        sh packaging/hide_symbols.sh "${library%.so}.a" "$library" "$stage/libanchor.a"
    DESTDIR='' PREFIX="$prefix" LIBDIR="$prefix/lib" INCLUDEDIR="$prefix/include" BINDIR="$prefix/bin" \
        DATADIR="$prefix/share" MANDIR="$prefix/share/man" ZSHDIR="$prefix/share/zsh/site-functions" \
        VERSION="$version" SONAME="libanchor.so.${version%%.*}" STAGE="$stage" sh packaging/install.sh install >/dev/null
    ;;
esac
python packaging/release/archive.py "$prefix" build/archive "$platform"
