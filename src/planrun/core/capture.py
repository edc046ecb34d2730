"""How the rows that a step writes are caught: statement triggers with transition tables, and side tables.

A side table holds flat, typed columns named by attnum (``c3``), so that it pins nothing but user types, survives
renames, and cannot clash with a user's names. The triggers fire only in planrun's own transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.gate import GATE, PREFIX
from planrun.core.images import stored
from planrun.core.quoting import literal
from planrun.core.undo import Captured, SideColumn, Tracked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FORMATS = (
    " SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET TimeZone = 'UTC' SET extra_float_digits = 1"
    " SET bytea_output = 'hex'"
)
"""Under which a value that is held as text has one text, whatever the step set."""

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
        equals=column.equals,
        held=not column.builtin or not (column.collation or "pg_catalog.").startswith("pg_catalog."),
    )


def captured(relation: Relation, token: str, leave_out: frozenset[int]) -> Captured:
    """Describe the capture of a table's rows.

    Args:
        relation: the table, which has a key.
        token: a word that tells the step, part of the side table's name.
        leave_out: attnums that need no image, since their values are saved whole.
    """
    columns = tuple(
        side_column(column) for column in relation.columns if not column.generated and column.attnum not in leave_out
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


def create(table: Captured, token: str, *, by_number: bool) -> Iterator[str]:
    """Yield the statements that make the side table, the trigger function and the triggers.

    Args:
        table: what is captured.
        token: the word that the gate waits for.
        by_number: find the columns by their numbers each time, since the step renames or drops some. Names that were
            fixed beforehand are quicker, and would catch the wrong column after a swap.
    """
    columns = ", ".join(f"c{column.attnum} {column.side_type}" for column in table.columns)
    yield f'CREATE TABLE {table.side} (side "char" NOT NULL, {columns})'
    function = function_name(table)
    yield _function(table, _body_by_number(table) if by_number else _body_by_name(table))
    # Nobody but the triggers calls it.
    yield f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
    gate = f"WHEN (pg_catalog.current_setting('{GATE}', true) OPERATOR(pg_catalog.=) '{token}')"
    for operation, (event, referencing, _) in _OPERATIONS.items():
        yield (
            f"CREATE OR REPLACE TRIGGER {PREFIX}_{operation} AFTER {event} ON {table.before} {referencing}"
            f" FOR EACH STATEMENT {gate} EXECUTE FUNCTION {function}()"
        )


def _function(table: Captured, body: str) -> str:
    # SECURITY DEFINER: a step may SET ROLE; the fixed search_path keeps planted functions out.
    formats = _FORMATS if any(column.held for column in table.columns) else ""
    return (
        f"CREATE FUNCTION {function_name(table)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, pg_temp{formats} AS $planrun$\n{body}\n$planrun$"
    )


def _body_by_name(table: Captured) -> str:
    names = ", ".join(stored(f"r.{quoted(column.before)}", column) for column in table.columns)
    return f"BEGIN\n{_branches(lambda side, rows: f'{_into(table)} SELECT {literal(side)}, {names} FROM {rows} r')}END"


def _body_by_number(table: Captured) -> str:
    """Return the body that looks the names up; NULL for a column that the step dropped is never looked at.

    Its values are saved whole, and it is left out, when the step is run again.
    """
    numbers = ", ".join(str(column.attnum) for column in table.columns)
    held = ", ".join(str(column.held).lower() for column in table.columns)
    insert = literal(_into(table))
    branches = _branches(
        lambda side, rows: (
            f"EXECUTE pg_catalog.concat({insert}, ' SELECT ', {literal(literal(side))}, ', ', names,"
            f" {literal(f' FROM {rows} r')})"
        )
    )
    return (
        "DECLARE names pg_catalog.text;\nBEGIN\n"
        "  SELECT pg_catalog.string_agg(coalesce('r.' || pg_catalog.quote_ident(a.attname)"
        " || CASE WHEN n.held THEN '::pg_catalog.text' ELSE '' END, 'NULL'), ', ' ORDER BY n.place) INTO names\n"
        f"  FROM ROWS FROM (pg_catalog.unnest(ARRAY[{numbers}]::pg_catalog.int2[]),"
        f" pg_catalog.unnest(ARRAY[{held}]::pg_catalog.bool[])) WITH ORDINALITY n(attnum, held, place)\n"
        "  LEFT JOIN pg_catalog.pg_attribute a"
        " ON a.attrelid = TG_RELID AND a.attnum = n.attnum AND NOT a.attisdropped;\n"
        f"{branches}END"
    )


def _into(table: Captured) -> str:
    return f"INSERT INTO {table.side} (side, {', '.join(f'c{column.attnum}' for column in table.columns)})"


def _branches(statement: Callable[[str, str], str]) -> str:
    """Return the branches of a trigger function; `statement` stores the rows of a transition table as one side."""
    branches = ""
    for event, _, images in _OPERATIONS.values():
        stored = "".join(f"    {statement(side, rows)};\n" for side, rows in images)
        branches += f"  IF TG_OP = '{event}' THEN\n{stored}  END IF;\n"
    return branches + "  RETURN NULL;\n"


def drop(tables: Iterable[Captured]) -> Iterator[str]:
    """Yield the statements that remove functions and triggers, whatever the tables are called now."""
    for table in tables:
        yield f"DROP FUNCTION IF EXISTS {function_name(table)}() CASCADE"


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
            replace(side_column(column), baseline=_baseline(column)) for column in columns if not column.generated
        ),
        side=f'planrun."added_{token}_{relation.oid}"',
    )


def _key(relation: Relation) -> tuple[SideColumn, ...]:
    columns = [relation.column(number) for number in relation.key]
    return tuple(side_column(column) for column in columns if column is not None)


def _baseline(column: Column) -> str:
    if column.missing is None:
        return "NULL"  # not cast: a domain may forbid it
    return f"{literal(column.missing)}::{column.type}"


def create_saved(table: Tracked) -> str:
    """Return the statement that makes the side table of dropped or added columns."""
    keys = [f"k{column.attnum} {column.side_type}" for column in table.key]
    columns = [f"c{column.attnum} {column.side_type}" for column in table.columns]
    return f"CREATE TABLE {table.side} ({', '.join(keys + columns)})"


def fill_saved(table: Tracked) -> str:
    """Return the statement that copies all rows of the columns to be dropped; the table is locked already."""
    values = ", ".join(stored(quoted(column.before), column) for column in (*table.key, *table.columns))
    return f"INSERT INTO {table.side} SELECT {values} FROM ONLY {table.before}"
