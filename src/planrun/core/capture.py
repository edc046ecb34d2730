"""How the rows that a step writes are caught: statement triggers with transition tables, and side tables.

A side table holds flat, typed columns named by attnum, so that it pins nothing but user types, survives renames, and
cannot clash with a user's names. Of a table with a key it has one row for each row that a statement wrote: the key
(``k1``), the row before (``b3``) and after (``a3``). Of one without a key it has one for each image (``c3``). The
triggers fire only in planrun's own transaction.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.computed import imaged
from planrun.core.gate import GATE, PREFIX
from planrun.core.images import absent, every, stored
from planrun.core.quoting import dollar_quoted, literal
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


def side_column(column: Column) -> SideColumn:
    """Describe a column for a side table, under the name that it has now."""
    return SideColumn(
        attnum=column.attnum,
        before=column.name,
        after=column.name,
        type=column.typed,
        exact=column.exact_equality,
        always=column.identity == "a",
        not_null=column.not_null,
        equals=column.equals,
        held=not column.builtin or not (column.collation or "pg_catalog.").startswith("pg_catalog."),
        computed=column.uses if column.generated == "s" else None,
    )


def captured(relation: Relation, token: str, leave_out: frozenset[int]) -> Captured:
    """Describe the capture of a table's rows.

    Args:
        relation: the table, which has a key.
        token: a word that tells the step, part of the side table's name.
        leave_out: attnums that need no image, since their values are saved whole or proved to come back by themselves.
    """
    compared = imaged(relation)
    columns = tuple(
        side_column(column)
        for column in relation.columns
        if column.attnum not in leave_out and (not column.generated or column.attnum in compared)
    )
    key = tuple(column for number in relation.key for column in columns if column.attnum == number)
    return Captured(
        oid=relation.oid,
        before=relation.qualified,
        after=relation.qualified,
        key=key,
        columns=columns,
        side=f'planrun."image_{token}_{relation.oid}"',
        netted=bool(key) and len(key) == len(relation.key),
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
    yield _side_table(table)
    function = function_name(table)
    if table.netted:
        yield _function(table, _pairs_by_number(table) if by_number else _pairs_by_name(table))
    else:
        yield _function(table, _images_by_number(table) if by_number else _images_by_name(table))
    # Nobody but the triggers calls it.
    yield f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
    gate = f"WHEN (pg_catalog.current_setting('{GATE}', true) OPERATOR(pg_catalog.=) '{token}')"
    for operation, (event, referencing, _) in _OPERATIONS.items():
        yield (
            f"CREATE OR REPLACE TRIGGER {PREFIX}_{operation} AFTER {event} ON {table.before} {referencing}"
            f" FOR EACH STATEMENT {gate} EXECUTE FUNCTION {function}()"
        )


def _side_table(table: Captured) -> str:
    if not table.netted:
        columns = ", ".join(f"c{column.attnum} {column.side_type}" for column in table.columns)
        return f'CREATE TABLE {table.side} (side "char" NOT NULL, {columns})'
    sides = (("k", table.key), ("b", table.columns), ("a", table.columns))
    columns = ", ".join(f"{side}{column.attnum} {column.side_type}" for side, part in sides for column in part)
    return f'CREATE TABLE {table.side} (op "char" NOT NULL, {columns})'


def _function(table: Captured, body: str) -> str:
    # SECURITY DEFINER: a step may SET ROLE; the fixed search_path keeps planted functions out. The memory is ours, not
    # the application's: many rows before are joined with as many after.
    formats = _FORMATS if any(column.held for column in table.columns) else ""
    return (
        f"CREATE FUNCTION {function_name(table)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, pg_temp SET work_mem FROM CURRENT{formats}"
        f" AS {dollar_quoted(body)}"
    )


def _images_by_name(table: Captured) -> str:
    names = ", ".join(stored(f"r.{quoted(column.before)}", column) for column in table.columns)
    return f"BEGIN\n{_branches(lambda side, rows: f'{_into(table)} SELECT {literal(side)}, {names} FROM {rows} r')}END"


def _images_by_number(table: Captured) -> str:
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


def _pairs_by_name(table: Captured) -> str:
    def values(row: str, columns: Iterable[SideColumn]) -> str:
        return ", ".join(stored(f"{row}.{quoted(column.before)}", column) for column in columns)

    key = _key_columns(table)
    first = quoted(key[0].before)
    on = every(f"o.{quoted(k.before)} {k.equals} n.{quoted(k.before)}" for k in key)
    keys = ", ".join(stored(f"coalesce(o.{quoted(k.before)}, n.{quoted(k.before)})", k) for k in key)
    old, new = values("o", table.columns), values("n", table.columns)
    statements = {
        "insert": f"{_pair(table, 'a')} SELECT 'i', {values('n', key)}, {new} FROM new_rows n",
        "update": (
            f"{_pair(table, 'ba')} SELECT {_written(f'o.{first}', f'n.{first}')}, {keys}, {old}, {new}"
            f" FROM old_rows o FULL JOIN new_rows n ON {on}"
        ),
        "delete": f"{_pair(table, 'b')} SELECT 'd', {values('o', key)}, {old} FROM old_rows o",
    }
    return f"BEGIN\n{_branched(statements)}END"


def _pairs_by_number(table: Captured) -> str:
    """Return the body that looks the names up, as `_images_by_number` does; a key that is gone makes it fail."""
    held = ", ".join(str(column.held).lower() for column in table.columns)
    numbers = ", ".join(str(column.attnum) for column in table.columns)
    operators = {column.attnum: literal(column.equals) for column in table.key}
    equals = ", ".join(operators.get(column.attnum, "NULL") for column in table.columns)

    def run(*parts: str) -> str:
        return f"EXECUTE pg_catalog.concat({', '.join(parts)})"

    insert, update, delete = (literal(f"{_pair(table, sides)} SELECT ") for sides in ("a", "ba", "b"))
    written = literal(f"{_written('o.%1$s', 'n.%1$s')}, ")
    statements = {
        "insert": run(insert, literal("'i', "), "new_keys, ', ', new_values, ' FROM new_rows n'"),
        "update": run(
            update,
            f"pg_catalog.format({written}, first)",
            "keys, ', ', old_values, ', ', new_values, ' FROM old_rows o FULL JOIN new_rows n ON ', same",
        ),
        "delete": run(delete, literal("'d', "), "old_keys, ', ', old_values, ' FROM old_rows o'"),
    }
    names = {
        "first": "pg_catalog.min(c.name) FILTER (WHERE c.equals IS NOT NULL)",
        "old_values": _listed("coalesce('o.' || c.name || c.cast, 'NULL')"),
        "new_values": _listed("coalesce('n.' || c.name || c.cast, 'NULL')"),
        "old_keys": _listed("pg_catalog.concat('o.', c.name, c.cast)", keys=True),
        "new_keys": _listed("pg_catalog.concat('n.', c.name, c.cast)", keys=True),
        "keys": _listed("pg_catalog.format('(coalesce(o.%1$s, n.%1$s))%2$s', c.name, c.cast)", keys=True),
        "same": _listed("pg_catalog.format('o.%1$s %2$s n.%1$s', c.name, c.equals)", keys=True, by=" AND "),
    }
    declared = " ".join(f"{name} pg_catalog.text;" for name in names)
    return (
        f"DECLARE {declared}\nBEGIN\n"
        f"  SELECT {', '.join(names.values())}\n  INTO {', '.join(names)}\n"
        "  FROM (SELECT n.place, n.equals, pg_catalog.quote_ident(a.attname) AS name,"
        " CASE WHEN n.held THEN '::pg_catalog.text' ELSE '' END AS cast\n"
        f"  FROM ROWS FROM (pg_catalog.unnest(ARRAY[{numbers}]::pg_catalog.int2[]),"
        f" pg_catalog.unnest(ARRAY[{held}]::pg_catalog.bool[]),"
        f" pg_catalog.unnest(ARRAY[{equals}]::pg_catalog.text[])) WITH ORDINALITY n(attnum, held, equals, place)\n"
        "  LEFT JOIN pg_catalog.pg_attribute a"
        " ON a.attrelid = TG_RELID AND a.attnum = n.attnum AND NOT a.attisdropped) c;\n"
        f"{_branched(statements)}END"
    )


def _listed(value: str, *, keys: bool = False, by: str = ", ") -> str:
    which = " FILTER (WHERE c.equals IS NOT NULL)" if keys else ""
    return f"pg_catalog.string_agg({value}, {literal(by)} ORDER BY c.place){which}"


def _written(old: str, new: str) -> str:
    """Return what an UPDATE did to a key: of one that moved there is only one side."""
    return f"CASE WHEN {absent(new)} THEN 'b'::\"char\" WHEN {absent(old)} THEN 'a' ELSE 'u' END"


def _pair(table: Captured, sides: str) -> str:
    """Return the beginning of the statement that stores pairs."""
    names = ["op", *(f"k{column.attnum}" for column in _key_columns(table))]
    names += [f"{side}{column.attnum}" for side in sides for column in table.columns]
    return f"INSERT INTO {table.side} ({', '.join(names)})"


def _key_columns(table: Captured) -> list[SideColumn]:
    """Return the columns of the key in the order of the table."""
    return [column for column in table.columns if column in table.key]


def _branched(statements: dict[str, str]) -> str:
    branches = (
        f"  IF TG_OP = '{_OPERATIONS[operation][0]}' THEN\n    {statement};\n  END IF;\n"
        for operation, statement in statements.items()
    )
    return f"{''.join(branches)}  RETURN NULL;\n"


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
    if table.netted:
        sides = ", ".join(f"pg_catalog.count(*) FILTER (WHERE {which})" for which in _SIDES)
    else:
        sides = ", ".join(f"pg_catalog.count(*) FILTER (WHERE side = '{side}')" for side in "ibad")
    return f"SELECT {sides} FROM {table.side}"


_SIDES = ("op = 'i'", "op IN ('u', 'b')", "op IN ('u', 'a')", "op = 'd'")


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


def constant(column: Column) -> str | None:
    """Return what the default of a column gives each row, NULL for none; None where it may give another each time.

    The expression is the server's own, in which a constant is a number, a string or a word, and may be cast.
    """
    if column.default is None:
        return None if column.identity else "NULL"
    return f"{column.default}::{column.type}" if _CONSTANT.fullmatch(column.default) else None


_CONSTANT = re.compile(r"(?:-?[\d.]+|'(?:[^'\\]|'')*'|true|false)(?:::[^(]+(?:\([\d,]+\))?)?")


def create_saved(table: Tracked) -> str:
    """Return the statement that makes the side table of dropped or added columns."""
    keys = [f"k{column.attnum} {column.side_type}" for column in table.key]
    columns = [f"c{column.attnum} {column.side_type}" for column in table.columns]
    return f"CREATE TABLE {table.side} ({', '.join(keys + columns)})"


def fill_saved(table: Tracked) -> str:
    """Return the statement that copies all rows of the columns to be dropped; the table is locked already."""
    values = ", ".join(stored(quoted(column.before), column) for column in (*table.key, *table.columns))
    return f"INSERT INTO {table.side} SELECT {values} FROM ONLY {table.before}"
