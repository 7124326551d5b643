"""Every fenced block of every Markdown file is tested, or says before it why it is not.

In the pages a block is one line that includes a file of docs/snippets, or a part of it. Elsewhere it stands in a frame
of docs/snippets/frames, or in a test of its own.
"""

from __future__ import annotations

import re
from pathlib import Path

import frames
import markdown
import test_snippets
from repository import PAGES, ROOT, markdown_files

#: The languages of what can be built or run. Others are text, settings, or what a build of another kind reads.
_KNOWN = {"bash", "c", "c++", "console", "cpp", "go", "py", "python", "rust", "sh", "shell"}
_INCLUDE = re.compile(r'^--8<-- "([\w./-]+?)(?::\w+)?"\n$')
_NOT_RUN = re.compile(r"^<!-- not run: \S.* -->$")
#: Files whose blocks of one language a test takes all.
_TESTED_BY = {("bindings/python/README.md", "python"): "bindings/python/tests/test_readme.py"}


def fault(block: markdown.Block, framed: set[tuple[str, str, int]]) -> str:
    """What is wrong with a block; "" if nothing."""
    name = str(block.file.relative_to(ROOT)) if block.file.is_relative_to(ROOT) else block.file.name
    if not block.language:
        return "has no language: text is one"
    if block.language not in _KNOWN or _NOT_RUN.match(block.before):
        return ""
    include = _INCLUDE.match(block.text)
    if include:
        known = {run.snippet for run in test_snippets.RUNS} | test_snippets.RUN_ELSEWHERE.keys()
        return "" if include[1] in known else f"includes {include[1]}, which no test runs"
    if block.file.is_relative_to(PAGES):
        return "is no include of a file in docs/snippets"
    if (name, block.language, block.number) in framed or (name, block.language) in _TESTED_BY:
        return ""
    return "stands in no frame of docs/snippets/frames, and no comment before it says why it is not run"


def test_every_block_is_tested_or_says_why_not() -> None:
    blocks = [block for file in markdown_files() for block in markdown.blocks(file)]
    assert len(blocks) > 40
    framed = frames.blocks_in_frames()
    faults = [(block, fault(block, framed)) for block in blocks]
    assert [f"{block.file.relative_to(ROOT)}:{block.line}: {wrong}" for block, wrong in faults if wrong] == []


def test_the_tests_of_whole_files_read_them() -> None:
    for (name, _language), test in _TESTED_BY.items():
        assert f'"{Path(name).name}"' in (ROOT / test).read_text(encoding="utf-8")


def test_an_untested_block_is_found(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "```c\nint x;\n```\n"
        "\n<!-- not run: there is none -->\n```c\nint x;\n```\n"
        "\n<!-- not run: -->\n```sh\nls\n```\n"
        '```python\n--8<-- "python/pause.py"\n```\n'
        '```python\n--8<-- "python/none.py"\n```\n'
        "```\nbare\n```\n"
        "```text\nbare\n```\n"
        "- in a list\n\n  ```go\n  x()\n  ```\n"
        "\n  ```go\n  y()\n  ```\n"
    )
    faults = [fault(block, {("page.md", "go", 1)}) for block in markdown.blocks(file)]
    assert [wrong.partition(" ")[0] for wrong in faults] == [
        "stands",
        "",
        "stands",
        "",
        "includes",
        "has",
        "",
        "",
        "stands",
    ]
