"""What a name stands for in a template, as far as the template's text and the plan's variables tell."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from jinja2 import nodes

from planrun.frozen import frozen


@frozen
class Known:
    """A value that stands in the plan's variables.

    Attributes:
        values: every value that it can be; several for the variable of a loop.
        path: how a template writes it from the plan's variables down; None inside a loop.
    """

    values: tuple[Any, ...]
    path: str | None = None

    def member(self, key: Any) -> Known:
        """Return what stands under a key or at an index; no values if nothing does."""
        found = tuple(item for value in self.values for item in _member(value, key))
        return Known(found, self.path and f"{self.path}.{key}")

    def items(self) -> Known:
        """Return what a loop over the value gives."""
        return Known(tuple(item for value in self.values for item in _iterated(value)))

    def members(self) -> Known:
        """Return what any key or index may give."""
        return Known(tuple(item for value in self.values for item in _members(value)))

    def method(self, name: str) -> Known | None:
        """Return what ``keys()``, ``values()`` or ``items()`` of a mapping gives, as one list."""
        mappings = [value for value in self.values if isinstance(value, Mapping)]
        match name:
            case "keys":
                return Known(tuple(list(value) for value in mappings))
            case "values":
                return Known(tuple(list(value.values()) for value in mappings))
            case "items":
                return Known(tuple(list(value.items()) for value in mappings))
            case _:
                return None


class Other(Enum):
    """What is no value of the plan."""

    UNKNOWN = "unknown"
    MACRO = "macro"
    MODULE = "module"


Scope = Mapping[str, Known | Other]


def _member(value: Any, key: Any) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        return (value[key],) if key in value else ()
    indexed = isinstance(value, list | tuple) and isinstance(key, int)
    return (value[key],) if indexed and -len(value) <= key < len(value) else ()


def _iterated(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple | Mapping) else ()


def _members(value: Any) -> tuple[Any, ...]:
    return tuple(value.values()) if isinstance(value, Mapping) else _iterated(value)


def resolve(node: nodes.Node, scope: Scope) -> Known | None:
    """Return the plan's value that an expression is, unchanged; None if it is computed or comes from elsewhere."""
    match node:
        case nodes.Name(name=name):
            binding = scope.get(name)
            return binding if isinstance(binding, Known) else None
        case nodes.Getattr(node=owner, attr=key) | nodes.Getitem(node=owner, arg=nodes.Const(value=key)):
            base = resolve(owner, scope)
            return base and base.member(key)
        case nodes.Getitem(node=owner, arg=arg) if not isinstance(arg, nodes.Slice):
            base = resolve(owner, scope)
            return base and base.members()
        case nodes.Call(node=nodes.Getattr(node=owner, attr=name), args=[], kwargs=[]):
            base = resolve(owner, scope)
            return base and base.method(name)
        case _:
            return None


def bind_targets(target: nodes.Node, items: Known | None) -> dict[str, Known | Other]:
    """Return what the variables of a loop stand for, given what it runs over (None: not the plan's)."""
    match target:
        case nodes.Name(name=name):
            return {name: items or Other.UNKNOWN}
        case nodes.Tuple(items=targets):
            parts = (items and items.member(index) for index in range(len(targets)))
            pairs = zip(targets, parts, strict=True)
            return {name: kind for each, part in pairs for name, kind in bind_targets(each, part).items()}
        case _:
            return {}


def declared(tree: nodes.Template) -> dict[str, Other]:
    """Return the names that a template assigns, defines as macros or imports, wherever it does."""
    macros, modules, imported, assigned = (dict[str, Other]() for _ in range(4))
    for node in tree.find_all((nodes.Macro, nodes.Import, nodes.FromImport, nodes.Assign, nodes.AssignBlock)):
        match node:
            case nodes.Macro():
                macros[node.name] = Other.MACRO
            case nodes.Import():
                modules[node.target] = Other.MODULE
            case nodes.FromImport():
                imported |= {name if isinstance(name, str) else name[1]: Other.MACRO for name in node.names}
            case nodes.Assign(target=target) | nodes.AssignBlock(target=target):
                names = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
                assigned |= {name.name: Other.UNKNOWN for name in names}
            case _:
                pass
    return macros | modules | imported | assigned
