#!/bin/sh
# Compiles the library for a platform that packaging/platform.sh names, and prints its path.
set -eu
cd "$(dirname "$0")/../.."
platform=$1
. packaging/platform.sh
compile_library >&2
echo "$library"
