"""The SQL that makes a side table of rows before and after the net effect of a step: one row for each key.

Triggers store one row for each row that a statement wrote: ``op`` (i, d, u), the key, the row before and after. Of an
UPDATE whose keys moved they found one side only: b (before) or a (after).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.images import every, identical, net_by_key, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.undo import Captured


def has_repeats(table: Captured) -> str:
    """Return the query whether some row was written more than once."""
    if not table.netted:
        keys = ", ".join(f"c{k.attnum}" for k in table.key)
        return (
            f"SELECT EXISTS (SELECT FROM {table.side} GROUP BY {keys} HAVING"
            " pg_catalog.count(*) FILTER (WHERE side IN ('b', 'd')) > 1"
            " OR pg_catalog.count(*) FILTER (WHERE side IN ('a', 'i')) > 1)"
        )
    # What one command stored are the rows of one statement, which writes each of them once.
    first = f"SELECT f.xmin, f.cmin FROM {table.side} f LIMIT 1"
    once = "pg_catalog.bool_and(s.xmin = f.xmin AND s.cmin = f.cmin)"
    return (
        f"SELECT NOT (SELECT {once} FROM {table.side} s, ({first}) f) AND EXISTS (SELECT FROM ({_repeated(table)}) r)"
    )


def _repeated(table: Captured) -> str:
    """Return the query of the keys, k<attnum>, that stand more than once in a side table of the net effect."""
    keys = ", ".join(f"{typed(f's.k{k.attnum}', k, after=True)} AS k{k.attnum}" for k in table.key)
    numbers = ", ".join(str(number) for number in range(1, len(table.key) + 1))
    return f"SELECT {keys} FROM {table.side} s GROUP BY {numbers} HAVING pg_catalog.count(*) > 1"


def telescoped(table: Captured) -> str:
    """Return the statement that puts one row in the place of all that stand for the same key.

    Mostly each of them begins where the one stored before it ends: then the first one's before and the last one's after
    are the net effect. What triggers of the users' do may be stored in another order: there the images telescope.
    """
    keys = [typed(f"{{row}}.k{k.attnum}", k, after=True) for k in table.key]
    by_key = ", ".join(key.format(row="g") for key in keys)

    def same_key(left: str, right: str) -> str:
        pairs = zip(table.key, keys, strict=True)
        return every(f"{key.format(row=left)} {k.equals} {key.format(row=right)}" for k, key in pairs)

    again = every(f"{typed(f's.k{k.attnum}', k, after=True)} {k.equals} r.k{k.attnum}" for k in table.key)
    old, new = (
        ", ".join([f"'{side}'::text AS side", *(f"{side}{c.attnum} AS c{c.attnum}" for c in table.columns)])
        for side in "ba"
    )
    was, became = (f"ROW({', '.join(f'g.{side}{c.attnum}' for c in table.columns)})" for side in "ba")
    names = [f"k{k.attnum}" for k in table.key] + [f"{side}{c.attnum}" for side in "ba" for c in table.columns]
    chained = [f"f.k{k.attnum}" for k in table.key]
    chained += [f"{row}.{side}{c.attnum}" for row, side in (("f", "b"), ("l", "a")) for c in table.columns]
    moved = f"SELECT FROM chains g WHERE NOT g.whole AND g.op = 'a' AND {same_key('g', 'e')}"
    effect = net_by_key(replace(table, side="images", netted=False))
    return (
        f"WITH gone AS (DELETE FROM {table.side} s USING ({_repeated(table)}) r WHERE {again}"
        " RETURNING s.ctid AS place, s.*),\n"
        "linked AS (SELECT g.*, pg_catalog.row_number() OVER w AS nth,"
        " pg_catalog.lead(g.place) OVER w IS NULL AS last,\n"
        "  CASE WHEN pg_catalog.lag(g.place) OVER w IS NULL THEN true\n"
        "    WHEN g.op IN ('a', 'i') THEN pg_catalog.lag(g.op) OVER w IN ('b', 'd')\n"
        "    ELSE pg_catalog.lag(g.op) OVER w NOT IN ('b', 'd')"
        f" AND pg_catalog.record_image_eq(pg_catalog.lag({became}) OVER w, {was}) END AS follows\n"
        f"  FROM gone g WINDOW w AS (PARTITION BY {by_key} ORDER BY g.place)),\n"
        f"chains AS MATERIALIZED (SELECT g.*, pg_catalog.bool_and(g.follows) OVER (PARTITION BY {by_key}) AS whole\n"
        "  FROM linked g),\n"
        f"images AS MATERIALIZED (SELECT {old} FROM chains WHERE NOT whole AND op IN ('u', 'b', 'd')\n"
        f"  UNION ALL SELECT {new} FROM chains WHERE NOT whole AND op IN ('u', 'a', 'i'))\n"
        f"INSERT INTO {table.side} (op, {', '.join(names)})\n"
        f"SELECT CASE WHEN e.op = 'i' AND EXISTS ({moved}) THEN 'a' ELSE e.op END::\"char\", {', '.join(names)}"
        f" FROM ({effect}) e\nUNION ALL\n"
        "SELECT CASE WHEN f.op IN ('a', 'i') THEN f.op WHEN l.op IN ('b', 'd') THEN l.op ELSE 'u' END,"
        f" {', '.join(chained)}\nFROM chains f JOIN chains l ON {same_key('f', 'l')}\n"
        "WHERE f.nth = 1 AND l.last AND f.whole AND NOT (f.op IN ('a', 'i') AND l.op IN ('b', 'd'))"
    )


def effects(table: Captured) -> str:
    """Return the query of what the step did to rows.

    It gives the number of those that stayed as they were, of sides of keys that moved, of the rows that came and of
    those that went, by another key too, and of each column whether it is the same in all rows that stayed; the columns
    are those of the table but for the key's exact ones, which never differ.
    """
    same = [(c, identical(f"n.b{c.attnum}", f"n.a{c.attnum}", c)) for c in table.columns if c not in table.exact_key]
    values = ", ".join(
        ["n.op", *(f"CASE WHEN n.op = 'u' THEN {condition} END AS s{c.attnum}" for c, condition in same)]
    )
    flags = ", ".join(f"coalesce(pg_catalog.bool_and(s{c.attnum}) FILTER (WHERE op = 'u'), true)" for c, _ in same)
    alike = every(f"s{c.attnum}" for c, _ in same)
    # OFFSET 0: each comparison is made once.
    return (
        f"SELECT pg_catalog.count(*) FILTER (WHERE op = 'u' AND {alike}),"
        " pg_catalog.count(*) FILTER (WHERE op IN ('a', 'b')), pg_catalog.count(*) FILTER (WHERE op IN ('a', 'i')),"
        f" pg_catalog.count(*) FILTER (WHERE op IN ('b', 'd')), ARRAY[{flags}]::bool[]\n"
        f"FROM (SELECT {values} FROM {table.side} n OFFSET 0) e"
    )


def changeable(table: Captured) -> str:
    """Return the statement that lets rows of a side table be changed, whatever publishes it."""
    return f"ALTER TABLE {table.side} REPLICA IDENTITY FULL"


def parted(table: Captured) -> Iterator[str]:
    """Yield the statements that say of each side of a key that moved that it is a row gone, or a row come, so."""
    op = "CASE op WHEN 'b' THEN 'd'::\"char\" ELSE 'i' END"
    yield f"ALTER TABLE {table.side} ADD COLUMN moved boolean NOT NULL DEFAULT false"
    yield f"UPDATE {table.side} SET op = {op}, moved = true WHERE op IN ('a', 'b')"


def all_moved(table: Captured) -> str:
    """Return the statement that says of all rows that came and went that they may be the same by another key."""
    return f"ALTER TABLE {table.side} ADD COLUMN moved boolean NOT NULL DEFAULT true"


def without_effect(table: Captured) -> str:
    """Return the statement that forgets the rows that stayed as they were."""
    same = every(identical(f"n.b{c.attnum}", f"n.a{c.attnum}", c) for c in table.columns)
    return f"DELETE FROM {table.side} n WHERE n.op = 'u' AND {same}"
