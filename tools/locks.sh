#!/bin/sh
# Locks the tools: writes requirements.txt next to each requirements.in, with every package that the
# named ones need and its hashes. `make locks` runs this after a change of a requirements.in.
set -eu
cd "$(dirname "$0")/.."

lock() { # FOLDER OLDEST_PYTHON
    build/locks-venv/bin/uv pip compile --quiet --universal --python-version "$2" --generate-hashes \
        --no-annotate --no-emit-index-url --emit-build-options --custom-compile-command "make locks" \
        --output-file "$1/requirements.txt" "$1/requirements.in"
}

lock tests 3.10
lock packaging 3.10
lock packaging/wheel 3.10
lock tests/official 3.10
lock docs 3.11
lock docs/tests/browser 3.11
lock tools/bench 3.11

(cd tests/wrappers/contract/tools && "${NPM:-npm}" install --package-lock-only --ignore-scripts --no-audit --no-fund --silent)
