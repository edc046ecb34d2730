"""What the text of an exported query says of its rows: from what they can come, and whether they are the same again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import postgast

from planrun.edges.parse.tree import below
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.edges.parse.tree import Node

_MOMENTS = {"now", "today", "tomorrow", "yesterday"}
"""Texts that mean another time whenever they are cast."""


@frozen
class Exported:
    """What a query's text tells.

    Attributes:
        reads_once: it reads no relation twice, so that two columns of one table are of the same row of it. What stands
            in a subquery that is an expression is no column of a table, and not counted.
        calls: the names of the functions that it calls. None where its text alone may give other rows each time: by
            LIMIT, DISTINCT ON, a sample, a window, or the time.
    """

    reads_once: bool
    calls: frozenset[str] | None


def exported(query: str) -> Exported:
    """Return what the text of a query that was parsed before tells."""
    (statement,) = postgast.parse(query).stmts
    read = Counter(node.relname for node in below(statement, without="SubLink") if node.DESCRIPTOR.name == "RangeVar")
    return Exported(max(read.values(), default=0) <= 1, _calls(statement))


def _calls(statement: Node) -> frozenset[str] | None:
    names: set[str] = set()
    for node in below(statement):
        match node.DESCRIPTOR.name:
            case "SelectStmt" if node.HasField("limit_count") or node.HasField("limit_offset"):
                return None
            # A plain DISTINCT is a list of one empty node.
            case "SelectStmt" if any(item.WhichOneof("node") for item in node.distinct_clause):
                return None
            case "RangeTableSample" | "SQLValueFunction":
                return None
            case "A_Const" if node.sval.sval.strip().lower() in _MOMENTS:
                return None
            case "FuncCall" if node.HasField("over"):
                return None
            case "FuncCall":
                names.add(node.funcname[-1].string.sval)
            case _:
                pass
    return frozenset(names)
