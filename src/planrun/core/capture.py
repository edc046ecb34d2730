"""How the rows that a step writes are caught: statement triggers with transition tables, and side tables.

A side table holds flat, typed columns named by attnum (``c3``), so that it pins nothing but user types, survives
renames, and cannot clash with a user's names. The triggers fire only in planrun's own transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.undo import Captured, SideColumn, Tracked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GATE = "planrun.capture"
"""The setting that opens the triggers; it holds the name of the side table's step."""

PREFIX = "planrun_capture"
"""What the names of all capture triggers begin with."""

_OPERATIONS = {
    "insert": ("INSERT", "REFERENCING NEW TABLE AS new_rows", (("i", "new_rows"),)),
    "update": (
        "UPDATE",
        "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        (("b", "old_rows"), ("a", "new_rows")),
    ),
    "delete": ("DELETE", "REFERENCING OLD TABLE AS old_rows", (("d", "old_rows"),)),
}


def side_column(column: Column, after: Column | None = None) -> SideColumn:
    """Describe a column for a side table; `after` is the same column after the step."""
    collation = f" COLLATE {column.collation}" if column.collation else ""
    return SideColumn(
        attnum=column.attnum,
        before=column.name,
        after=(after or column).name,
        type=column.type + collation,
        exact=column.exact_equality,
        always=column.identity == "a",
        not_null=column.not_null,
    )


def captured(relation: Relation, token: str, leave_out: frozenset[int]) -> Captured:
    """Describe the capture of a table's rows.

    Args:
        relation: the table, which has a key.
        token: a word that tells the step, part of the side table's name.
        leave_out: attnums that need no image, since their values are saved whole.
    """
    columns = tuple(
        side_column(column)
        for column in relation.columns
        if not column.generated and column.attnum not in leave_out
    )
    return Captured(
        oid=relation.oid,
        before=relation.qualified,
        after=relation.qualified,
        key=tuple(column for number in relation.key for column in columns if column.attnum == number),
        columns=columns,
        side=f'planrun."image_{token}_{relation.oid}"',
    )


def function_name(table: Captured) -> str:
    """Return the name of the trigger function that fills the side table."""
    return table.side.replace('"image_', '"capture_', 1)


def create(table: Captured, token: str) -> Iterator[str]:
    """Yield the statements that make the side table, the trigger function and the triggers."""
    columns = ", ".join(f"c{column.attnum} {column.type}" for column in table.columns)
    yield f'CREATE TABLE {table.side} (side "char" NOT NULL, {columns})'
    function = function_name(table)
    yield _function(table, function)
    # Nobody but the triggers calls it.
    yield f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
    gate = (
        f"WHEN (pg_catalog.current_setting('{GATE}', true) OPERATOR(pg_catalog.=) '{token}')"
    )
    for operation, (event, referencing, _) in _OPERATIONS.items():
        yield (
            f"CREATE TRIGGER {PREFIX}_{operation} AFTER {event} ON {table.before} {referencing}"
            f" FOR EACH STATEMENT {gate} EXECUTE FUNCTION {function}()"
        )


def _function(table: Captured, function: str) -> str:
    names = ", ".join(f"r.{quoted(column.before)}" for column in table.columns)
    targets = ", ".join(f"c{column.attnum}" for column in table.columns)
    branches = "\n".join(
        f"  {'ELS' if number else ''}IF TG_OP = '{event}' THEN\n"
        + "\n".join(
            f"    INSERT INTO {table.side} (side, {targets}) SELECT '{side}', {names} FROM {rows} r;"
            for side, rows in images
        )
        for number, (event, _, images) in enumerate(_OPERATIONS.values())
    )
    # SECURITY DEFINER: a step may SET ROLE; the fixed search_path keeps planted functions out.
    return (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, pg_temp AS $planrun$\nBEGIN\n{branches}\n  END IF;\n  RETURN NULL;\nEND\n$planrun$"
    )


def drop(tables: Iterable[Captured]) -> Iterator[str]:
    """Yield the statements that remove triggers and functions; the side tables stay."""
    for table in tables:
        for operation in _OPERATIONS:
            yield f"DROP TRIGGER IF EXISTS {PREFIX}_{operation} ON {table.before}"
        yield f"DROP FUNCTION IF EXISTS {function_name(table)}()"


def counted(table: Captured) -> str:
    """Return the query of the number of images by side, as one row (inserted, before, after, deleted)."""
    sides = ", ".join(f"pg_catalog.count(*) FILTER (WHERE side = '{side}')" for side in "ibad")
    return f"SELECT {sides} FROM {table.side}"


def saved(relation: Relation, columns: tuple[Column, ...], token: str) -> Tracked:
    """Describe the side table that keeps the values of columns which the step drops."""
    return Tracked(
        oid=relation.oid,
        before=relation.qualified,
        after=relation.qualified,
        key=_key(relation),
        columns=tuple(side_column(column) for column in columns),
        side=f'planrun."saved_{token}_{relation.oid}"',
    )


def added(before: str, relation: Relation, columns: tuple[Column, ...], token: str) -> Tracked:
    """Describe the side table that keeps the values of columns which the step added.

    Args:
        before: the name of the table before the step.
        relation: the table after the step.
        columns: the added columns.
        token: a word that tells the step.
    """
    return Tracked(
        oid=relation.oid,
        before=before,
        after=relation.qualified,
        key=_key(relation),
        columns=tuple(
            SideColumn(
                **{
                    **{name: getattr(side_column(column), name) for name in SideColumn.__slots__},
                    "baseline": _baseline(column),
                }
            )
            for column in columns
            if not column.generated
        ),
        side=f'planrun."added_{token}_{relation.oid}"',
    )


def _key(relation: Relation) -> tuple[SideColumn, ...]:
    columns = [relation.column(number) for number in relation.key]
    return tuple(side_column(column) for column in columns if column is not None)


def _baseline(column: Column) -> str:
    if column.missing is None:
        return f"NULL::{column.type}"
    text = column.missing.replace("'", "''").replace("\\", "\\\\")
    return f"E'{text}'::{column.type}"


def create_saved(table: Tracked) -> str:
    """Return the statement that makes the side table of dropped or added columns."""
    keys = [f"k{column.attnum} {column.type}" for column in table.key]
    columns = [f"c{column.attnum} {column.type}" for column in table.columns]
    return f"CREATE TABLE {table.side} ({', '.join(keys + columns)})"


def fill_saved(table: Tracked) -> str:
    """Return the statement that copies all rows of the columns to be dropped; the table is locked already."""
    values = ", ".join(quoted(column.before) for column in (*table.key, *table.columns))
    return f"INSERT INTO {table.side} SELECT {values} FROM {table.before}"
