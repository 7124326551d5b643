#!/bin/sh
# Installs what `make install-build` made, to the places that packaging/install.mk gives in the environment. What is
# installed is noted in a list, which packaging/uninstall.sh goes through.
set -eu
cd "$(dirname "$0")/.."
. packaging/places.sh

list=$(mktemp)
trap 'rm -f "$list" "$list.sorted"' EXIT

# Also folders are noted, but only those that are new.
make_folder() {
    [ ! -d "$DESTDIR$1" ] || return 0
    make_folder "$(dirname "$1")"
    mkdir "$DESTDIR$1"
    printf '%s\n' "$1/" >>"$list"
}

# put MODE FILE PLACE
put() {
    make_folder "$(dirname "$3")"
    install -m "$1" "$2" "$DESTDIR$3"
    printf '%s\n' "$3" >>"$list"
}

# link TARGET PLACE
link() {
    ln -sfn "$1" "$DESTDIR$2"
    printf '%s\n' "$2" >>"$list"
}

# The path $2 as seen from the folder $1.
relative() {
    realpath -ms --relative-to="$1" "$2"
}

# For the replacement of sed's s|..|..|.
quoted() {
    printf '%s' "$1" | sed 's/[\\&|]/\\&/g'
}

# fill TEMPLATE PLACE
fill() {
    cmake=$LIBDIR/cmake/Anchor
    filled=$(mktemp)
    sed -e "s|@PREFIX@|$(quoted "$PREFIX")|" \
        -e "s|@LIBDIR@|$(quoted "$LIBDIR")|" \
        -e "s|@INCLUDEDIR@|$(quoted "$INCLUDEDIR")|" \
        -e "s|@TO_LIBDIR@|$(quoted "$(relative "$cmake" "$LIBDIR")")|" \
        -e "s|@TO_INCLUDEDIR@|$(quoted "$(relative "$cmake" "$INCLUDEDIR")")|" \
        -e "s|@SONAME@|$SONAME|" -e "s|@VERSION@|$VERSION|" -e "s|@MAJOR@|${VERSION%%.*}|" \
        "packaging/templates/$1.in" >"$filled"
    put 644 "$filled" "$2/$1"
    rm -f "$filled"
}

mkdir -p "$DESTDIR/"
# What an earlier install made is still to be removed one day.
[ ! -e "$DESTDIR$LIST" ] || grep '/$' "$DESTDIR$LIST" >>"$list" || true

put 755 "$STAGE/libanchor.so" "$LIBDIR/libanchor.so.$VERSION"
link "libanchor.so.$VERSION" "$LIBDIR/$SONAME"
link "$SONAME" "$LIBDIR/libanchor.so"
put 644 "$STAGE/libanchor.a" "$LIBDIR/libanchor.a"
put 644 "$STAGE/libanchor_easy.a" "$LIBDIR/libanchor_easy.a"
for header in include/anchor.h bindings/c/include/anchor_easy.h bindings/cpp/include/anchor.hpp; do
    put 644 "$header" "$INCLUDEDIR/${header##*/}"
done
for header in bindings/cpp/include/anchor/*.hpp; do
    put 644 "$header" "$INCLUDEDIR/anchor/${header##*/}"
done
for name in anchor.pc anchor-static.pc anchor-easy.pc; do
    fill "$name" "$LIBDIR/pkgconfig"
done
for name in AnchorConfig.cmake AnchorConfigVersion.cmake; do
    fill "$name" "$LIBDIR/cmake/Anchor"
done
put 755 "$STAGE/anchor" "$BINDIR/anchor"
for page in packaging/command/*.1; do
    put 644 "$page" "$MANDIR/man1/${page##*/}"
done
put 644 packaging/command/anchor.bash "$DATADIR/bash-completion/completions/anchor"
put 644 packaging/command/_anchor "$ZSHDIR/_anchor"
put 644 packaging/command/anchor.fish "$DATADIR/fish/vendor_completions.d/anchor.fish"
# Those that `make docs` made, if it did.
for page in build/docs/man3/*.3; do
    [ ! -e "$page" ] || put 644 "$page" "$MANDIR/man3/${page##*/}"
done
for licence in LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES; do
    put 644 "$licence" "$DATADIR/doc/libanchor/$licence"
done

make_folder "$(dirname "$LIST")"
printf '%s\n' "$LIST" >>"$list"
if [ -e "$DESTDIR$LIST" ]; then
    # Files that only the earlier version had.
    grep -v '/$' "$DESTDIR$LIST" | grep -vxFf "$list" | while IFS= read -r old; do rm -f "$DESTDIR$old"; done || true
fi
# A folder comes before what is in it.
LC_ALL=C sort -u "$list" >"$list.sorted"
install -m 644 "$list.sorted" "$DESTDIR$LIST"
echo "installed libanchor $VERSION in $DESTDIR$PREFIX"
