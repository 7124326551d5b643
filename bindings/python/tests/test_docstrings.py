"""help() explains every public class, with each of its fields, and every method."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

import libanchor
import pytest

CLASSES = [value for name in libanchor.__all__ if isinstance(value := getattr(libanchor, name), type)]


def fields(cls: type) -> set[str]:
    """The public attributes of instances, except for properties."""
    ours = [each for each in cls.__mro__ if each.__module__.startswith("libanchor.")]
    names = {name for each in ours for name in [*getattr(each, "__annotations__", ()), *assigned(each)]}
    return {name for name in names if not name.startswith("_")}


def assigned(cls: type) -> list[str]:
    """The attributes that the constructor assigns to, if the class itself has one in its source."""
    file = Path(str(sys.modules[cls.__module__].__file__))
    nodes = ast.parse(file.read_text(encoding="utf-8")).body
    (body,) = (node.body for node in nodes if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    statements = [
        line for node in body if isinstance(node, ast.FunctionDef) and node.name == "__init__" for line in node.body
    ]
    targets = [target for line in statements if isinstance(line, ast.Assign) for target in line.targets]
    return [
        target.attr for target in targets if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"
    ]


def documented(cls: type) -> set[str]:
    """The names in the section "Attributes" of the class or of a base class."""
    names: set[str] = set()
    for each in cls.__mro__:
        _, _, section = (inspect.getdoc(each) or "").partition("Attributes:\n")
        names |= set(re.findall(r"^ {4}(\w+): \S", section, re.MULTILINE))
    return names


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_class_documents_its_fields_and_methods(cls: type) -> None:
    assert vars(cls)["__doc__"]
    assert documented(cls) == fields(cls)
    methods = [name for name in dir(cls) if not name.startswith("_") and name not in fields(cls)]
    ours = [name for name in methods if not hasattr(Exception, name)]
    assert [name for name in ours if not inspect.getdoc(getattr(cls, name))] == []


def test_fields_of_every_kind_are_found() -> None:
    assert {"data", "http_status"} <= fields(libanchor.RecordingListResponse)
    assert {"message", "session_id"} <= fields(libanchor.NotResumedError)
    assert "status_code" in fields(libanchor.AsyncBinaryAPIResponse)
