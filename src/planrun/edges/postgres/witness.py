"""What stands committed of relations, as a session beside the step's own sees it.

What another session commits on a relation before the step locks it looks like the step's own doing to the step's
session. Here it shows: what the step itself did is not committed yet.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from planrun.edges.postgres.queries import parts, prepared, query

if TYPE_CHECKING:
    from planrun.edges.postgres.connection import Connection

Sight = tuple[int, int]
"""Stands for all rows of the catalogs that define some relations; any change of one makes it another."""

Witness = Callable[[AbstractSet[int]], Sight]
"""Looks at relations, with all that they inherit from, all that inherits from them, and the views on them."""


def sight(connection: Connection, relations: AbstractSet[int]) -> Sight:
    """Return what a session sees committed of the definitions of relations; it waits for no lock."""
    if not relations:
        return 0, 0
    (source,) = parts("describe_relations")["from"]
    text = query("witness").replace("{relations}", source)
    rows, written = prepared(connection, text, [list(relations), True]).fetchone() or (0, None)
    return rows, written or 0
