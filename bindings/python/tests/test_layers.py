"""The modules of the package form layers, without upward imports and without circles."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import libanchor

ROOT = Path(libanchor.__file__).parent
#: From the bottom to the top. Each name is a module, or a package with its modules.
LAYERS = [
    ["_environment", "_answer", "_wrong_block"],
    ["_exceptions", "_status", "_json", "_logging", "_frozen", "_version"],
    ["_outcome", "_responses", "_recording_list", "_binary_response", "_async_binary_response"],
    ["_native"],
    ["_base_client", "_async_base_client"],
    ["_pause_failures", "_paused", "_async_paused", "_recordings", "_async_recordings"],
    ["_client", "_async_client"],
    ["__init__", "_pyinstaller"],
    ["__main__"],
]
FILES = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in ROOT.rglob("*.py")}


def imports(module: str, source: str) -> set[str]:
    """The modules of the package that this one imports, even under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            folder = [*module.split(".")[: -node.level], *(node.module or "").split(".")]
            prefix = ".".join(filter(None, folder))
            for name in (f"{prefix}.{alias.name}".lstrip(".") for alias in node.names):
                found.add(name if name in FILES else prefix if prefix in FILES else f"{prefix}.__init__".lstrip("."))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert "libanchor" not in {name.partition(".")[0] for name in names}, f"{module}: import relatively"
    return found


IMPORTS = {module: imports(module, file.read_text(encoding="utf-8")) for module, file in FILES.items()}


def layer(module: str) -> int:
    (number,) = (number for number, names in enumerate(LAYERS) if module.partition(".")[0] in names)
    return number


def test_every_import_is_of_a_module_of_the_package() -> None:
    assert set().union(*IMPORTS.values()) <= set(FILES)


def test_no_module_imports_from_a_layer_above() -> None:
    upwards = [(module, name) for module, names in IMPORTS.items() for name in names if layer(name) > layer(module)]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    # Raises CycleError, which names the circle.
    TopologicalSorter(IMPORTS).prepare()
