#!/bin/sh
# Compiles the library for a platform that packaging/platform.sh names, and prints its path.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:?name a platform, such as musl-x86_64}
. packaging/platform.sh
compile_library >&2
echo "$library"
