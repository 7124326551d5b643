#!/bin/sh
# Removes what packaging/install.sh noted, and those folders that it made and that hold nothing else by now.
set -eu
cd "$(dirname "$0")/.."
. packaging/places.sh

if [ ! -e "$DESTDIR$LIST" ]; then
    echo "libanchor is not installed: there is no $DESTDIR$LIST; give the PREFIX that it was installed with" >&2
    exit 1
fi
list=$(mktemp)
trap 'rm -f "$list"' EXIT
tac "$DESTDIR$LIST" >"$list"
while IFS= read -r place; do
    case $place in
    */) rmdir "$DESTDIR$place" 2>/dev/null || true ;;
    *) rm -f "$DESTDIR$place" ;;
    esac
done <"$list"
echo "removed libanchor from $DESTDIR$PREFIX"
