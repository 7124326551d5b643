#!/bin/sh
# Makes a static library that exports only the functions of anchor.h, so that a program can link
# other Rust libraries next to it: hide_symbols.sh ARCHIVE SHARED OUT. The functions are read from
# SHARED, the shared library.
set -eu
archive=$1 shared=$2 out=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$NM" -D --defined-only "$shared" | awk '{ print $NF }' >"$work/exports"
test -s "$work/exports" || { echo "localize: $shared exports nothing: build it again" >&2; exit 1; }
sed 's/^/--undefined=/' "$work/exports" >"$work/roots"
"$LD" -r --force-group-allocation --gc-sections "@$work/roots" -o "$work/all.o" "$archive"

# Without its destructors (.fini_array), as build.rs explains for the shared library.
#
# The cryptography would call functions of these names if the program defined them. No program
# defines the new names.
for name in OPENSSL_memory_alloc OPENSSL_memory_free OPENSSL_memory_get_size OPENSSL_memory_realloc sdallocx; do
    echo "$name libanchor_absent_$name"
done >"$work/renamed"
"$OBJCOPY" --keep-global-symbols="$work/exports" --redefine-syms="$work/renamed" --strip-unneeded \
    -R .llvmbc -R .llvmcmd -R .fini_array "$work/all.o" "$work/libanchor.o"

rm -f "$out"
"$AR" rcsD "$out" "$work/libanchor.o"
