"""Rows that a backup saved, and how they fit the living table that they come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.capture import side_column
from planrun.core.catalog import quoted
from planrun.edges.postgres import describe, loading
from planrun.edges.postgres.results import types_of
from planrun.errors import Refused
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planrun.core.catalog import Column, Relation
    from planrun.core.manifest import TableName
    from planrun.core.undo import Captured, SideColumn
    from planrun.edges.postgres.connection import Connection

_LEAVES = """
SELECT relid::oid::bigint FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) WHERE isleaf
"""
_HEIRS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = $1)"


@frozen
class SavedColumn:
    """A saved column: the column of the living table that it is, and its type; None where the dump does not say."""

    name: str
    type: str | None


@frozen
class SavedRows:
    """Rows that are to come back.

    Attributes:
        step: the backup step that saved them.
        table: where they come from.
        key: the columns that tell them apart; None for the living table's own.
        open: gives their columns in the order of the values (None for one that is no column of the table), and the rows
            as COPY takes them; what it is called with is told of rows as they are taken.
        options: of that COPY.
        rows: how many there are; None if that is not known.
        hash: their content hash, where they have to be compared with it once they are loaded.
        copy: the copy of a table that they stand in; nothing is loaded then.
    """

    step: str
    table: TableName
    key: tuple[str, ...] | None
    open: Callable[[Callable[[int], None]], tuple[Sequence[SavedColumn | None], Iterable[bytes]]]
    options: str = loading.CSV
    rows: int | None = None
    hash: str | None = None
    copy: TableName | None = None


def relation_of(connection: Connection, table: TableName) -> Relation:
    """Return the living table that rows come back to; the search_path is empty.

    Raises:
        Refused: there is none, or others inherit from it.
    """
    name = table.qualified
    (oid,) = connection.execute("SELECT pg_catalog.to_regclass($1)::oid::bigint", [name]).fetchone() or (None,)
    relation = describe.relations(connection, [oid]).get(oid) if oid is not None else None
    if relation is None or relation.kind not in {"r", "p"}:
        raise Refused(
            f"there is no table {table.schema}.{table.name} that its rows could come back to",
            hint="restore the dump into a database of its own: --into URL",
        )
    (heirs,) = connection.execute(_HEIRS, [oid]).fetchone() or (False,)
    if relation.kind == "r" and heirs:
        raise Refused(f"{name} has tables that inherit from it, so that it cannot be told whose rows were saved")
    return relation


def leaves(connection: Connection, relation: Relation) -> list[int]:
    """Return the tables that have the rows: the table itself, or its partitions."""
    if relation.kind == "r":
        return [relation.oid]
    return [oid for (oid,) in connection.execute(_LEAVES, [relation.oid])]


def family(connection: Connection, relation: Relation) -> dict[int, Relation]:
    """Return the table with its partitions: what triggers may be on."""
    if relation.kind == "r":
        return {relation.oid: relation}
    tree = connection.execute(
        "SELECT relid::oid::bigint FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass)",
        [relation.oid],
    )
    return describe.relations(connection, [oid for (oid,) in tree])


def matched(
    connection: Connection, rows: SavedRows, relation: Relation, saved: Sequence[SavedColumn | None]
) -> tuple[tuple[SideColumn, ...], list[loading.Field]]:
    """Return the columns that come back, and the fields that the rows are loaded into.

    Raises:
        Refused: the table lacks a column, or has it in another type; names all of them.
    """
    known = {column.name: column for column in relation.columns}
    types = _types(connection, relation)
    faults, fields, columns = [], [], {}
    for place, column in enumerate(saved):
        living = known.get(column.name) if column is not None else None
        fields.append(loading.Field(f"x{place}", "text"))
        if column is None:
            continue
        if living is None:
            faults.append(f"it has no column {column.name} any more")
        elif column.type is not None and column.type not in {living.type, types[column.name]}:
            faults.append(f"its column {column.name} is of type {living.type}, and was {column.type}")
        elif not living.generated and living.attnum not in columns:
            columns[living.attnum] = side_column(living)
            fields[-1] = loading.Field(f"c{living.attnum}", living.type)
    if faults:
        raise Refused(
            f"the rows of {rows.step} do not fit {relation.qualified} as it is: {'; '.join(faults)}",
            hint="take the run back first (planrun rollback), or restore the dump into a database of its own",
        )
    return tuple(columns.values()), fields


def _types(connection: Connection, relation: Relation) -> dict[str, str]:
    """Return the types of the columns as the server tells them of an export: of a domain the type that it is of."""
    listed = ", ".join(quoted(column.name) for column in relation.columns)
    result = connection.execute(f"SELECT {listed} FROM {relation.qualified} LIMIT 0".encode()).pgresult
    if result is None:
        raise AssertionError("a SELECT has a result")
    types = types_of(connection, result)
    return {column.name: type_ for column, type_ in zip(relation.columns, types, strict=True)}


def key(rows: SavedRows, relation: Relation, columns: tuple[SideColumn, ...]) -> tuple[SideColumn, ...]:
    """Return the columns that tell rows apart, in the backup and in the table.

    Raises:
        Refused: there are none.
    """
    by_name = {column.after: column for column in columns}
    by_number = {column.attnum: column for column in columns}
    if rows.key is not None:
        wanted = {by_name[name].attnum for name in rows.key if name in by_name}
        told = any(
            set(index.columns) == wanted
            and index.unique
            and index.valid
            and index.immediate
            and not index.partial
            and not index.expressions
            for index in relation.indexes
        )
        if len(wanted) == len(rows.key) and told:
            return tuple(by_name[name] for name in rows.key)
    elif relation.key and set(relation.key) <= by_number.keys():
        return tuple(by_number[number] for number in relation.key)
    raise Refused(
        f"the rows of {rows.step} cannot come back to {relation.qualified}: no key was saved that tells them apart",
        hint="export the columns of the primary key, too; a dump can be restored into a database of its own",
    )


def pairs(images: Captured, relation: Relation, known: dict[str, Column]) -> Iterable[tuple[SideColumn, SideColumn]]:
    """Yield the columns of the table with those of images of its rows, as far as they are of one type."""
    for image in images.columns:
        # A partition numbers its columns in its own way.
        living = relation.column(image.attnum) if images.oid == relation.oid else known.get(image.after)
        if living is not None and image.after and not image.retyped:
            mine = side_column(living)
            if mine.type in (image.type, image.type_after):
                yield mine, image
