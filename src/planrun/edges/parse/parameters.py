"""Which parameters ($1, $2 …) a statement mentions: the bounds of its page, in a script that is batched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.edges.parse.tree import below

if TYPE_CHECKING:
    from planrun.edges.parse.tree import Node

_MAYBE = re.compile(r"\$[0-9]")


def mentioned(text: str, node: Node) -> frozenset[int]:
    """Return the numbers of the parameters; those in the body of a function are its arguments, and not meant."""
    if not _MAYBE.search(text) or node.DESCRIPTOR.name == "CreateFunctionStmt":
        return frozenset()
    return frozenset(found.number for found in below(node) if found.DESCRIPTOR.name == "ParamRef")
