#!/bin/sh
# Builds the Debian packages from an archive of the sources: deb.sh ARCHIVE VERSION
set -eu
cd "$(dirname "$0")/.."
archive=$PWD/$1 version=$2
name=libanchor-$version

mkdir -p build/deb/target
# Reuse the dependencies that were built for `make install`. They are copied, because Cargo goes by
# the times of files and would mistake the library of one source folder for that of the other.
for folder in release command; do
    [ -d "build/deb/target/$folder" ] || [ ! -d "target/$folder" ] || cp -a "target/$folder" build/deb/target/
done
cd build/deb
rm -rf "$name" target/stage ./*.deb ./*.buildinfo ./*.changes
tar -xzf "$archive"
ln -s ../target "$name/target"
cp -R "$name/packaging/debian" "$name/debian"
cd "$name"
cat >debian/changelog <<END
libanchor ($version-1) unstable; urgency=medium

  * What changed is in CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $(date -R -u -r CHANGELOG.md)
END
find src build.rs Cargo.toml -exec touch {} +

# debhelper changes HOME. The variables of the calling make must not reach the packages.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
dpkg-buildpackage --build=binary --no-sign
if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error ../libanchor_*.changes
fi
