# shellcheck shell=sh disable=SC2034 # LIST is for them.
# Checks the places that packaging/install.mk gives. Read by install.sh and uninstall.sh.

for place in "$PREFIX" "$LIBDIR" "$INCLUDEDIR" "$BINDIR" "$DATADIR" "$MANDIR" "$ZSHDIR"; do
    case $place in
    *"
"*) echo "a folder's name must not hold a line break" >&2 && exit 1 ;;
    /*) ;;
    *) echo "$place is not an absolute path: give one that begins with /" >&2 && exit 1 ;;
    esac
done
LIST=$DATADIR/libanchor/installed
