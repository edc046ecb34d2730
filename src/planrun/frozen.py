"""Values: classes that are what their fields are, compared and hashed by them, and never changed.

To its users a frozen class is a dataclass: `field`, `fields`, `replace` and `match` work with it. But what
`dataclass(frozen=True, slots=True)` does is write out and compile seven methods for each class, and that takes a
millisecond. A command has up to two hundred of these classes, and makes instances of few. So here the methods of all
classes are the same but for `__init__`, which has to be fast, and which is compiled when it is first called.
"""

from __future__ import annotations

import operator
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields  # noqa: TID251  what it is made of
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    Method = Callable[..., Any]

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, order: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, order: bool = False, kw_only: bool = False) -> Any:
    """Make a class one of values, with slots; a method that it defines itself stays.

    Args:
        cls: the class: annotated fields, and what is derived from them.
        order: whether its values have an order, that of their fields from the first to the last.
        kw_only: whether the fields are given by name alone.
    """

    def made(cls: type[T]) -> type[T]:
        own = frozenset(vars(cls))
        value = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
        methods = _methods(value) | (_comparisons(value) if order else {})
        for name in methods.keys() - own:
            setattr(value, name, methods[name])
        return value

    return made if cls is None else made(cls)


def _methods(cls: Any) -> dict[str, Method]:
    identity = _parts(cls)
    shown = [item.name for item in fields(cls) if item.repr]

    def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _initializer(cls)
        cls.__init__(self, *args, **kwargs)

    def equal(self: Any, other: object) -> bool:
        return identity(self) == identity(other) if other.__class__ is self.__class__ else NotImplemented

    return {
        "__init__": initialize,
        "__eq__": equal,
        "__hash__": lambda self: hash(identity(self)),
        "__repr__": lambda self: (
            f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
        ),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__setstate__": _restore,
    }


def _initializer(cls: Any) -> Method:
    """Return the `__init__` that a frozen dataclass with the same fields has, compiled anew as there."""
    heads, lines = ["self"], []
    known: dict[str, Any] = {"__absent": MISSING}
    for item in sorted(fields(cls), key=lambda item: item.kw_only is True):
        name, given = item.name, item.name
        if item.kw_only is True and "*" not in heads:
            heads.append("*")
        if item.default_factory is not MISSING:
            known[f"__make_{name}"] = item.default_factory
            head, given = f"{name}=__absent", f"__make_{name}() if {name} is __absent else {name}"
        elif item.default is not MISSING:
            known[f"__default_{name}"] = item.default
            head = f"{name}=__default_{name}"
        else:
            head = name
        known[f"__set_{name}"] = getattr(cls, name).__set__
        heads.append(head)
        lines.append(f"    __set_{name}(self, {given})\n")
    exec(f"def __init__({', '.join(heads)}):\n{''.join(lines) or '    pass'}", known)  # noqa: S102  names of fields alone
    known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"  # what a TypeError calls it
    initializer: Method = known["__init__"]
    return initializer


def _comparisons(cls: Any) -> dict[str, Method]:
    parts = _parts(cls)

    def method(compare: Callable[[Any, Any], bool]) -> Method:
        # The class itself, which stands first, has no order.
        return lambda self, other: (
            compare(parts(self)[1:], parts(other)[1:]) if other.__class__ is self.__class__ else NotImplemented
        )

    return {
        f"__{compare.__name__}__": method(compare) for compare in (operator.lt, operator.le, operator.gt, operator.ge)
    }


def _parts(cls: Any) -> Callable[[Any], Any]:
    """Return what reads the class of a value and its fields as one tuple, at the speed of C."""
    return operator.attrgetter("__class__", *(item.name for item in fields(cls) if item.compare))


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Fill a copy: `copy` and `pickle` make it without `__init__`."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be changed")
