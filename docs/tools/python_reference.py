#!/usr/bin/env python3
"""Converts the docstrings of the package libanchor to a page: python3 python_reference.py > PAGE."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import libanchor
import pdoc.doc
import pdoc.docstrings
from libanchor import _exceptions
from libanchor._answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The headings, and the classes that belong to each. Responses are all classes that are not named.
_HEADINGS = {
    "The client": ["Anchorbrowser", "RecordingsResource", "Paused", "BinaryAPIResponse"],
    "The client for asyncio": [
        "AsyncAnchorbrowser",
        "AsyncRecordingsResource",
        "AsyncPaused",
        "AsyncBinaryAPIResponse",
    ],
}


def page() -> str:
    """The page in Markdown: the client first, and the exceptions last."""
    _show_inherited_members()
    module = pdoc.doc.Module(libanchor)
    public = {name: module.members[name] for name in libanchor.__all__ if name in module.members}
    classes = {name: member for name, member in public.items() if isinstance(member, pdoc.doc.Class)}
    # In the order of the source, which is that of the tree.
    exceptions = [name for name in vars(_exceptions) if name in classes]
    named = {name for names in _HEADINGS.values() for name in names} | set(exceptions)
    parts = {**_HEADINGS, "Responses": [name for name in classes if name not in named]}

    lines = ["# Python reference", "", *_documentation(libanchor.__doc__)]
    for heading, names in parts.items():
        lines += [f"## {heading}", ""]
        if heading == "Responses":
            lines += ["### Methods of all responses", ""]
            for member in _members(pdoc.doc.Class(Answer.__module__, "Answer", Answer, ("", ""))):
                lines += _member(member, member.name, 4)
        for name in names:
            lines += _class(classes[name])
    lines += ["## Other names", ""]
    for name in public:
        if name not in classes:
            lines += _member(public[name], name, 3)
    lines += ["## Exceptions", "", *_documentation(_exceptions.__doc__)]
    for name in exceptions:
        lines += _class(classes[name])
    return _linked("\n".join(lines), _names(classes.values())).rstrip("\n") + "\n"


def _show_inherited_members() -> None:
    """Copies members of private base classes into the public classes, because pdoc omits them."""
    public = {getattr(libanchor, name) for name in libanchor.__all__}
    for shown in public:
        if not isinstance(shown, type):
            continue
        for base in shown.__mro__[1:]:
            # The methods of Answer are shown once.
            if base in public or base is Answer or not base.__module__.startswith("libanchor."):
                continue
            for name, member in vars(base).items():
                if (name == "__init__" or not name.startswith("_")) and name not in vars(shown):
                    setattr(shown, name, member)


def _class(shown: pdoc.doc.Class) -> list[str]:
    members = _members(shown)
    constructor = next((member for member in members if member.name == "__init__"), None)
    bases = ", ".join(base.__name__ for base in shown.obj.__bases__ if _is_public(base))
    declaration = f"class {shown.name}({bases})" if bases else f"class {shown.name}"
    fields = _fields(shown.obj)
    if fields:
        declaration += ":\n" + "\n".join(fields)
    if isinstance(constructor, pdoc.doc.Function):
        parameters = str(constructor.signature).replace("\n", "\n    ")
        declaration += f":\n    def __init__{parameters}"
    lines = [_heading(3, shown.name), "", "```python", declaration, "```", ""]
    lines += _documentation(shown.docstring)
    for member in members:
        if member is not constructor:
            lines += _member(member, f"{shown.name}.{member.name}", 4)
    return lines


def _fields(shown: type) -> list[str]:
    """The public attributes that a class declares, and the comments above them, as in its source."""
    body = re.split(r"^    (?:@|def )", inspect.getsource(shown), maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^    (?:#: .*|[a-z]\w*: .*)", body.rpartition('"""')[2], flags=re.MULTILINE)
    return [re.sub(r" = field\(.*", "", line.replace("#: ", "# ")) for line in found]


def _is_public(base: type) -> bool:
    """Whether a base class is one that readers can look up."""
    return base is not object and (base.__name__ in libanchor.__all__ or base.__module__ == "builtins")


def _members(shown: pdoc.doc.Class) -> list[pdoc.doc.Doc[object]]:
    """The public members. Programs do not make exceptions and responses, so those have no constructor."""
    makes = shown.name in ("Anchorbrowser", "AsyncAnchorbrowser")
    return [
        member
        for member in shown.own_members
        if (not member.name.startswith("_") and member.docstring) or (member.name == "__init__" and makes)
    ]


def _member(member: pdoc.doc.Doc[object], name: str, level: int) -> list[str]:
    if isinstance(member, pdoc.doc.Function):
        decorators = "".join(f"{decorator}\n" for decorator in member.decorators if "final" not in decorator)
        declaration = f"{decorators}{member.funcdef} {member.name}{member.signature}"
    else:
        assert isinstance(member, pdoc.doc.Variable)
        declaration = f"{member.name}{member.annotation_str}"
    declaration = re.sub(r"\b(?:libanchor\.(?:_\w+\.)*|typing\.)", "", declaration)
    # The type variable of methods that return their own object.
    declaration = declaration.replace("self: ~C", "self").replace("~C", name.partition(".")[0])
    comment = "The version of the package." if name == "__version__" else member.docstring
    return [_heading(level, name), "", "```python", declaration, "```", "", *_documentation(comment)]


def _documentation(docstring: str | None) -> list[str]:
    """A docstring as Markdown. Sections become bold, so that they are no headings of the page."""
    text = pdoc.docstrings.convert(docstring or "", "google", Path(libanchor.__file__))
    text = re.sub(r"^#{2,6} (.+?):?\n", r"**\1**\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"^ - (?:\*\*(\w+):\*\* +)?", _item, text, flags=re.MULTILINE)
    text = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?:(?<=\n\n)|^)(?: {4}.*\n*)+", _block, text)
    return [*re.sub(r"\n{3,}", "\n\n", text).strip().splitlines(), ""]


def _item(begin: re.Match[str]) -> str:
    return f"- `{begin[1]}`: " if begin[1] else "- "


def _block(indented: re.Match[str]) -> str:
    """Indented text is a list of parameters, a drawing or code."""
    text = re.sub("^ {4}", "", indented[0].rstrip("\n"), flags=re.MULTILINE)
    if all(re.match(r"\w+: [A-Z]|    \S", line) for line in text.splitlines()):
        return re.sub(r"^(\w+): ", r"- `\1`: ", text, flags=re.MULTILINE) + "\n\n"
    language = "text" if "\u2500" in text else "python"
    return f"```{language}\n{text}\n```\n\n"


def _names(classes: Iterable[pdoc.doc.Class]) -> set[str]:
    names = set()
    for shown in classes:
        names |= {shown.name, *(f"{shown.name}.{member.name}" for member in _members(shown))}
    return names


def _linked(text: str, names: set[str]) -> str:
    """The text with links from the names in it to their headings."""

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}](#{found[1]})" if found[1] in names else found[0]

    return re.sub(r"`([\w.]+)(?:\(\))?`", link, text)


def _heading(level: int, name: str) -> str:
    escaped = name.replace("_", r"\_")
    # In an anchor, Markdown would take the underscores of __version__ for markup.
    return f"{'#' * level} {escaped} {{ #{name.strip('_')} }}"


if __name__ == "__main__":
    sys.stdout.write(page())
