"""The package declares every function exactly as include/anchor.h does."""

from __future__ import annotations

import _ctypes
import ctypes
import re
from ctypes import c_char_p, c_int32, c_uint32, c_uint64, c_void_p
from typing import Any

import pytest
from c_abi import PARAMETERS
from libanchor._native import abi, library
from paths import HEADER

TEXT = re.sub(r"/\*.*?\*/|//[^\n]*", "", HEADER.read_text(), flags=re.DOTALL)
PROTOTYPES = {
    name: (result.replace("ANCHOR_MUST_USE", "").strip(), parameters)
    for result, name, parameters in re.findall(r"^([\w \n]+?[ *]+)(anchor_\w+)\(([^;{]*?)\);", TEXT, re.MULTILINE)
}
RESULTS = {"int32_t": c_int32, "const char *": c_char_p}
NUMBERS = {"int32_t": c_int32, "uint32_t": c_uint32, "uint64_t": c_uint64}
FUNCTIONS = {"anchor_progress": abi.PROGRESS, "anchor_log": abi.LOG}


def parameter(declaration: str) -> Any:
    """The ctypes type of a C parameter."""
    match = re.fullmatch(r"(?:const )?(\w+) (\**)\w+", " ".join(declaration.split()))
    assert match is not None, declaration
    name, stars = match[1], len(match[2])
    if stars == 0:
        return {**NUMBERS, **FUNCTIONS}[name]
    if name in NUMBERS:
        return ctypes.POINTER(NUMBERS[name])
    if stars == 2:
        return ctypes.POINTER(c_char_p if name == "char" else c_void_p)
    return c_char_p if name == "char" else c_void_p


def test_every_prototype_is_parsed() -> None:
    types_of_functions = TEXT.count("(*anchor_")
    assert len(PROTOTYPES) == TEXT.count(");") - types_of_functions
    assert {"anchor_version", "anchor_free", "anchor_download_recording", "anchor_request"} <= set(PROTOTYPES)


@pytest.mark.parametrize("name", PROTOTYPES)
def test_a_function_is_declared_as_in_the_header(name: str) -> None:
    result, parameters = PROTOTYPES[name]
    function = getattr(library.load(), name)
    assert function.restype is RESULTS[result]
    declared = [] if parameters == "void" else [parameter(each) for each in parameters.split(",")]
    assert list(function.argtypes) == declared


def test_every_declared_function_is_in_the_header() -> None:
    declared = {name for name in vars(library.load()) if name.startswith("anchor_")}
    assert declared == set(PROTOTYPES) == {name for name in abi.Abi.__annotations__ if name.startswith("anchor_")}


def keeps_the_gil(function: Any) -> bool:
    return bool(function._flags_ & _ctypes.FUNCFLAG_PYTHONAPI)


def test_only_functions_that_work_in_memory_keep_the_gil() -> None:
    loaded = library.load()
    keeping = {name for name in PROTOTYPES if keeps_the_gil(getattr(loaded, name))}
    by_name = re.compile(r"anchor_(version|status_name|options_\w+|call_\w+)")
    # With a timeout of 0, with no CA file, and for other objects than clients and queues.
    assert {name for name in keeping if not by_name.fullmatch(name)} == {"anchor_queue_next", *loaded.unlocked}
    assert set(loaded.unlocked) == {"anchor_client_new", "anchor_free"}
    assert not any(map(keeps_the_gil, loaded.unlocked.values()))
    # Called with a queue only, when they return at once.
    assert all(map(keeps_the_gil, loaded.queued.values()))


def test_the_c_abi_tests_declare_every_function() -> None:
    without_status = {"anchor_version", "anchor_status_name"}
    assert set(PARAMETERS) | without_status == set(PROTOTYPES)
    for name, parameters in PARAMETERS.items():
        assert len(parameters) == len(PROTOTYPES[name][1].split(","))
