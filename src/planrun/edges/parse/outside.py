"""Which statements may be a step with ``transaction: none``: a closed list, read off the syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast.pg_query_pb2 as pb

from planrun.core.outside import Kind, Outside
from planrun.core.script import Name
from planrun.edges.parse.tree import name_of

if TYPE_CHECKING:
    from planrun.edges.parse.tree import Node

LIST = (
    "CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY, REINDEX ... CONCURRENTLY of a table or an index,"
    " ALTER TABLE ... DETACH PARTITION CONCURRENTLY, VACUUM and ANALYZE"
)
"""The closed list, in words."""


def outside(node: Node) -> Outside | None:
    """Return what a statement of the list says; None for any other statement."""
    match node.DESCRIPTOR.name:
        case "IndexStmt" if node.concurrent:
            index = Name(node.relation.schemaname or None, node.idxname) if node.idxname else None
            return Outside(Kind.CREATE_INDEX, name_of(node.relation), index)
        case "DropStmt" if node.concurrent and len(node.objects) == 1:
            return Outside(Kind.DROP_INDEX, index=_listed(node.objects[0]))
        case "ReindexStmt" if _concurrently(node):
            return _reindex(node)
        case "AlterTableStmt" if _detaches(node):
            return Outside(Kind.DETACH, name_of(node.relation))
        case "VacuumStmt":
            return Outside(Kind.VACUUM)
        case _:
            return None


def _reindex(node: Any) -> Outside | None:
    if node.kind == pb.REINDEX_OBJECT_INDEX:
        return Outside(Kind.REINDEX, index=name_of(node.relation))
    return Outside(Kind.REINDEX, name_of(node.relation)) if node.kind == pb.REINDEX_OBJECT_TABLE else None


def _concurrently(node: Any) -> bool:
    return any(option.def_elem.defname == "concurrently" for option in node.params)


def _detaches(node: Any) -> bool:
    # The field is called def, a word of Python.
    commands = [getattr(command.alter_table_cmd, "def") for command in node.cmds]
    return len(commands) == 1 and bool(commands[0].partition_cmd.concurrent)


def _listed(node: Any) -> Name:
    words = [item.string.sval for item in node.list.items]
    return Name(words[-2] if len(words) > 1 else None, words[-1])
