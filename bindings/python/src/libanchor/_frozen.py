"""A stand-in for `dataclasses.dataclass(frozen=True)`.

Importing dataclasses, which imports inspect, takes longer than importing this package. Classes that
are decorated here behave like frozen dataclasses. The module dataclasses is imported only when it
is needed, for example by `dataclasses.fields`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T", bound=type)


def dataclass(**_: bool) -> Callable[[T], T]:
    """For classes whose own `__init__` sets the fields."""
    return _frozen


def _frozen(cls: Any) -> Any:
    cls.__match_args__ = (*getattr(cls, "__match_args__", ()), *cls.__annotations__)  # type: ignore[misc]
    for name in ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__replace__"):
        setattr(cls, name, vars(_Methods)[name])
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        setattr(cls, name, _Lazy(cls, name))
    return cls


class _Methods:
    __match_args__: tuple[str, ...]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({fields})"

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(_values(self))

    def __setattr__(self, name: str, value: object) -> None:
        _refuse(self, "assign to", name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _refuse(self, "delete", name)
        object.__delattr__(self, name)

    def __replace__(self, /, **changes: Any) -> Any:
        from dataclasses import replace

        return replace(self, **changes)  # type: ignore[type-var]


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in self.__match_args__)


def _refuse(self: Any, what: str, name: str) -> None:
    # A plain subclass, which has no `__match_args__` of its own, may have further attributes.
    if "__match_args__" in vars(type(self)) or name in self.__match_args__:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot {what} field {name!r}")


class _Lazy:
    """An attribute by which the module dataclasses recognizes its classes. It is made on access."""

    def __init__(self, cls: Any, name: str) -> None:
        self._cls = cls
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        from dataclasses import dataclass

        cls = self._cls
        body = {name: value for name, value in vars(cls).items() if name in ("__annotations__", *cls.__match_args__)}
        made: Any = dataclass(frozen=True)(type(cls.__name__, cls.__bases__, body))
        value = getattr(made, self._name)
        setattr(cls, self._name, value)
        return value
