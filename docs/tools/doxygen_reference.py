#!/usr/bin/env python3
"""Converts the XML of doxygen to pages: python3 doxygen_reference.py C_XML WRAPPER_XML CPP_XML FOLDER.

The pages belong to the site like any other: they have its look, its navigation and its search.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

#: Longer declarations have a line for each parameter.
_WIDTH = 80
#: In text, only words that no sentence contains by chance are taken for names.
_NAME = re.compile(r"\b(?:anchor(?:_easy)?\.(?:hpp|h|c)|(?:anchor::)?[A-Za-z]\w*(?:::\w+|_\w+)+(?:\(\))?)(?!\w)")
_SPECIAL = re.compile(r"([\\`*_<>\[\]{}#|])")

#: Headings of anchor.h, and the functions that belong to each.
_C_FUNCTIONS = {
    "Clients and recordings": r"anchor_(?!call_|queue_|options_)\w+",
    "Calls": r"anchor_call_(?!set_queue)\w+",
    "Queues": r"anchor_queue_\w+|anchor_call_set_queue",
    "Options of a client": r"anchor_options_\w+",
}
#: Headings of anchor.h, and the macros that belong to each.
_C_MACROS = {
    "Statuses": r"ANCHOR_(?!VERSION|LOG_)\w+",
    "Levels of log lines": r"ANCHOR_LOG_\w+",
    "The version of the header": r"ANCHOR_VERSION\w*",
}
#: The order of the C++ reference. Everything else comes at its end.
_CPP_ORDER = ["client", "paused_recording", "while_paused", "held", "call", "options", "outcome"]
_CPP_ORDER += ["error", "not_resumed_error", "errc"]


@dataclass(frozen=True)
class Page:
    """A page, and the members and compounds that it shows."""

    file: str
    title: str
    include: str
    language: str
    header: Element
    members: list[Element]
    compounds: list[Element]


class Names:
    """The address of each name, relative to the folder of the pages."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._addresses: dict[str, str] = {}
        for page in pages:
            self._addresses[page.include] = page.file
            for member in page.members:
                name = _text(member, "name")
                self._add(page, name, name)
                for value in member.findall("enumvalue"):
                    self._add(page, f"{name}::{_text(value, 'name')}", name)
            for compound in page.compounds:
                name = _short(compound)
                self._add(page, name, name)
                for member in _public(compound):
                    full = f"{name}::{_text(member, 'name')}"
                    self._add(page, full, full if member.get("kind") == "function" else name)

    def linked(self, text: str, file: str) -> str:
        """The text with its markup escaped, and its names as links."""
        made = []
        end = 0
        text = re.sub(r"\s+", " ", text)
        for found in _NAME.finditer(text):
            made.append(_escaped(text[end : found.start()]))
            made.append(self._link(found[0], file))
            end = found.end()
        return "".join([*made, _escaped(text[end:])])

    def _link(self, name: str, file: str) -> str:
        address = self._addresses.get(name.removeprefix("anchor::").removesuffix("()"), "")
        # A page need not link to itself.
        return f"[`{name}`]({address.removeprefix(file)})" if address.removeprefix(file) else f"`{name}`"

    def _add(self, page: Page, name: str, heading: str) -> None:
        self._addresses.setdefault(name, f"{page.file}#{_anchor(heading)}")


def rendered(page: Page, names: Names) -> str:
    """The page in Markdown."""
    writer = _Writer(page, names)
    lines = [f"# {page.title}", ""]
    lines += ["```" + page.language, f"#include <{page.include}>", "```", ""]
    lines += writer.description_of_file()
    lines += writer.cpp() if page.language == "cpp" else writer.c()
    return "\n".join(lines).rstrip("\n") + "\n"


class _Writer:
    def __init__(self, page: Page, names: Names) -> None:
        self._page = page
        self._names = names

    def description_of_file(self) -> list[str]:
        """The comment at the top of the header, with a heading for each term of the contract."""
        blocks = self._documentation(self._page.header)
        terms = [number for number, block in enumerate(blocks) if block.startswith("### ")]
        if terms:
            blocks.insert(terms[0], "## The contract")
        return _apart(blocks)

    def c(self) -> list[str]:
        """Functions by subject, types and macros."""
        members = self._page.members
        groups = _C_FUNCTIONS if self._page.include == "anchor.h" else {"Functions": r"\w+"}
        lines = []
        for heading, pattern in groups.items():
            lines += self._group(heading, [m for m in members if _is(m, "function", pattern)])
        lines += ["## Types", ""]
        for compound in self._page.compounds:
            lines += self._compound(compound, 3)
        for member in members:
            # A structure is also a typedef of the same name.
            if member.get("kind") == "typedef" and not any(
                _short(compound) == _text(member, "name") for compound in self._page.compounds
            ):
                lines += self._overloads(_text(member, "name"), [member], 3)
        macros = _C_MACROS if self._page.include == "anchor.h" else {"Macros": r"ANCHOR_EASY_NO\w+"}
        for heading, pattern in macros.items():
            lines += self._group(heading, [m for m in members if _is(m, "define", pattern)])
        return lines

    def cpp(self) -> list[str]:
        """Classes and functions of the namespace, in the order of _CPP_ORDER."""
        parts: dict[str, list[str]] = {}
        for compound in self._page.compounds:
            parts[_short(compound)] = self._compound(compound, 2)
        for name, overloads in _by_name(self._page.members).items():
            parts[name] = self._overloads(name, overloads, 2)
        rest = [name for name in parts if name not in _CPP_ORDER]
        return [line for name in [*_CPP_ORDER, *rest] for line in parts[name]]

    def _group(self, heading: str, members: list[Element]) -> list[str]:
        lines = [f"## {heading}", ""]
        for member in members:
            lines += self._overloads(_text(member, "name"), [member], 3)
        return lines

    def _compound(self, compound: Element, level: int) -> list[str]:
        name = _short(compound)
        base = compound.find("basecompoundref")
        inherits = f" : public {(base.text or '').removeprefix('anchor::')}" if base is not None else ""
        declaration = f"{_template(compound)}{compound.get('kind')} {_text(compound, 'compoundname')}{inherits};"
        if self._page.language == "cpp":
            declaration = f"#include <{self._page.include}>\n\n{declaration}"
        lines = [_heading(level, name), "", "```" + self._page.language, declaration, "```", ""]
        lines += _apart(self._documentation(compound))
        members = _public(compound)
        lines += self._list([m for m in members if m.get("kind") == "variable"])
        functions = _by_name(m for m in members if m.get("kind") == "function")
        for function, overloads in functions.items():
            lines += self._overloads(f"{name}::{function}", overloads, level + 1)
        return lines

    def _overloads(self, name: str, overloads: list[Element], level: int) -> list[str]:
        """The declarations of a name. One without a comment shares the comment of the one before."""
        shared: list[tuple[list[str], list[str]]] = []
        for member in overloads:
            comment = self._documentation(member)
            if shared and comment in ([], shared[-1][1]):
                shared[-1][0].append(_declaration(member))
            else:
                shared.append(([_declaration(member)], comment))
        lines = [_heading(level, name), ""]
        for declared, comment in shared:
            lines += ["```" + self._page.language, *declared, "```", "", *_apart(comment)]
        for member in overloads:
            lines += self._list(list(member.findall("enumvalue")))
        return lines

    def _list(self, members: list[Element]) -> list[str]:
        """Fields of a structure or values of an enumeration, and their comments."""
        lines = []
        for member in members:
            first, *more = self._documentation(member) or [""]
            declared = re.sub(r"([*&]) ", r"\1", f"{_type(member)} {_text(member, 'name')}".strip())
            declared += _text(member, "argsstring")
            lines += [f"- `{declared}`: {first}", *[f"\n    {block}" for block in more]]
        return [*lines, ""] if lines else []

    def _documentation(self, of: Element) -> list[str]:
        """The blocks of a comment. Its first sentence belongs to the paragraph that follows it."""
        brief = list(self._blocks(of.find("briefdescription")))
        rest = list(self._blocks(of.find("detaileddescription")))
        if brief and rest and re.match(r"[\w`\[\"]", rest[0]) and not rest[0].startswith("```"):
            rest[0] = f"{brief.pop()} {rest[0]}"
        return brief + rest

    def _blocks(self, description: Element | None) -> Iterator[str]:
        """The blocks of a description: paragraphs, lists and code."""
        inline = ""
        for text, child in _pieces(description):
            inline += self._names.linked(text, self._page.file)
            if child is None:
                continue
            if child.tag in ("ref", "computeroutput", "ulink", "sp"):
                inline += self._inline(child)
                continue
            if inline.strip():
                yield inline.strip()
            inline = ""
            yield from self._block(child)
        if inline.strip():
            yield inline.strip()

    def _inline(self, child: Element) -> str:
        if child.tag == "ref":
            # Doxygen also takes ordinary words such as "call" for names.
            return self._names.linked("".join(child.itertext()), self._page.file)
        if child.tag == "computeroutput":
            return f"`{''.join(child.itertext())}`"
        if child.tag == "sp":
            return " "
        url = child.get("url", "")
        return f"`{url}`" if url.endswith("://") else f"<{url}>"

    def _block(self, child: Element) -> Iterator[str]:
        if child.tag == "para":
            yield from self._blocks(child)
        elif child.tag == "parameterlist":
            yield "**Parameters**"
            yield "\n".join(self._parameter(item) for item in child.findall("parameteritem"))
        elif child.tag == "simplesect" and child.get("kind") == "return":
            yield f"**Returns** {' '.join(self._blocks(child))}"
        elif child.tag == "simplesect" and child.get("kind") == "par":
            yield f"### {_text(child, 'title')}"
            for paragraph in child.findall("para"):
                yield from self._blocks(paragraph)
        elif child.tag in ("verbatim", "programlisting"):
            code = child.text if child.tag == "verbatim" else "\n".join(map(_code, child.findall("codeline")))
            yield f"```{self._page.language}\n{(code or '').strip(chr(10))}\n```"
        elif child.tag == "itemizedlist":
            yield "\n".join(f"- {' '.join(self._blocks(item))}" for item in child.findall("listitem"))
        else:
            raise ValueError(f"{self._page.title} uses {child.tag} {child.attrib}, which this program does not know")

    def _parameter(self, item: Element) -> str:
        name = "".join(item.findtext("parameternamelist/parametername") or "")
        return f"- `{name}`: {' '.join(self._blocks(item.find('parameterdescription')))}"


def _pieces(element: Element | None) -> Iterator[tuple[str, Element | None]]:
    """The text before each child, and that after the last one."""
    if element is not None:
        text = element.text or ""
        for child in element:
            yield text, child
            text = child.tail or ""
        yield text, None


def _declaration(member: Element) -> str:
    """The declaration as in the header, with a line for each parameter if it is long."""
    kind = member.get("kind")
    name = _text(member, "name")
    if kind == "define":
        return f"#define {name} {_text(member, 'initializer')}".rstrip()
    if kind == "enum":
        return f"enum class {name} : {_type(member)};"
    if kind == "typedef":
        definition = _tidy(_text(member, "definition")).replace("= typedef ", "= ")
        # The definition of a pointer to a function is complete.
        end = "" if "(*" in definition else _text(member, "argsstring")
        return re.sub(r"\(\* (\w+)\) \(", r"(*\1)(", f"{definition}{end};").replace("anchor::", "").replace("));", ");")
    explicit = "explicit " if member.get("explicit") == "yes" else ""
    static = "static " if member.get("static") == "yes" else ""
    returned = f"{_type(member)} ".lstrip()
    begin = _template(member) + re.sub(r"([*&]) ", r"\1", f"{static}{explicit}{returned}{name}")
    arguments = _tidy(_text(member, "argsstring"))
    if len(begin.splitlines()[-1]) + len(arguments) < _WIDTH:
        return f"{begin}{arguments};"
    inner, _, end = arguments.removeprefix("(").rpartition(")")
    return f"{begin}(\n    " + ",\n    ".join(_split(inner)) + f"){end};"


def _split(parameters: str) -> list[str]:
    """The parameters, without splitting at commas in parentheses and templates."""
    found = [""]
    depth = 0
    for character in parameters:
        depth += (character in "(<{") - (character in ")>}")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [parameter.strip() for parameter in found]


def _template(element: Element) -> str:
    parameters = element.findall("templateparamlist/param")
    # Doxygen writes a parameter as its type alone: "typename Body".
    named = [f"{_text(p, 'type')} {_text(p, 'declname')}".strip() for p in parameters]
    return f"template <{', '.join(named)}>\n" if named else ""


def _type(member: Element) -> str:
    return _tidy(_text(member, "type")).replace("anchor::", "")


def _tidy(code: str) -> str:
    code = re.sub(r"< (?=\w)", "<", code)
    code = re.sub(r" >", ">", code)
    code = re.sub(r"(\w)\(\*", r"\1 (*", code)
    return re.sub(r"(\w)=(?=\S)", r"\1 = ", code).replace(") =", ")=").replace(")=", ") = ")


def _code(line: Element) -> str:
    return "".join(" " if piece.tag == "sp" else (piece.text or "") for piece in _with_tails(line))


def _with_tails(line: Element) -> Iterator[Element]:
    for piece in line.iter():
        yield piece
        if piece.tail and piece is not line:
            tail = ElementTree.Element("text")
            tail.text = piece.tail
            yield tail


def _apart(blocks: list[str]) -> list[str]:
    return [line for block in blocks for line in (block, "")]


def _heading(level: int, name: str) -> str:
    return f"{'#' * level} {_escaped(name)} {{ #{_anchor(name)} }}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _anchor(name: str) -> str:
    for sign, word in (("~", "end-"), ("!=", "-unequal"), ("==", "-equal"), ("=", "-assign")):
        name = name.replace(sign, word)
    return re.sub(r"\W+", "-", name)


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else "".join(found.itertext()).strip()


def _short(compound: Element) -> str:
    return _text(compound, "compoundname").removeprefix("anchor::")


def _is(member: Element, kind: str, pattern: str) -> bool:
    return member.get("kind") == kind and re.fullmatch(pattern, _text(member, "name")) is not None


def _by_name(members: Iterable[Element]) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for member in members:
        found.setdefault(_text(member, "name"), []).append(member)
    return found


def _public(compound: Element) -> list[Element]:
    """The public members in the order of the header."""
    return sorted((member for member in compound.iter("memberdef") if _is_shown(member)), key=_place)


def _is_shown(member: Element) -> bool:
    # A deleted function without a comment only repeats what the comment of the class says.
    is_deleted = "delete" in _text(member, "argsstring") and not _text(member, "detaileddescription")
    return member.get("prot") == "public" and member.get("kind") != "friend" and not is_deleted


def _place(member: Element) -> tuple[str, int]:
    location = member.find("location")
    assert location is not None
    return location.get("file", ""), int(location.get("line", "0"))


def _compounds(folder: Path) -> list[Element]:
    files = sorted(folder.glob("*.xml"))
    found = [compound for file in files for compound in ElementTree.parse(file).getroot().iter("compounddef")]
    assert found, f"{folder} holds no XML of doxygen"
    return found


def _page(folder: Path, file: str, title: str, include: str, language: str) -> Page:
    found = _compounds(folder)
    classes = [c for c in found if c.get("kind") in ("struct", "class") and not _short(c).startswith("std::")]
    classes.sort(key=_place)
    header = next(c for c in found if c.get("kind") == "file" and _text(c, "compoundname") == include)
    sources = [header] if language == "c" else [c for c in found if _text(c, "compoundname") == "anchor"]
    members = [member for source in sources for member in _public(source)]
    return Page(file, title, include, language, header, members, classes)


def main(c: str, wrapper: str, cpp: str, folder: str) -> None:
    """Writes the pages."""
    pages = [
        _page(Path(c), "c.md", "C reference: anchor.h", "anchor.h", "c"),
        _page(Path(wrapper), "c-wrapper.md", "C reference: anchor_easy.h", "anchor_easy.h", "c"),
        _page(Path(cpp), "cpp.md", "C++ reference", "anchor.hpp", "cpp"),
    ]
    names = Names(pages)
    for page in pages:
        (Path(folder) / page.file).write_text(rendered(page, names), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
