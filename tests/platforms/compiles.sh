#!/bin/sh
# Checks that the library compiles without a warning for a platform that packaging/platform.sh names.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:?name a platform, such as macos-aarch64}
. packaging/platform.sh
check_library
