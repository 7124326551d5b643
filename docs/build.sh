#!/bin/sh
# Builds the site of the documentation, build/docs/site, and the man pages of the C functions.
# `make docs` runs this; README.md in this folder explains the parts.
set -eu
cd "$(dirname "$0")/.."
out=build/docs
# The generator gets the pages, the guides and the references in one folder.
source=$out/source
python=$out/venv/bin/python

command -v doxygen >/dev/null || { echo "doxygen is missing: install it" >&2 && exit 1; }
rm -rf "$source" "$out/theme" "$out/site"
mkdir -p "$source/reference"
cp -R docs/pages/. "$source"
"$python" docs/tools/pages.py "$source"

sh docs/man3.sh
doxygen docs/doxygen/cpp.dox
"$python" docs/tools/doxygen_reference.py "$out/xml/c" "$out/xml/easy" "$out/xml/cpp" "$source/reference"
PYTHONPATH=bindings/python/src "$python" docs/tools/python_reference.py >"$source/reference/python.md"
(cd bindings/go && "${GO:-go}" doc -all) >"$out/go.txt"
"$python" docs/tools/go_reference.py "$out/go.txt" >"$source/reference/go.md"

cp -R docs/theme "$out"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
sed "s/@VERSION@/$version/" docs/zensical.toml >"$out/zensical.toml"
"$python" -m zensical build --strict --config-file "$out/zensical.toml" >"$out/site.log" 2>&1 || {
    cat "$out/site.log" >&2
    exit 1
}
# The links of the error page depend on where the site is published, which is not known here.
rm "$out/site/404.html"
echo "docs: $out/site/index.html"
