"""Which columns of the key of its batch a statement sets: a row that moves on in the order of the key is met again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.parse.tree import name_of

if TYPE_CHECKING:
    from planrun.core.plan import Batch
    from planrun.edges.parse.tree import Node


def moved(node: Node, batch: Batch) -> tuple[str, ...]:
    """Return the columns of the key that an UPDATE of the table of the batch sets, in the order of the text."""
    if node.DESCRIPTOR.name != "UpdateStmt":
        return ()
    schema, _, relation = batch.table.rpartition(".")
    name = name_of(node.relation)
    if name.relation != relation or (name.schema and schema and name.schema != schema):
        return ()
    return tuple(item.res_target.name for item in node.target_list if item.res_target.name in batch.key)
