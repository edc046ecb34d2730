"""Which parameters ($1, $2 …) a statement mentions: the bounds of its page, in a script that is batched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]  # it has no types
from google.protobuf.message import Message  # type: ignore[import-untyped]  # it has no types

if TYPE_CHECKING:
    from planrun.edges.parse.tree import Node

_MAYBE = re.compile(r"\$[0-9]")


def mentioned(text: str, node: Node) -> frozenset[int]:
    """Return the numbers of the parameters; those in the body of a function are its arguments, and not meant."""
    if not _MAYBE.search(text) or node.DESCRIPTOR.name == "CreateFunctionStmt":
        return frozenset()
    found: set[int] = set()
    # A stack, not recursion: expressions nest deeper than Python's calls may.
    stack: list[Message] = [node]
    while stack:
        current = stack.pop()
        if current.DESCRIPTOR.name == "ParamRef":
            found.add(current.number)
            continue
        for field, value in current.ListFields():
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                stack += [value] if isinstance(value, Message) else list(value)
    return frozenset(found)
