"""The code in the pages is that of docs/snippets."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import pytest
from repository import ROOT

TOOL = ROOT / "docs/tools/snippets.py"


@pytest.fixture
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("snippets", TOOL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_page_differs_from_its_snippets() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_block_is_replaced_by_its_snippet_without_marks(tool: Any, monkeypatch: Any, tmp_path: Any) -> None:
    (tmp_path / "a.c").write_text(
        "int f() {\n    /* [begin all] */\n    // [begin x]\n\n    g();\n\n    // [end x]\n    /* [end all] */\n}\n"
    )
    monkeypatch.setattr(tool, "SNIPPETS", tmp_path)
    page = "text\n<!-- snippet: a.c{} -->\n```c\nold\n```\n```c\nof itself\n```\n"
    whole = tool.with_snippets(page.format(""))
    assert "```c\nint f() {\n\n    g();\n\n}\n```\n" in whole
    part = tool.with_snippets(page.format(":x"))
    assert part == page.format(":x").replace("old", "g();")
    assert tool.with_snippets(page.format(":all")) == part.replace(":x", ":all")


def test_mistakes_are_reported(tool: Any) -> None:
    with pytest.raises(ValueError, match="has no part none"):
        tool.with_snippets("<!-- snippet: c/pause.c:none -->\n```c\n```\n")
    with pytest.raises(OSError):
        tool.with_snippets("<!-- snippet: c/none.c -->\n```c\n```\n")
    with pytest.raises(ValueError, match="not followed by a block"):
        tool.with_snippets("<!-- snippet: c/pause.c -->\n\n```c\n```\n")
