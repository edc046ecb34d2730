"""Which statements a script of planrun cannot hold, and what to write instead.

planrun begins and ends the transaction, sends statement by statement, and gives the session back as it was:
what ends a transaction, cannot run in one, speaks the COPY protocol, or outlives the step is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast.pg_query_pb2 as pb

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from planrun.edges.parse.tree import Node


@frozen
class Refusal:
    """Why a statement cannot stand in a script, and what to do about it."""

    message: str
    hint: str | None = None


_CONTROL = Refusal("transaction control inside a script", "planrun begins and ends the transaction of each step")
_HOLD = 0x0020
"""CURSOR_OPT_HOLD of the server's parsenodes.h."""


def _outside(what: str) -> Refusal:
    return Refusal(f"{what} cannot run inside a transaction", "run it by hand; every step is a transaction")


def _alone(what: str) -> Refusal:
    return Refusal(f"{what} cannot run inside a transaction", "make it a step of its own with transaction: none")


def _outlives(what: str, hint: str | None = None) -> Refusal:
    return Refusal(f"{what} acts on the session, beyond the step", hint)


_ALWAYS: dict[str, Refusal] = {
    "TransactionStmt": _CONTROL,
    "CreatedbStmt": _outside("CREATE DATABASE"),
    "DropdbStmt": _outside("DROP DATABASE"),
    "CreateTableSpaceStmt": _outside("CREATE TABLESPACE"),
    "DropTableSpaceStmt": _outside("DROP TABLESPACE"),
    "AlterSystemStmt": _outside("ALTER SYSTEM"),
    "DiscardStmt": _outlives("DISCARD"),
    "ListenStmt": _outlives("LISTEN"),
    "UnlistenStmt": _outlives("UNLISTEN"),
    "LoadStmt": _outlives("LOAD"),
    "PrepareStmt": _outlives("PREPARE", "write the statement itself"),
    "ExecuteStmt": _outlives("EXECUTE", "write the statement itself"),
    "DeallocateStmt": _outlives("DEALLOCATE"),
}


def refusal(node: Node) -> Refusal | None:
    """Return why a statement cannot stand in a script, None if it can."""
    name = node.DESCRIPTOR.name
    sometimes = _SOMETIMES.get(name)
    return sometimes(node) if sometimes else _ALWAYS.get(name)


def _copy(node: Any) -> Refusal | None:
    if node.filename or node.is_program:
        return None
    if node.is_from:
        return Refusal("COPY ... FROM STDIN has no rows to read", "write INSERT ... VALUES")
    return Refusal("COPY ... TO STDOUT has nobody to read it", "a backup step exports rows: backup: {csv: ...}")


def _set(node: Any) -> Refusal | None:
    if node.name.startswith("TRANSACTION"):
        return _CONTROL
    if node.is_local:
        return None
    if node.kind in {pb.VAR_RESET, pb.VAR_RESET_ALL}:
        return _outlives("RESET", "SET LOCAL ends with the step by itself")
    return _outlives("SET", f"write SET LOCAL {node.name}" if node.name.islower() else "write SET LOCAL")


def _reindex(node: Any) -> Refusal | None:
    if any(option.def_elem.defname == "concurrently" for option in node.params):
        return _alone("REINDEX CONCURRENTLY")
    whole = {pb.REINDEX_OBJECT_SCHEMA, pb.REINDEX_OBJECT_SYSTEM, pb.REINDEX_OBJECT_DATABASE}
    return _outside("REINDEX of a schema or a database") if node.kind in whole else None


def _alter_table(node: Any) -> Refusal | None:
    # The field is called def, a word of Python.
    definitions = (getattr(command.alter_table_cmd, "def") for command in node.cmds)
    concurrent = any(definition.partition_cmd.concurrent for definition in definitions)
    return _alone("DETACH PARTITION CONCURRENTLY") if concurrent else None


def _alter_database(node: Any) -> Refusal | None:
    moves = any(option.def_elem.defname == "tablespace" for option in node.options)
    return _outside("ALTER DATABASE ... SET TABLESPACE") if moves else None


def _subscription(node: Any) -> Refusal | None:
    off = {"create_slot", "connect"}
    kept = any(
        option.def_elem.defname in off and option.def_elem.arg.WhichOneof("node") == "string"
        and option.def_elem.arg.string.sval.lower() in {"false", "off"}
        for option in node.options
    )  # fmt: skip
    return None if kept else _outside("CREATE SUBSCRIPTION with a slot")


def _when(condition: Callable[[Any], bool], refused: Refusal) -> Callable[[Any], Refusal | None]:
    return lambda node: refused if condition(node) else None


_SOMETIMES: dict[str, Callable[[Any], Refusal | None]] = {
    "CopyStmt": _copy,
    "VariableSetStmt": _set,
    "IndexStmt": _when(lambda node: node.concurrent, _alone("CREATE INDEX CONCURRENTLY")),
    "DropStmt": _when(lambda node: node.concurrent, _alone("DROP INDEX CONCURRENTLY")),
    "ReindexStmt": _reindex,
    "VacuumStmt": _when(lambda node: node.is_vacuumcmd, _alone("VACUUM")),
    "ClusterStmt": _when(lambda node: not node.HasField("relation"), _outside("CLUSTER of all tables")),
    "AlterTableStmt": _alter_table,
    "AlterDatabaseStmt": _alter_database,
    "CreateSubscriptionStmt": _subscription,
    "DeclareCursorStmt": _when(lambda node: bool(node.options & _HOLD), _outlives("a cursor WITH HOLD")),
}
