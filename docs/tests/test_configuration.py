"""The page about configuration lists every setting of the header and the wrappers."""

from __future__ import annotations

import re

from repository import PAGES, ROOT

PAGE = (PAGES / "configuration.md").read_text(encoding="utf-8")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading of the page."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def column(table: str, number: int) -> set[str]:
    """The names in one column of a table."""
    rows = re.findall(r"^\| .* \|$", table, re.MULTILINE)
    return {name for row in rows[1:] for name in re.findall(r"`(\w+)`", row.split("|")[number + 1])}


def fields(source: str, struct: str) -> set[str]:
    """The members of a struct in C or C++."""
    body = re.search(rf"struct {struct} \{{(.*?)^\}}", read(source), re.MULTILINE | re.DOTALL)
    assert body
    code = re.sub(r"/\*.*?\*/", "", body[1], flags=re.DOTALL)
    return set(re.findall(r"(\w+)(?: = \w[\w:]*| = \{\})?;", code))


DEFAULTS, ENVIRONMENT = section("Settings and defaults"), section("Environment")
CLIENT, CALL = section("Names for a client"), section("Names for one call")


def test_every_setter_of_the_header_is_listed() -> None:
    header = read("include/anchor.h")
    assert column(CLIENT, 1) == {*re.findall(r"\b(anchor_options_set_\w+)\(", header), "anchor_client_new"}
    assert column(CALL, 1) == set(re.findall(r"\b(anchor_call_set_\w+)\(", header))


def test_every_setting_of_the_c_wrapper_is_listed() -> None:
    assert column(CLIENT, 2) == fields("bindings/c/include/anchor_easy.h", "anchor_easy_config")
    assert column(CALL, 2) == fields("bindings/c/include/anchor_easy.h", "anchor_easy_call")


def test_every_setting_of_cpp_is_listed() -> None:
    assert column(CLIENT, 3) == fields("bindings/cpp/include/anchor/options.hpp", "options")
    setters = re.findall(r"[ &](set_\w+)\(", read("bindings/cpp/include/anchor/call.hpp"))
    assert column(CALL, 3) == set(setters) - {"set_queue"}


def test_every_setting_of_python_is_listed() -> None:
    source = read("bindings/python/src/libanchor/_base_client.py")
    arguments = re.search(r"def __init__\(\n        self,\n        \*,\n(.*?)    \) ->", source, re.DOTALL)
    assert arguments
    # In Python the log is a logger of the standard library.
    assert column(CLIENT, 4) == {*re.findall(r"^ +(\w+):", arguments[1], re.MULTILINE), "libanchor"}


def test_every_option_of_go_is_listed() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bindings/go").glob("*.go"))
    options = dict(re.findall(r"^func (With\w+)\(.*\) (\w*Option) \{$", sources, re.MULTILINE))
    assert column(CLIENT, 5) == {name for name, kind in options.items() if kind in ("Option", "CommonOption")}
    assert column(CALL, 5) == {name for name, kind in options.items() if kind in ("CallOption", "CommonOption")}


def test_every_environment_variable_is_listed() -> None:
    sources = [read("include/anchor.h"), read("SECURITY.md"), read("README.md")]
    sources += [path.read_text(encoding="utf-8") for path in (ROOT / "bindings/python/src").rglob("*.py")]
    variable = r"\b(?:ANCHORBROWSER_[A-Z_]+|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR)|ANCHOR_LIBRARY)\b"
    named = set(re.findall(variable, "".join(sources)))
    assert len(named) >= 11
    assert column(ENVIRONMENT, 0) == named


def test_the_defaults_match_the_header() -> None:
    defaults = dict(re.findall(r"@param (\w+)  +.*?The default is (\d+)\.", read("include/anchor.h")))
    assert {"timeout_ms", "max_retries"} <= defaults.keys()
    assert f"| timeout | {int(defaults['timeout_ms']) // 1000} s |" in DEFAULTS
    assert f"| retries | {defaults['max_retries']} |" in DEFAULTS
    address = re.search(r"ANCHORBROWSER_BASE_URL, else\s[ *]*(https://\S+?)\.$", read("include/anchor.h"), re.MULTILINE)
    assert address and f"| base URL | `ANCHORBROWSER_BASE_URL`, else `{address[1]}` |" in DEFAULTS
