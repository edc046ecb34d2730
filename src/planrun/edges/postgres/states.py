"""Reads what definitions do not tell: where sequences stand, and whether materialized views are up to date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from planrun.core.content import hashed
from planrun.edges.postgres.queries import asks, prepared, query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planrun.core.accounting import Locked
    from planrun.core.catalog import Relation
    from planrun.edges.postgres.connection import Connection


def positioned(connection: Connection, relation: Relation) -> Relation:
    """Return a sequence with its position, where the role may read it, and any other relation as it is."""
    if relation.sequence is None or not relation.sequence.readable or relation.temporary:
        return relation
    read = f"SELECT last_value, is_called FROM {relation.qualified}"
    last_value, is_called = connection.execute(read.encode()).fetchone() or (None, False)
    return replace(relation, sequence=replace(relation.sequence, last_value=last_value, is_called=is_called))


def written(relations: Mapping[int, Relation], locked: Iterable[Locked]) -> dict[int, Relation]:
    """Return relations, the materialized views with whether the server counted rows written to them."""
    oids = {lock.oid for lock in locked if lock.kind == "m" and any(lock.rows)}
    return {oid: replace(relation, written=True) if oid in oids else relation for oid, relation in relations.items()}


def hold(connection: Connection, oids: Iterable[int]) -> None:
    """Keep anybody else from drawing from sequences until the transaction ends.

    There is no LOCK for sequences. To give one to the owner that it has changes nothing, and locks it all the same.
    """
    statements = connection.execute(
        "SELECT pg_catalog.format('ALTER SEQUENCE %s OWNER TO %I', c.oid::pg_catalog.regclass,"
        " pg_catalog.pg_get_userbyid(c.relowner)) FROM pg_catalog.pg_class c"
        " WHERE c.relkind = 'S' AND c.oid = ANY ($1::pg_catalog.oid[]) ORDER BY c.oid",
        [list(oids)],
    ).fetchall()
    for (statement,) in statements:
        connection.execute(statement.encode())


def compared(connection: Connection, relations: Mapping[int, Relation], wanted: frozenset[int]) -> dict[int, Relation]:
    """Return relations, the wanted materialized views with whether they hold what their query gives."""
    return {oid: _compared(connection, it) if oid in wanted else it for oid, it in relations.items()}


def _compared(connection: Connection, relation: Relation) -> Relation:
    if relation.kind != "m" or not relation.populated:
        return relation
    body = (relation.definition or "").rstrip().removesuffix(";")
    held, given = (
        f"(SELECT h::text FROM ({hashed(f'{source} t')}) h)" for source in (relation.qualified, f"(\n{body}\n)")
    )
    reads = tuple(oid for (oid,) in prepared(connection, query("reads"), [relation.oid]))
    return replace(relation, fresh=_answer(connection, f"SELECT {held} OPERATOR(pg_catalog.=) {given}"), reads=reads)


def _answer(connection: Connection, question: str) -> bool:
    """Answer a question with a query of the users', which may fail and must not write: then the answer is no."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            return asks(connection, question)
    except psycopg.Error:
        return False
