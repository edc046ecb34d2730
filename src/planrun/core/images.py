"""SQL over before and after images: how two values are compared exactly, and the net effect on each row.

A row is known by its key. In a table without one it is known by all of its values, and equal rows are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.undo import Captured, SideColumn, Tracked


def identical(left: str, right: str, column: SideColumn) -> str:
    """Return the condition that two values of a column have the same stored image (-0 is not 0, 1.10 not 1.1)."""
    if column.exact or right == "NULL":
        return f"{left} IS NOT DISTINCT FROM {right}"
    return same_image(left, right)


def same_image(left: str, right: str) -> str:
    """Return the condition that two values of whatever type have the same stored image."""
    return f"pg_catalog.record_image_eq(ROW({left}), ROW({right}))"


def back(value: str, column: SideColumn) -> str:
    """Return a value of the column after the step in its type of before the step."""
    if not column.retyped:
        return value
    through = f"({value})::{column.cast}" if column.cast else f"({value})"
    return f"{through}::{column.type}"


def every(conditions: Iterable[str]) -> str:
    """Join conditions by AND."""
    return " AND ".join(conditions) or "true"


def some(conditions: Iterable[str]) -> str:
    """Join conditions by OR."""
    return " OR ".join(f"({condition})" for condition in conditions) or "false"


def concatenated(parts: Iterable[str]) -> str:
    """Return the SQL that joins texts by commas; empty for none."""
    listed = ", ', ', ".join(parts)
    return f"pg_catalog.concat({listed})" if listed else ""


def key_text(alias: str, table: Tracked) -> str:
    """Return the SQL that writes the key of a net row for people, such as ``id = 42``; the whole row without a key."""
    if table.key:
        return concatenated(f"{literal(f'{c.after or c.before} = ')}, {alias}.k{c.attnum}" for c in table.key)
    after, before = row_image(f"{alias}.a", table.lasting), row_image(f"{alias}.b", table.columns)
    return f"CASE {alias}.op WHEN 'i' THEN {after} ELSE {before} END"


def join_key(table: Tracked, left: str, right: str) -> str:
    """Return the join condition over the key columns of two sides that name them by attnum."""
    return every(f"{left}{column.attnum} {column.equals} {right}{column.attnum}" for column in table.key)


def row_image(prefix: str, columns: Iterable[SideColumn]) -> str:
    """Return the text of a row whose columns a side or net table names by attnum, under fixed settings."""
    return f"ROW({', '.join(f'{prefix}{column.attnum}' for column in columns)})::text"


def net(table: Captured) -> str:
    """Return the query of the net effect on each row.

    It gives ``op`` (i, d, u), k<attnum>, b<attnum> before and a<attnum> after, and r<attnum> after in the type of
    after the step for columns that changed theirs. A row written once has at most one image of each sort. For rows
    written more than once the images telescope: an image that stands on both sides is an intermediate state and
    cancels out, whatever the order they came in.
    """
    return _net_by_key(table) if table.key else _net_by_image(table)


def _net_by_key(table: Captured) -> str:
    before, after = (_sides(table, old=True), _sides(table, old=False))
    keys = ", ".join(f"coalesce(b.c{k.attnum}, a.c{k.attnum}) AS k{k.attnum}" for k in table.key)
    values = ", ".join(
        [f"b.c{c.attnum} AS b{c.attnum}" for c in table.columns]
        + [f"a.c{c.attnum} AS a{c.attnum}" for c in table.columns]
        + [f"a.r{c.attnum} AS r{c.attnum}" for c in table.columns if c.retyped]
    )
    same = every(identical(f"b.c{c.attnum}", f"a.c{c.attnum}", c) for c in table.columns)
    differs = "true" if table.reshaped else f"b.side IS NULL OR a.side IS NULL OR NOT ({same})"
    return (
        f"SELECT CASE WHEN b.side IS NULL THEN 'i' WHEN a.side IS NULL THEN 'd' ELSE 'u' END AS op, {keys}, {values}\n"
        f"FROM ({before}) b\nFULL JOIN ({after}) a ON {join_key(table, 'b.c', 'a.c')}\n"
        f"WHERE {differs}"
    )


def _net_by_image(table: Captured) -> str:
    """Without a key no image of after belongs to one of before: all of the one sort go, all of the other come."""
    numbers = [column.attnum for column in table.columns]
    retyped = [column.attnum for column in table.columns if column.retyped]
    gone = [f"o.c{n} AS b{n}" for n in numbers] + [_none(f"c{n}", f"a{n}") for n in numbers]
    come = [_none(f"c{n}", f"b{n}") for n in numbers] + [f"o.c{n} AS a{n}" for n in numbers]
    gone += [_none(f"r{n}", f"r{n}") for n in retyped]
    come += [f"o.r{n}" for n in retyped]
    return (
        f"SELECT 'd' AS op, {', '.join(gone)}\nFROM ({_left(table, old=True)}) o\nUNION ALL\n"
        f"SELECT 'i' AS op, {', '.join(come)}\nFROM ({_left(table, old=False)}) o"
    )


def _none(column: str, name: str) -> str:
    # Not a cast of NULL, which a domain may forbid.
    return f"CASE WHEN false THEN o.{column} END AS {name}"


def _sides(table: Captured, *, old: bool) -> str:
    sides = "'b', 'd'" if old else "'a', 'i'"
    if not table.repeated:
        return f"SELECT * FROM {table.side} WHERE side IN ({sides})"
    return _left(table, old=old)


def _left(table: Captured, *, old: bool) -> str:
    """Return the query of the images of one sort that no image of the other sort cancels out."""
    sides, others = ("'b', 'd'", "'a', 'i'") if old else ("'a', 'i'", "'b', 'd'")
    if table.reshaped:
        return f"SELECT * FROM {table.side} WHERE side IN ({sides})"
    same = join_key(table, "x.c", "o.c")
    return (
        f"SELECT o.* FROM ({_numbered(table, sides)}) o WHERE NOT EXISTS (\n"
        f"  SELECT FROM ({_numbered(table, others)}) x\n"
        f"  WHERE {same} AND x.image = o.image AND x.nth = o.nth)"
    )


def _numbered(table: Captured, sides: str) -> str:
    image = row_image("c", table.columns)
    partition = ", ".join([*(f"c{k.attnum}" for k in table.key), image])
    return (
        f"SELECT *, {image} AS image, pg_catalog.row_number() OVER (PARTITION BY {partition}) AS nth"
        f" FROM {table.side} WHERE side IN ({sides})"
    )


def has_repeats(table: Captured) -> str:
    """Return the query whether some key has more than one image of a sort."""
    keys = ", ".join(f"c{k.attnum}" for k in table.key)
    return (
        f"SELECT EXISTS (SELECT FROM {table.side} GROUP BY {keys} HAVING"
        " pg_catalog.count(*) FILTER (WHERE side IN ('b', 'd')) > 1"
        " OR pg_catalog.count(*) FILTER (WHERE side IN ('a', 'i')) > 1)"
    )


def ambiguous(table: Captured) -> str:
    """Return the query whether the net effect is not one row per key (a net image could not be told)."""
    keys = ", ".join(f"k{k.attnum}" for k in table.key)
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n GROUP BY {keys} HAVING pg_catalog.count(*) > 1)"


def differing(table: Captured, columns: Iterable[SideColumn]) -> str:
    """Return the query whether some row that stayed has another value in one of the columns."""
    changed = some(f"NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})" for c in columns)
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n WHERE n.op = 'u' AND ({changed}))"


def relabelled(table: Captured, columns: Iterable[SideColumn]) -> str:
    """Return the query whether some row has a value that is equal to the old one and yet another (1.10 and 1.1)."""
    changed = some(
        f"n.b{c.attnum} {c.equals} n.a{c.attnum} AND NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})"
        for c in columns
    )
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n WHERE n.op = 'u' AND ({changed}))"


def crossing(table: Captured, columns: tuple[SideColumn, ...]) -> str:
    """Return the query whether rows passed values of a unique key among one another.

    Putting such rows back one by one would collide although the end state does not.
    """
    passed = every(f"x.b{c.attnum} {c.equals} y.a{c.attnum}" for c in columns)
    differs = some(f"NOT (x.k{k.attnum} {k.equals} y.k{k.attnum})" for k in table.key)
    changed = some(f"NOT ({identical(f'x.b{c.attnum}', f'x.a{c.attnum}', c)})" for c in columns)
    return (
        f"WITH n AS MATERIALIZED ({net(table)})\nSELECT EXISTS (SELECT FROM n x JOIN n y ON {passed}\n"
        f"WHERE x.op = 'u' AND y.op = 'u' AND ({differs}) AND ({changed}))"
    )
