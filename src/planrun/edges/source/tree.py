"""A YAML document as a tree that remembers where everything was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planrun.errors import Place


@frozen
class Scalar:
    """One value: `text` as it was written, `value` as YAML's core schema reads it (the text if it was quoted).

    Attributes:
        place: where the node starts: its first character, quote or block sign.
        origin: where the first character of `text` stands.
    """

    text: str
    value: str | int | float | bool | None
    place: Place
    origin: Place


@frozen
class Listing:
    """A YAML sequence."""

    items: tuple[Node, ...]
    place: Place


@frozen
class Entry:
    """What stands behind a key, and the place of the key itself."""

    place: Place
    node: Node


@frozen
class Keyed:
    """A YAML mapping, in the order of the file."""

    entries: Mapping[str, Entry]
    place: Place


Node = Scalar | Listing | Keyed


def child(node: Node | None, key: str | int) -> Node | None:
    """Return what stands behind a key or at a position, None if there is no such thing."""
    match node, key:
        case Keyed(entries=entries), str() if key in entries:
            return entries[key].node
        case Listing(items=items), int() if key < len(items):
            return items[key]
        case _:
            return None


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list, none if the node is no list."""
    return node.items if isinstance(node, Listing) else ()


def text(node: Node | None) -> str | None:
    """Return the text of a scalar as it was written, None if the node is no scalar."""
    return node.text if isinstance(node, Scalar) else None


def locate(root: Node, path: Iterable[str | int]) -> Node:
    """Return the node at the end of a path that is known to exist.

    Raises:
        LookupError: it does not.
    """
    node = root
    for key in path:
        found = child(node, key)
        if found is None:
            raise LookupError(key)
        node = found
    return node
