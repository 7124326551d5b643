#!/bin/sh
# Builds a wheel, which holds the library and the command, in build/dist/python:
#
#     packaging/wheel/build.sh [PLATFORM]
#
# PLATFORM is this one's by default, or one that packaging/platform.sh names. `make wheel` runs this
# with the environment of packaging/requirements.txt on the PATH.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:-linux-$(uname -m)}
. packaging/platform.sh
folder=$PWD/build/dist/python

compile_library
compile_command
python tests/release/check_library.py "$library" include/anchor.h
rm -f "$folder"/*"$tag".whl "$folder"/*-linux_*.whl
(cd bindings/python && ANCHOR_LIBRARY="$library" ANCHOR_COMMAND="$command" python -m hatchling build --target wheel --directory "$folder")
python -m wheel tags --remove --platform-tag "$tag" "$folder"/*-linux_*.whl
