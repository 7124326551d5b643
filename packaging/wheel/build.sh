#!/bin/sh
# Builds a wheel, which holds the library and the command, in build/dist/python or, for another
# platform than this, in a folder of its own, build/dist/PLATFORM:
#
#     packaging/wheel/build.sh [PLATFORM]
#
# PLATFORM is this one's by default, or one that packaging/platform.sh names. `make wheel` runs this
# with the environment of packaging/requirements.txt on the PATH.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:-linux-$(uname -m)}
. packaging/platform.sh
[ -n "$tag" ] || { echo "there is no wheel for $platform: its library is only compiled, not linked" >&2 && exit 1; }
folder=$PWD/build/dist/python
[ "$platform" = "linux-$(uname -m)" ] || folder=$PWD/build/dist/$platform

compile_library
# The command needs the signals of POSIX.
case $platform in windows-*) command= ;; *) compile_command ;; esac
python tests/release/check_library.py "$library" include/anchor.h
rm -f "$folder"/*.whl
(cd bindings/python && ANCHOR_LIBRARY="$library" ANCHOR_COMMAND="$command" python -m hatchling build --target wheel --directory "$folder")
python -m wheel tags --remove --platform-tag "$tag" "$folder"/*.whl
