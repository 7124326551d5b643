#!/usr/bin/env python3
"""Writes what the debug info of a library tells of its functions for C, in abidw's XML.

    python3 tests/release/compatibility/describe.py LIBRARY FILE

Of what abidw writes only the functions anchor_* and what their types are made of are kept. In which module of Rust
something stands, and what is inside a handle, is nobody's business outside: neither is kept.
"""

import itertools
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ABIDW = ["abidw", "--no-elf-needed", "--no-corpus-path", "--no-architecture", "--no-comp-dir-path", "--no-show-locs"]
PREFIX = "anchor_"


def main():
    library, file = sys.argv[1:]
    done = subprocess.run([*ABIDW, library], check=True, capture_output=True, text=True)
    pathlib.Path(file).write_text(described(ElementTree.fromstring(done.stdout), library), encoding="utf-8")


def described(corpus, library):
    symbols = corpus.find("elf-function-symbols")
    functions = sorted(
        (each for each in corpus.iter("function-decl") if each.get("elf-symbol-id", "").startswith(PREFIX)),
        key=lambda each: each.get("name"),
    )
    # Limited debug info, as of `debug = 1`, tells no parameters: every function would seem to have none.
    if len(functions) < len(symbols) or not any(each.find("parameter") is not None for each in functions):
        sys.exit(f"{library} has no full debug info: describe a build of the dev profile")
    types = needed_types(corpus, functions)
    unit = ElementTree.Element("abi-instr", {"address-size": "64", "path": "anchor", "language": "LANG_C"})
    unit.extend([*types, *functions])
    for each in types:
        simplify(each)
    renumber(unit)
    root = ElementTree.Element("abi-corpus", {"version": corpus.get("version")})
    root.extend([symbols, unit])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def needed_types(corpus, functions):
    """What the functions' types are made of, each behind those that it is made of."""
    by_id = {each.get("id"): each for each in corpus.iter() if each.get("id")}
    found = []

    def take(element):
        for part in element.iter():
            made_of = by_id.get(part.get("type-id"))
            if made_of is not None and made_of not in found:
                if made_of.tag != "class-decl":
                    take(made_of)
                found.append(made_of)

    for function in functions:
        take(function)
    return found


def simplify(element):
    """Leaves of a type what counts in C. Handles are opaque; a function that may be NULL has its types in its name."""
    if element.tag == "class-decl":
        element[:] = []
        element.text = None
        element.attrib.pop("size-in-bits", None)
        element.set("is-declaration-only", "yes")
    # Which of the two C's char is depends on the processor.
    if name := element.get("name"):
        element.set("name", re.sub(r"\b[iu]8\b", "char", name))


def renumber(unit):
    """Numbers that depend on nothing that was left out, so that a new description differs where the ABI does."""
    counter = itertools.count(1)
    numbers = {each.get("id"): f"type-{next(counter)}" for each in unit.iter() if each.get("id")}
    for each in unit.iter():
        for key in ("id", "type-id", "naming-typedef-id"):
            if each.get(key) in numbers:
                each.set(key, numbers[each.get(key)])


if __name__ == "__main__":
    main()
