"""The references contain everything that is public."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from repository import BUILD, ROOT, SITE

if TYPE_CHECKING:
    from pathlib import Path

C_FUNCTION = re.compile(r"^(?:ANCHOR_MUST_USE )?\w[\w ]*[ *](anchor_\w+)\(", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def page(name: str) -> str:
    return (SITE / "reference" / name).read_text(encoding="utf-8")


def declarations(name: str) -> str:
    """The code of a reference, without the tags of its highlighting."""
    blocks = re.findall(r"<pre>.*?</pre>", page(name), re.DOTALL)
    return html.unescape(_plain("\n".join(blocks)))


def _plain(markup: str) -> str:
    return re.sub(r"<[^>]*>", "", markup)


def without_heading(names: list[str], name: str) -> list[str]:
    """The names that have no heading in a reference. Its anchor is the name, with "-" for other characters."""
    found = set(re.findall(r'<h[2-4] id="([^"]+)"', page(name)))
    return [name for name in names if re.sub(r"[^\w.]+", "-", name).strip("_") not in found]


def c_functions(header: str) -> list[str]:
    found = C_FUNCTION.findall(read(header))
    assert len(found) > 15
    return found


def cpp_headers() -> str:
    """The C++ headers without what is private to them."""
    headers = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "bindings/cpp/include/anchor").glob("*.hpp"))
    details = r"^namespace (?:anchor::)?detail \{.*?^\} // namespace (?:anchor::)?detail"
    return re.sub(details, "", headers, flags=re.MULTILINE | re.DOTALL)


def test_c_reference_is_complete() -> None:
    names = c_functions("include/anchor.h")
    names += re.findall(r"^#define (ANCHOR_(?!H$|MUST_USE)\w+) ", read("include/anchor.h"), re.MULTILINE)
    names += re.findall(r"^typedef .*?(anchor_\w+)(?:;|\)\()", read("include/anchor.h"), re.MULTILINE)
    assert len(names) > 60
    assert without_heading(names, "c.html") == []


def test_c_reference_has_each_term_of_the_contract() -> None:
    contract = read("include/anchor.h").partition("THE CONTRACT")[2].partition("*/")[0]
    terms = re.findall(r"^ \* ([A-Z][a-z]+)  ", contract, re.MULTILINE)
    assert len(terms) > 15
    assert [term for term in terms if f">{term}<a" not in page("c.html")] == []


def test_c_wrapper_reference_is_complete() -> None:
    header = read("bindings/c/include/anchor_easy.h")
    names = c_functions("bindings/c/include/anchor_easy.h")
    names += [*re.findall(r"^typedef struct (\w+)", header, re.MULTILINE), "ANCHOR_EASY_NO_RETRIES"]
    assert without_heading(names, "c-wrapper.html") == []
    fields = re.findall(r"^    [\w ]+[ *](\w+)(?:\[\w+\])?;", header, re.MULTILINE)
    assert len(fields) > 20
    assert [field for field in fields if not re.search(rf"<code>[^<]*\b{field}\b", page("c-wrapper.html"))] == []


@pytest.mark.parametrize("header", ["include/anchor.h", "bindings/c/include/anchor_easy.h"])
def test_every_c_function_has_a_man_page(header: str) -> None:
    assert [name for name in c_functions(header) if not (BUILD / f"man3/{name}.3").is_file()] == []


def test_man_pages_lead_to_pages_that_exist_and_take_no_other_names() -> None:
    for file in (BUILD / "man3").iterdir():
        # A page such as log.3 would hide that of another library.
        assert file.name.startswith(("anchor", "ANCHOR_")), file
        link = re.fullmatch(r"\.so (\S+)\n", file.read_text(encoding="utf-8"))
        assert link is None or (BUILD / link[1]).is_file(), file


def test_cpp_reference_has_every_class_and_function() -> None:
    public = cpp_headers()
    classes = re.findall(r"^(?:template <.*> )?(?:class|struct)(?: \[\[nodiscard\]\])? (\w+)[^;]*\{$", public, re.M)
    assert len(classes) > 7
    assert without_heading([*classes, "while_paused", "errc", "category"], "cpp.html") == []
    assert "detail" not in declarations("cpp.html")


def test_cpp_reference_names_the_header_to_include() -> None:
    assert set(re.findall(r"#include\s*(\S+)", declarations("cpp.html"))) == {"<anchor.hpp>"}
    assert declarations("cpp.html").count("#include <anchor.hpp>") > 8


def test_cpp_reference_has_each_overload_without_exceptions_and_says_what_it_does() -> None:
    public = cpp_headers()
    overloads = re.findall(r"\b(\w+)\([^()]*std::nothrow_t\)", public)
    assert len(overloads) > 14
    shown = re.findall(r"\b(\w+)\([^()]*std::nothrow_t\)", declarations("cpp.html"))
    assert sorted(shown) == sorted(overloads)
    # The code without its tags, and a mark at its end.
    text = re.sub(r"<pre>.*?</pre></div>", lambda code: _plain(code[0]) + "\x01", page("cpp.html"), flags=re.DOTALL)
    for name in set(overloads):
        # The block with the overloads has a comment of its own.
        comments = re.findall(rf"\b{name}\([^()]*nothrow_t\)[^\x01]*?\x01\s*<p>(.*?)</p>", text, re.DOTALL)
        assert comments, name
        assert [comment for comment in comments if "without throwing" not in comment] == [], name


def test_python_reference_has_every_name_and_inherited_members() -> None:
    exported = re.findall(r'^    "(\w+)",$', read("bindings/python/src/libanchor/__init__.py"), re.MULTILINE)
    names = [*exported, "AsyncAnchorbrowser.with_options", "RecordingsResource.paused"]
    assert len(names) > 35
    assert without_heading(names, "python.html") == []
    assert "def __init__(" in declarations("python.html")


def test_python_reference_begins_with_the_client_and_ends_with_the_exceptions() -> None:
    source = read("bindings/python/src/libanchor/_exceptions.py")
    exceptions = re.findall(r"^class (\w+)", source, re.MULTILINE)
    names = re.findall(r'<h3 id="(\w+)"', page("python.html"))
    assert names[0] == "Anchorbrowser"
    assert names[-len(exceptions) :] == exceptions


def test_go_reference_has_every_function_and_type() -> None:
    files = [file for file in (ROOT / "bindings/go").glob("*.go") if not file.name.endswith("_test.go")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    names = re.findall(r"^(?:func|type) ([A-Z]\w*)", sources, re.MULTILINE)
    names += [
        ".".join(method) for method in re.findall(r"^func \(\w+ \*?([A-Z]\w*)\) ([A-Z]\w*)", sources, re.MULTILINE)
    ]
    assert len(names) > 30
    assert [name for name in names if f">{name}<a" not in page("go.html")] == []


@pytest.mark.parametrize("name", ["c", "c-wrapper", "cpp", "python", "go"])
def test_code_of_the_references_is_highlighted(name: str) -> None:
    blocks = re.findall(r"<pre>.*?</pre>", page(f"{name}.html"), re.DOTALL)
    plain = [block for block in blocks if '<span class="' not in block and "\u2500" not in block]
    assert len(blocks) > 20
    assert plain == []


def test_the_search_finds_names_of_all_references() -> None:
    items = json.loads((SITE / "search.json").read_text(encoding="utf-8"))["items"]
    titles = {item["title"]: item["location"].partition("#")[0] for item in items}
    expected = {
        "RecordingsResource": "python.html",
        "NotResumedError": "python.html",
        "client::pause_recording": "cpp.html",
        "Recordings.WhilePaused": "go.html",
        **dict.fromkeys(c_functions("include/anchor.h"), "c.html"),
        **dict.fromkeys(c_functions("bindings/c/include/anchor_easy.h"), "c-wrapper.html"),
    }
    assert {name: titles.get(name) for name in expected} == {
        name: f"reference/{file}" for name, file in expected.items()
    }


def test_unknown_markup_is_refused(tmp_path: Path) -> None:
    """Otherwise a part of a comment would be missing in the reference, without a word."""
    (tmp_path / "file.xml").write_text(
        "<doxygen>"
        + "".join(
            f'<compounddef kind="file"><compoundname>{header}</compoundname>'
            "<detaileddescription><para>Text <table/></para></detaileddescription></compounddef>"
            for header in ("anchor.h", "anchor_easy.h", "anchor.hpp")
        )
        + "</doxygen>"
    )
    command = [sys.executable, str(ROOT / "docs/tools/doxygen_reference.py"), *[str(tmp_path)] * 4]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "table" in done.stderr
