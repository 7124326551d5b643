"""Responses behave like frozen dataclasses, although the module dataclasses did not make them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
from typing import Any

import libanchor
import pytest
from libanchor import (
    Data,
    RecordingsDeleteRecordingResponse,
    RecordingsDownloadRecordingResponse,
    RecordingsPauseRecordingResponse,
    RecordingsResumeRecordingResponse,
    SuccessResponse,
)

PAUSED = SuccessResponse(Data("paused"))
ANSWERS = [
    Data("paused"),
    PAUSED,
    RecordingsPauseRecordingResponse(PAUSED, 200, 1, "id"),
    RecordingsResumeRecordingResponse(PAUSED, 200, 1, None),
    RecordingsDeleteRecordingResponse(Data("deleted"), 200, 2, "id"),
    RecordingsDownloadRecordingResponse(7, 206, 1, "id"),
]
answers = pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)


def made_by_the_module(answer: Any) -> Any:
    """An equal object of a class with the same fields that the module dataclasses makes."""
    fields = [(field.name, field.type, field) for field in map(copy.copy, dataclasses.fields(answer))]
    cls = dataclasses.make_dataclass(type(answer).__name__, fields, frozen=True)
    return cls(**vars(answer))


@answers
def test_a_response_has_the_repr_and_the_hash_of_a_dataclass(answer: Any) -> None:
    other = made_by_the_module(answer)
    assert repr(answer) == repr(other)
    assert hash(answer) == hash(other)
    assert type(answer).__match_args__ == type(other).__match_args__
    assert inspect.signature(type(answer)).parameters.keys() == inspect.signature(type(other)).parameters.keys()
    assert answer != other


@answers
def test_responses_are_equal_if_all_fields_are(answer: Any) -> None:
    assert answer == copy.deepcopy(answer) == pickle.loads(pickle.dumps(answer))
    for name in vars(answer):
        assert answer != dataclasses.replace(answer, **{name: "another"})


@answers
def test_a_response_is_frozen(answer: Any) -> None:
    name = type(answer).__match_args__[-1]
    for attribute in (name, "another"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{attribute}'"):
            setattr(answer, attribute, 1)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{attribute}'"):
            delattr(answer, attribute)
    assert answer in ANSWERS


def test_the_module_dataclasses_recognizes_responses() -> None:
    answer = RecordingsDeleteRecordingResponse(Data(), 200, 1, None)
    # The fields of the base class, computed first, are not those of its subclass.
    assert [field.name for field in dataclasses.fields(SuccessResponse)] == ["data"]
    expected = {"data": {"status": None}, "http_status": 200, "attempts": 1, "request_id": None}
    assert dataclasses.asdict(answer) == expected
    assert dataclasses.fields(Data)[0].default is None
    if sys.version_info >= (3, 13):
        assert copy.replace(answer, attempts=2).attempts == 2


def test_a_subclass_may_have_further_attributes() -> None:
    class Plain(Data):
        pass

    plain = Plain("paused")
    plain.note = "mine"  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        plain.status = "other"  # type: ignore[misc]
    assert repr(plain).endswith("Plain(status='paused')")
    assert dataclasses.asdict(plain) == {"status": "paused"}

    @dataclasses.dataclass(frozen=True)
    class More(libanchor.Data):
        note: str = "mine"

    assert dataclasses.asdict(More("paused")) == {"status": "paused", "note": "mine"}
    with pytest.raises(TypeError, match="non-frozen"):
        dataclasses.dataclass(type("Thawed", (Data,), {"__annotations__": {"note": "str"}}))
