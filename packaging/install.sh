#!/bin/sh
# Installs and removes libanchor: install.sh install|install-lib|uninstall. packaging/install.mk
# gives the folders in the environment. install-lib leaves the command out.
#
# install records every file, and every folder that it creates, in a list. uninstall removes what
# the list names, so it does not depend on the version that was installed.
set -eu
cd "$(dirname "$0")/.."
list=$DATADIR/libanchor/installed

for folder in "$PREFIX" "$LIBDIR" "$INCLUDEDIR" "$BINDIR" "$DATADIR" "$MANDIR" "$ZSHDIR"; do
    case $folder in
    *"
"*) echo "the name of a folder contains a line break" >&2 && exit 1 ;;
    /*) ;;
    *) echo "$folder is not an absolute path: give one that begins with /" >&2 && exit 1 ;;
    esac
done
new=$(mktemp)
filled=$(mktemp)
trap 'rm -f "$new" "$filled"' EXIT

uninstall() {
    if [ ! -e "$DESTDIR$list" ]; then
        echo "libanchor is not installed: $DESTDIR$list does not exist; pass the PREFIX that it was installed with" >&2
        exit 1
    fi
    # The list itself is among the files, and a folder follows its contents.
    tac "$DESTDIR$list" >"$new"
    while IFS= read -r path; do
        case $path in
        */) rmdir "$DESTDIR$path" 2>/dev/null || true ;;
        *) rm -f "$DESTDIR$path" ;;
        esac
    done <"$new"
    echo "removed libanchor from $DESTDIR$PREFIX"
}

make_folder() { # FOLDER
    [ ! -d "$DESTDIR$1" ] || return 0
    make_folder "$(dirname "$1")"
    mkdir "$DESTDIR$1"
    printf '%s\n' "$1/" >>"$new"
}

put() { # MODE FOLDER FILE...
    mode=$1 folder=$2
    shift 2
    make_folder "$folder"
    for file; do
        install -m "$mode" "$file" "$DESTDIR$folder/"
        printf '%s\n' "$folder/${file##*/}" >>"$new"
    done
}

put_as() { # MODE PATH FILE
    make_folder "$(dirname "$2")"
    install -m "$1" "$3" "$DESTDIR$2"
    printf '%s\n' "$2" >>"$new"
}

link() { # TARGET PATH
    ln -sfn "$1" "$DESTDIR$2"
    printf '%s\n' "$2" >>"$new"
}

# A path as seen from the folder of the CMake files.
from_cmake() {
    realpath -ms --relative-to="$LIBDIR/cmake/Anchor" "$1"
}

# A path for the pkg-config files: as seen from their folder, so that the installation can be moved.
# Below /usr it is absolute, because pkg-config leaves out the folders that the compiler searches, which
# it knows by their absolute paths.
from_pkgconfig() {
    case $PREFIX in
    /usr) printf '%s' "$1" ;;
    *) printf '%s{pcfiledir}/%s' '$' "$(realpath -ms --relative-to="$LIBDIR/pkgconfig" "$1")" ;;
    esac
}

# A text for the replacement in sed's s|..|..|.
quoted() {
    printf '%s' "$1" | sed 's/[\\&|]/\\&/g'
}

fill() { # FOLDER TEMPLATE...
    folder=$1
    shift
    for name; do
        sed -e "s|@PC_PREFIX@|$(quoted "$(from_pkgconfig "$PREFIX")")|" \
            -e "s|@PC_LIBDIR@|$(quoted "$(from_pkgconfig "$LIBDIR")")|" \
            -e "s|@PC_INCLUDEDIR@|$(quoted "$(from_pkgconfig "$INCLUDEDIR")")|" \
            -e "s|@TO_LIBDIR@|$(quoted "$(from_cmake "$LIBDIR")")|" \
            -e "s|@TO_INCLUDEDIR@|$(quoted "$(from_cmake "$INCLUDEDIR")")|" \
            -e "s|@SONAME@|$SONAME|" -e "s|@VERSION@|$VERSION|" -e "s|@MAJOR@|${VERSION%%.*}|" \
            "packaging/templates/$name.in" >"$filled"
        put_as 644 "$folder/$name" "$filled"
    done
}

put_library() {
    put_as 755 "$LIBDIR/libanchor.so.$VERSION" "$STAGE/libanchor.so"
    link "libanchor.so.$VERSION" "$LIBDIR/$SONAME"
    link "$SONAME" "$LIBDIR/libanchor.so"
    put 644 "$LIBDIR" "$STAGE/libanchor.a" "$STAGE/libanchor_easy.a"
    put 644 "$INCLUDEDIR" include/anchor.h bindings/c/include/anchor_easy.h bindings/cpp/include/anchor.hpp
    put 644 "$INCLUDEDIR/anchor" bindings/cpp/include/anchor/*.hpp
    fill "$LIBDIR/pkgconfig" anchor.pc anchor-static.pc anchor-easy.pc anchor-easy-static.pc
    fill "$LIBDIR/cmake/Anchor" AnchorConfig.cmake AnchorConfigVersion.cmake
    # Missing if doxygen is.
    if [ -d build/docs/man3 ]; then put 644 "$MANDIR/man3" build/docs/man3/*.3; fi
    put 644 "$DATADIR/doc/libanchor" LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES
}

put_command() {
    put 755 "$BINDIR" "$STAGE/anchor"
    put 644 "$MANDIR/man1" packaging/command/*.1
    put 644 "$ZSHDIR" packaging/command/_anchor
    put 644 "$DATADIR/fish/vendor_completions.d" packaging/command/anchor.fish
    put_as 644 "$DATADIR/bash-completion/completions/anchor" packaging/command/anchor.bash
}

# Removes what only an earlier installation had, and writes the list.
finish() {
    make_folder "$(dirname "$list")"
    printf '%s\n' "$list" >>"$new"
    if [ -e "$DESTDIR$list" ]; then
        # Keep the folders that an earlier installation created, and remove the files that only it
        # had.
        grep -v '/$' "$DESTDIR$list" | grep -vxFf "$new" | while IFS= read -r old; do rm -f "$DESTDIR$old"; done || true
        grep '/$' "$DESTDIR$list" >>"$new" || true
    fi
    LC_ALL=C sort -u "$new" >"$filled"
    install -m 644 "$filled" "$DESTDIR$list"
    echo "installed libanchor $VERSION in $DESTDIR$PREFIX"
}

case ${1-} in
install | install-lib)
    mkdir -p "$DESTDIR/"
    put_library
    [ "$1" = install-lib ] || put_command
    finish
    ;;
uninstall) uninstall ;;
*) echo "usage: install.sh install|install-lib|uninstall" >&2 && exit 2 ;;
esac
