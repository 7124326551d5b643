"""The references contain everything that is public."""

from __future__ import annotations

import re

from repository import BUILD, ROOT, SITE


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def page(name: str) -> str:
    return (SITE / "reference" / name).read_text(encoding="utf-8")


def test_c_reference_and_man_pages_are_complete() -> None:
    header = read("include/anchor.h")
    names = re.findall(r"^(?:ANCHOR_MUST_USE )?\w[\w ]*[ *](anchor_\w+)\(", header, re.MULTILINE)
    names += re.findall(r"^#define (ANCHOR_(?!H$|MUST_USE)\w+) ", header, re.MULTILINE)
    assert len(names) > 50
    assert [name for name in names if name not in page("c/anchor_8h.html")] == []
    assert [name for name in names if not (BUILD / f"man3/{name}.3").is_file()] == []


def test_c_wrapper_reference_has_every_function() -> None:
    names = re.findall(r"\b(anchor_(?:easy|while)_\w+)\(", read("bindings/c/include/anchor_easy.h"))
    assert len(names) > 15
    assert [name for name in names if name not in page("cpp/anchor__easy_8h.html")] == []


def test_cpp_reference_has_every_class() -> None:
    headers = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "bindings/cpp/include/anchor").glob("*.hpp"))
    details = r"^namespace (?:anchor::)?detail \{.*?^\} // namespace (?:anchor::)?detail"
    public = re.sub(details, "", headers, flags=re.MULTILINE | re.DOTALL)
    names = re.findall(
        r"^(?:template <.*> )?(?:class|struct)(?: \[\[nodiscard\]\])? (\w+)[^;]*\{$", public, re.MULTILINE
    )
    assert len(names) > 7
    assert [name for name in names if f">{name}</a>" not in page("cpp/annotated.html")] == []
    assert "detail" not in re.findall(r'class="el"[^>]*>(\w+)<', page("cpp/annotated.html"))


def test_python_reference_has_every_name_and_inherited_members() -> None:
    exported = re.findall(r'^    "(\w+)",$', read("bindings/python/src/libanchor/__init__.py"), re.MULTILINE)
    names = [name for name in exported if not name.startswith("__")]
    names += ["Anchorbrowser.__init__", "AsyncAnchorbrowser.with_options", "RecordingsResource.paused"]
    assert len(names) > 35
    assert [name for name in names if f'id="{name}"' not in page("python/libanchor.html")] == []


def test_go_reference_has_every_function_and_type() -> None:
    files = [file for file in (ROOT / "bindings/go").glob("*.go") if not file.name.endswith("_test.go")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    names = re.findall(r"^(?:func|type) ([A-Z]\w*)", sources, re.MULTILINE)
    names += [
        ".".join(method) for method in re.findall(r"^func \(\w+ \*?([A-Z]\w*)\) ([A-Z]\w*)", sources, re.MULTILINE)
    ]
    assert len(names) > 30
    assert [name for name in names if f">{name}<a" not in page("go.html")] == []
