"""What all answers can do: give their content as plain values, as the official SDK's answers do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

#: What this package adds to an answer. The rest is the API's.
_ADDED = frozenset({"http_status", "attempts", "request_id", "raw"})


class Answer:
    """The base of the answers and of their parts."""

    __match_args__: tuple[str, ...]

    def to_dict(self, *, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """The content of the answer as nested dicts and lists, without what the API left out.

        It is what the API sent, so `http_status`, `attempts`, `request_id` and `raw` are not in it.
        With mode "json" every value is one of JSON: a time is a str in ISO 8601, and a number that
        is infinite, because no float holds it, is None.
        """
        return {name: value for name, value in self.model_dump(mode=mode).items() if value is not None}

    def model_dump(self, *, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """As `to_dict`, but what the API left out is None."""
        fields = {name: _plain(getattr(self, name), mode) for name in self.__match_args__ if name not in _ADDED}
        # A field that the API sent with another type, or that this version does not know, is as sent.
        sent: dict[str, Any] = getattr(self, "raw", {})
        return fields | {name: _plain(value, mode) for name, value in sent.items() if fields.get(name) is None}

    def to_json(self, *, indent: int | None = 2) -> str:
        """The content of the answer as JSON."""
        import json

        return json.dumps(self.to_dict(mode="json"), indent=indent)


def _plain(value: object, mode: Literal["python", "json"]) -> object:
    if isinstance(value, Answer):
        return value.to_dict(mode=mode)
    if isinstance(value, list):
        return [_plain(item, mode) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, mode) for name, item in value.items()}
    if mode == "json" and isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    # A datetime. To name the class, the module would have to be imported.
    if mode == "json" and hasattr(value, "isoformat"):
        return value.isoformat()
    return value
