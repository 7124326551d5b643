"""Every fenced block of every Markdown file is tested, or gives a reason why it is not.

In the pages, a comment on the line before a block names the file of docs/snippets that it is a copy of.
In other files, a block is part of a frame of docs/snippets/frames, or has a test of its own.
"""

from __future__ import annotations

import re
from pathlib import Path

import frames
import markdown
import test_snippets
from repository import PAGES, ROOT, markdown_files

#: The languages that can be built or run. Others are text and settings.
_KNOWN = {"bash", "c", "c++", "console", "cpp", "go", "py", "python", "rust", "sh", "shell"}
_SNIPPET = re.compile(r"^<!-- snippet: ([\w./-]+?)(?::\w+)? -->$")
_NOT_RUN = re.compile(r"^<!-- not run: \S.* -->$")
#: Files whose blocks of one language are all tested by another test.
_TESTED_BY = {("bindings/python/README.md", "python"): "bindings/python/tests/test_readme.py"}


def problem(block: markdown.Block, framed: set[tuple[str, str, int]]) -> str:
    """The reason why a block is not acceptable, or ""."""
    name = str(block.file.relative_to(ROOT)) if block.file.is_relative_to(ROOT) else block.file.name
    if not block.language:
        return "has no language: use text"
    if block.language not in _KNOWN or _NOT_RUN.match(block.before):
        return ""
    snippet = _SNIPPET.match(block.before)
    if snippet:
        known = {run.snippet for run in test_snippets.RUNS} | test_snippets.RUN_ELSEWHERE.keys()
        return "" if snippet[1] in known else f"is {snippet[1]}, which no test runs"
    if block.file.is_relative_to(PAGES):
        return "must be a copy of a file of docs/snippets"
    if (name, block.language, block.number) in framed or (name, block.language) in _TESTED_BY:
        return ""
    return "needs a frame in docs/snippets/frames, or a comment before it that says why it is not run"


def test_every_block_is_tested_or_gives_a_reason() -> None:
    blocks = [block for file in markdown_files() for block in markdown.blocks(file)]
    assert len(blocks) > 40
    framed = frames.blocks_in_frames()
    problems = [(block, problem(block, framed)) for block in blocks]
    assert [f"{block.file.relative_to(ROOT)}:{block.line}: {reason}" for block, reason in problems if reason] == []


def test_files_tested_elsewhere_are_read_by_those_tests() -> None:
    for (name, _language), test in _TESTED_BY.items():
        assert f'"{Path(name).name}"' in (ROOT / test).read_text(encoding="utf-8")


def test_untested_blocks_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "```c\nint x;\n```\n"
        "\n<!-- not run: there is none -->\n```c\nint x;\n```\n"
        "\n<!-- not run: -->\n```sh\nls\n```\n"
        "<!-- snippet: python/pause.py -->\n```python\nx\n```\n"
        "<!-- snippet: python/none.py:part -->\n```python\nx\n```\n"
        "```\nbare\n```\n"
        "```text\nbare\n```\n"
        "- in a list\n\n  ```go\n  x()\n  ```\n"
        "\n  ```go\n  y()\n  ```\n"
    )
    problems = [problem(block, {("page.md", "go", 1)}) for block in markdown.blocks(file)]
    assert [reason.partition(" ")[0] for reason in problems] == [
        "needs",
        "",
        "needs",
        "",
        "is",
        "has",
        "",
        "",
        "needs",
    ]
