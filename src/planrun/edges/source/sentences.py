"""The validator's errors as sentences for people, each at the place that it is about.

There is one sentence for every keyword that the schema of plans uses; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planrun.edges.source.tree import Keyed, Node, items, locate, text
from planrun.edges.source.words import closest, found, label, listed, nearest, quoted
from planrun.errors import Fault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "a mapping",
}


@frozen
class Departure:
    """A place of the document that does not keep a keyword of the schema.

    Attributes:
        keyword: the keyword, such as ``type``.
        wanted: the value of the keyword in the schema.
        schema: the subschema that holds the keyword.
        path: the keys and positions that lead to the place in the document.
        way: the keys and positions that lead to the keyword in the schema.
    """

    keyword: str
    wanted: Any
    schema: Any
    path: tuple[str | int, ...]
    way: tuple[str | int, ...]


def faults_of(departure: Departure, root: Node) -> Iterator[Fault]:
    """Yield the faults that a departure stands for: one, unless several keys are wrong.

    Args:
        departure: what the validator found.
        root: the tree of the document that it looked at.
    """
    # That a key excludes another one is told of the mapping that both stand in.
    path = departure.path[:-1] if departure.keyword == "not" else departure.path
    where = label(root, path)
    for fault in SENTENCES[departure.keyword](departure, locate(root, path)):
        yield replace(fault, message=f"{where}: {fault.message}")


def _keys(node: Node) -> list[str]:
    return list(node.entries) if isinstance(node, Keyed) else []


def _wanted(schema: Any) -> str:
    """Return what a schema asks for: its title, else its types in words."""
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else types
    return schema.get("title") or listed((_TYPES[name] for name in names), "or")


def _otherwise(departure: Departure, node: Node) -> Iterator[Fault]:
    """Say what was wanted and what was found."""
    yield Fault(f"wanted {_wanted(departure.schema)}, found {found(node)}", node.place)


def _type(departure: Departure, node: Node) -> Iterator[Fault]:
    word = text(node)
    hint = "to mean the word itself, put quotes around it" if word and found(node) == "nothing" else None
    yield Fault(f"wanted {_wanted(departure.schema)}, found {found(node)}", node.place, hint)


def _const(departure: Departure, node: Node) -> Iterator[Fault]:
    yield Fault(f"wanted {str(departure.wanted).lower()}, found {found(node)}", node.place)


def _enum(departure: Departure, node: Node) -> Iterator[Fault]:
    hint = closest(text(node) or "", departure.wanted)
    yield Fault(f"wanted {listed(departure.wanted, 'or')}, found {found(node)}", node.place, hint)


def _required(departure: Departure, node: Node) -> Iterator[Fault]:
    for key in departure.wanted:
        if key not in _keys(node):
            yield Fault(f"the key {key} is missing", node.place)


def _unknown(departure: Departure, node: Node) -> Iterator[Fault]:
    known = departure.schema["properties"]
    for key, entry in node.entries.items() if isinstance(node, Keyed) else ():
        if key not in known:
            yield Fault(f"the key {quoted(key)} is unknown", entry.place, nearest(key, known))


def _one_of(departure: Departure, node: Node) -> Iterator[Fault]:
    """Say which keys exclude one another; where the node is no mapping, its type is the fault."""
    if not isinstance(node, Keyed):
        return
    known = [key for alternative in departure.wanted for key in alternative["required"]]
    given = [key for key in known if key in node.entries]
    what = listed(given, "and") if given else "none of them"
    yield Fault(f"wanted exactly one of {listed(known, 'or')}, found {what}", node.place)


def _any_of(departure: Departure, node: Node) -> Iterator[Fault]:
    known = [key for alternative in departure.wanted for key in alternative["required"]]
    yield Fault(f"wanted {listed(known, 'or')} (or both), found none of them", node.place)


def _dependent(departure: Departure, node: Node) -> Iterator[Fault]:
    for key, companions in departure.wanted.items():
        for companion in companions:
            if isinstance(node, Keyed) and key in node.entries and companion not in node.entries:
                yield Fault(f"the key {key} needs {companion} beside it", node.entries[key].place)


def _excluded(departure: Departure, node: Node) -> Iterator[Fault]:
    """Say which key excludes which: ``…, dependentSchemas, RIVAL, properties, KEY, not`` leads to the keyword."""
    rival, _, key, _ = departure.way[-4:]
    place = node.entries[str(key)].place if isinstance(node, Keyed) else node.place
    yield Fault(f"the key {key} does not go with {rival}", place, "remove one of them")


def _empty(_: Departure, node: Node) -> Iterator[Fault]:
    yield Fault(f"wanted at least one entry, found {found(node)}", node.place)


def _repeated(_: Departure, node: Node) -> Iterator[Fault]:
    seen: dict[str | None, Node] = {}
    for item in items(node):
        first = seen.setdefault(text(item), item)
        if first is not item:
            yield Fault(f"{found(item)} is listed twice, first at {first.place}", item.place)


SENTENCES: dict[str, Callable[[Departure, Node], Iterable[Fault]]] = {
    "additionalProperties": _unknown,
    "anyOf": _any_of,
    "const": _const,
    "dependentRequired": _dependent,
    "enum": _enum,
    "maximum": _otherwise,
    "minItems": _empty,
    "minLength": _otherwise,
    "minProperties": _empty,
    "minimum": _otherwise,
    "not": _excluded,
    "oneOf": _one_of,
    "pattern": _otherwise,
    "required": _required,
    "type": _type,
    "uniqueItems": _repeated,
}
"""For each keyword of the schema, what a departure from it says."""
