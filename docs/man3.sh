#!/bin/sh
# Makes the man pages of the C functions, build/docs/man3, and what the references are made of,
# build/docs/xml. `make install-build` and build.sh run this.
set -eu
cd "$(dirname "$0")/.."
out=build/docs

if ! command -v doxygen >/dev/null; then
    # A release is built where doxygen is missing, and gets the pages from another machine.
    [ -d "$out/man3" ] || echo "the man pages of the C functions are left out: install doxygen to make them"
    exit
fi
rm -rf "$out/man3" "$out/xml"
mkdir -p "$out/xml"
trap 'rm -rf "$out/man3"' EXIT
for header in c easy; do
    doxygen "docs/doxygen/$header.dox"
done
# Doxygen also makes pages of the fields of structures, with names such as log.3 and status.3.
find "$out/man3" -type f ! -name 'anchor*' ! -name 'ANCHOR*' -delete
# The heading contains the date of the build. Without it, a second build makes the same files. A line of
# text that begins with an apostrophe would be taken for a macro, and be lost.
sed -i -e '1s/^\(\.TH "[^"]*" 3\) "[^"]*"/\1 ""/' -e "s/^'/\\\\\&'/" "$out/man3"/*.3
trap - EXIT
