"""SQL over before and after images: how two values are compared exactly, and the net effect on each row.

A row is known by its key. In a table without one it is known by all of its values, and equal rows are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.undo import Captured, SideColumn, Tracked

_NUMERIC = re.compile(r"numeric(\(|$)")


def net_name(step: int, table: Captured) -> str:
    """Return the name of the table that holds the net effect of a step on a table during a rollback."""
    if table.standing:
        return table.side
    return f'planrun."net_{step}_{table.oid}"'


# --- values ------------------------------------------------------------------------------------


def stored(value: str, column: SideColumn) -> str:
    """Return a value of the column as its side table holds it: of a type of the users' as text."""
    return f"({value})::text" if column.held else value


def back_stored(value: str, column: SideColumn) -> str:
    """Return a value of after the step as a side table holds those of before.

    A type of the users' that the step replaced may be gone until it comes back: its values are texts.
    """
    return f"({value})::text" if column.held and column.retyped else stored(back(value, column), column)


def round_trip(value: str, column: SideColumn) -> str:
    """Return a value of a retyped column, cast back and forth."""
    there = back_stored(value, column) if column.held else back(value, column)
    return f"({there})::{column.now_type}"


def fits(value: str, column: SideColumn) -> str:
    """Return the condition that the type of before can hold a value of a retyped column.

    Where values are looked up, there may be no cast from that type to the one of now, an integer to a timestamp: what
    both write is compared.
    """
    if column.looked_up:
        return same_text(f"({back_stored(value, column)})::text", f"({value})::text")
    return same_image(round_trip(value, column), value)


def typed(value: str, column: SideColumn, *, after: bool = False) -> str:
    """Return a value from a side table in the column's own type, by the name that it has before or after the step."""
    name = column.type_after if after and column.type_after else column.type
    return f"({value})::{name}" if column.held else value


def identical(left: str, right: str, column: SideColumn) -> str:
    """Return the condition that two values, as a side table holds them, are the same image (-0 is not 0)."""
    if column.exact or right == "NULL":
        return f"{left} IS NOT DISTINCT FROM {right}"
    if column.held:
        return same_text(left, right)
    if _NUMERIC.match(column.type):
        # A number and its scale are all there is to it, and comparing them is quicker than comparing records.
        scales = f"pg_catalog.scale({left}) IS NOT DISTINCT FROM pg_catalog.scale({right})"
        return f"({left} IS NOT DISTINCT FROM {right} AND {scales})"
    return same_image(left, right)


def unchanged(old: str, new: str, column: SideColumn) -> str:
    """Return the condition that a step left a value as it was, cast back to the type that it had."""
    return "false" if column.looked_up else identical(old, new, column)


def same_text(left: str, right: str) -> str:
    """Return the condition that two texts are the same, whatever a collation of the users' takes for equal."""
    return f'{left} IS NOT DISTINCT FROM {right} COLLATE pg_catalog."C"'


def same_image(left: str, right: str) -> str:
    """Return the condition that two values of whatever type have the same stored image."""
    return f"pg_catalog.record_image_eq(ROW({left}), ROW({right}))"


def absent(value: str) -> str:
    """Return the condition that there is no value.

    Not IS NULL: that holds for a row too whose values are all NULL.
    """
    return f"{value} IS NOT DISTINCT FROM NULL"


def present(value: str) -> str:
    """Return the condition that there is a value, if a row whose values are NULL; see `absent`."""
    return f"{value} IS DISTINCT FROM NULL"


def back(value: str, column: SideColumn) -> str:
    """Return a value of the column after the step in its type of before the step."""
    if not column.retyped:
        return value
    through = f"({value})::text" if column.cast else f"({value})"
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


def named_values(values: Iterable[tuple[str, str]]) -> str:
    """Return the SQL that writes values by their names, such as ``a = 1, b = 2``; empty for none.

    Of several, one with a sign in it that separates them is quoted: no two keys read the same.
    """
    pairs = tuple(values)

    def told(value: str) -> str:
        text = f"({value})::text"
        quoted = (
            f"CASE WHEN {text} OPERATOR(pg_catalog.~) '[,='']' THEN pg_catalog.quote_literal({text}) ELSE {text} END"
        )
        return value if len(pairs) == 1 else quoted

    return concatenated(f"{literal(f'{name} = ')}, {told(value)}" for name, value in pairs)


# --- rows --------------------------------------------------------------------------------------


def on_key(table: Tracked, row: str, side: str, *, after: bool) -> str:
    """Return the condition that a row of the table has the key that a side table names by attnum.

    Args:
        table: the table.
        row: the alias of its row.
        side: what stands before the attnum, such as ``n.k``.
        after: whether the table has the names and types of after the step.
    """
    return every(_same_key(f"{row}.{quoted(c.after if after else c.before)}", side, c, after) for c in table.key)


def _same_key(value: str, side: str, column: SideColumn, after: bool) -> str:  # noqa: FBT001  passed on
    if column.retyped and after and column.held:
        # The type that the key had may be gone until it comes back.
        return f"({value})::text = {side}{column.attnum}"
    now = f"({back(value, column)})" if after else value
    return f"{now} {column.equals} {typed(f'{side}{column.attnum}', column, after=after)}"


def row_key(row: str, table: Tracked, *, after: bool) -> str:
    """Return the SQL that writes the key of a row of the table for people; the whole row without a key."""
    named = ((c.after if after else c.before) for c in table.key)
    return named_values((name, f"{row}.{quoted(name)}") for name in named) or f"ROW({row}.*)::text"


def key_text(alias: str, table: Tracked) -> str:
    """Return the SQL that writes the key of a net row for people, such as ``id = 42``; the whole row without a key."""
    if table.key:
        return named_values((c.after or c.before, f"{alias}.k{c.attnum}") for c in table.key)
    after, before = row_image(f"{alias}.a", table.lasting), row_image(f"{alias}.b", table.columns)
    return f"CASE {alias}.op WHEN 'i' THEN {after} ELSE {before} END"


def join_key(table: Tracked, left: str, right: str) -> str:
    """Return the join condition over the key columns of two sides that name them by attnum."""
    return every(_equal(f"{left}{column.attnum}", f"{right}{column.attnum}", column) for column in table.key)


def _equal(left: str, right: str, column: SideColumn) -> str:
    """Return the condition that two stored values are equal in their type; as texts when that type may be gone."""
    if column.held and (column.retyped or not column.after):
        return f"{left} = {right}"
    return f"{typed(left, column, after=True)} {column.equals} {typed(right, column, after=True)}"


def row_image(prefix: str, columns: Iterable[SideColumn]) -> str:
    """Return the text of a row whose columns a side or net table names by attnum, under fixed settings."""
    return f"ROW({', '.join(f'{prefix}{column.attnum}' for column in columns)})::text"


def numbered(image: str, prefix: str = "") -> str:
    """Return the columns image and nth, named with `prefix`: a row's text, and its number among its equals."""
    return f"{image} AS {prefix}image, pg_catalog.row_number() OVER (PARTITION BY {image}) AS {prefix}nth"


def net(table: Captured) -> str:
    """Return the query of the net effect on each row.

    It gives ``op`` (i, d, u), k<attnum>, b<attnum> before and a<attnum> after, and r<attnum> after in the type of
    after the step for columns that changed theirs. A row written once has at most one image of each sort. For rows
    written more than once the images telescope: an image that stands on both sides is an intermediate state and
    cancels out, whatever the order they came in.
    """
    if table.standing:
        return f"SELECT * FROM {table.side}"
    if table.mirrored:
        return _mirrored(table)
    if table.lost:
        return _net_of_dropped(table)
    return net_by_key(table) if table.key else _net_by_image(table)


def _mirrored(table: Captured) -> str:
    """Return what is there the other way round: what came goes, what was before is after."""
    turned = "CASE n.op WHEN 'i' THEN 'd' WHEN 'd' THEN 'i' ELSE n.op END AS op"
    values = [f"n.k{k.attnum}" for k in table.key]
    values += [f"n.{old}{c.attnum} AS {new}{c.attnum}" for old, new in ("ab", "ba") for c in table.columns]
    values += ["n.moved"] if table.moved else []
    return f"SELECT {', '.join([turned, *values])}\nFROM {table.side} n"


def _net_of_dropped(table: Captured) -> str:
    """Return the images of before: there are no others."""
    numbers = [column.attnum for column in table.columns]
    values = [f"o.c{k.attnum} AS k{k.attnum}" for k in table.key] + [f"o.c{n} AS b{n}" for n in numbers]
    values += [_none(f"c{n}", f"a{n}") for n in numbers]
    listed = ", ".join(["'d' AS op", *values])
    return f"SELECT {listed}\nFROM {table.side} o"


def net_by_key(table: Captured) -> str:
    """Return the query of the net effect by the images of before and after."""
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
    gone = ["'d' AS op"] + [f"o.c{n} AS b{n}" for n in numbers] + [_none(f"c{n}", f"a{n}") for n in numbers]
    come = ["'i' AS op"] + [_none(f"c{n}", f"b{n}") for n in numbers] + [f"o.c{n} AS a{n}" for n in numbers]
    gone += [_none(f"r{n}", f"r{n}") for n in retyped]
    come += [f"o.r{n}" for n in retyped]
    return (
        f"SELECT {', '.join(gone)}\nFROM ({_left(table, old=True)}) o\nUNION ALL\n"
        f"SELECT {', '.join(come)}\nFROM ({_left(table, old=False)}) o"
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


def ambiguous(table: Captured) -> str:
    """Return the query whether the net effect is not one row per key (a net image could not be told)."""
    keys = ", ".join(f"k{k.attnum}" for k in table.key)
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n GROUP BY {keys} HAVING pg_catalog.count(*) > 1)"


def several(table: Tracked, rows: str) -> str:
    """Return the FROM of the keys of these rows `n` that mean several rows of the table, as the step left it."""
    keys = ", ".join(f"n.k{column.attnum}" for column in table.key)
    return (
        f"FROM {rows} n JOIN ONLY {table.after} t ON {on_key(table, 't', 'n.k', after=True)}"
        f" GROUP BY {keys} HAVING pg_catalog.count(*) > 1"
    )


def unknown(table: Tracked, rows: str) -> str:
    """Return the query whether some of these rows have no value for a column of the key, by which they are known."""
    return f"SELECT EXISTS (SELECT FROM {rows} n WHERE {some(absent(f'n.k{column.attnum}') for column in table.key)})"


def differing(table: Captured, columns: Iterable[SideColumn]) -> str:
    """Return the query whether some row that stayed has another value in one of the columns."""
    changed = some(f"NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})" for c in columns)
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n WHERE n.op = 'u' AND ({changed}))"


def relabelled(table: Captured, columns: Iterable[SideColumn]) -> str:
    """Return the query whether some row has a value that is equal to the old one and yet another (1.10 and 1.1)."""
    changed = some(
        f"{_equal(f'n.b{c.attnum}', f'n.a{c.attnum}', c)} AND NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})"
        for c in columns
    )
    return f"SELECT EXISTS (SELECT FROM ({net(table)}) n WHERE n.op = 'u' AND ({changed}))"


def replaced(table: Captured, columns: Iterable[SideColumn]) -> str:
    """Return the query whether some row of a table without a key goes, and one with the same values here comes."""
    same = every(_equal(f"x.b{c.attnum}", f"y.a{c.attnum}", c) for c in columns)
    return (
        f"WITH n AS MATERIALIZED ({net(table)})\n"
        f"SELECT EXISTS (SELECT FROM n x JOIN n y ON {same} WHERE x.op = 'd' AND y.op = 'i')"
    )


def crossing(table: Captured, columns: tuple[SideColumn, ...]) -> str:
    """Return the query whether rows passed values of a unique key among one another.

    Putting such rows back one by one would collide although the end state does not.
    """
    passed = every(_equal(f"x.b{c.attnum}", f"y.a{c.attnum}", c) for c in columns)
    differs = some(f"NOT ({_equal(f'x.k{k.attnum}', f'y.k{k.attnum}', k)})" for k in table.key)
    changed = some(f"NOT ({identical(f'x.b{c.attnum}', f'x.a{c.attnum}', c)})" for c in columns)
    return (
        f"WITH n AS MATERIALIZED ({net(table)})\nSELECT EXISTS (SELECT FROM n x JOIN n y ON {passed}\n"
        f"WHERE x.op = 'u' AND y.op = 'u' AND ({differs}) AND ({changed}))"
    )
