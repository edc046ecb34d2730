"""Unique indexes and exclusion constraints that compare more than plain columns: can rows that go back collide?

Rows go back one by one, in one statement: those that the step made are gone by then, those that it deleted come last.
So two rows collide only if both were updated, and the one had before what the other has now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from planrun.core.catalog import quoted
from planrun.core.images import every, net, some, typed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.catalog import Column
    from planrun.core.undo import Captured

MOST_PAIRED = 1000
"""Up to how many rows each is compared with every other; beyond, a look at all pairs takes longer than the rebuild."""

INDEXES = """
SELECT x.indexrelid::bigint, x.indnullsnotdistinct, pg_catalog.pg_get_expr(x.indpred, x.indrelid),
  (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(x.indexrelid, k.nth, false)
      || coalesce((SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, c.collname) FROM pg_catalog.pg_collation c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = x.indcollation[k.nth - 1]), '')
      ORDER BY k.nth) FROM pg_catalog.generate_series(1, x.indnkeyatts) k(nth)),
  (SELECT pg_catalog.array_agg((SELECT pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname)
        FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
        WHERE o.oid = coalesce(e.conexclop[k.nth], (SELECT m.amopopr FROM pg_catalog.pg_opclass s
          JOIN pg_catalog.pg_amop m ON m.amopfamily = s.opcfamily AND m.amoplefttype = s.opcintype
            AND m.amoprighttype = s.opcintype AND m.amopstrategy = 3
          WHERE s.oid = x.indclass[k.nth - 1]))) ORDER BY k.nth)
    FROM pg_catalog.generate_series(1, x.indnkeyatts) k(nth)),
  e.conexclop IS NOT NULL,
  ARRAY(WITH used(attnum) AS (SELECT pg_catalog.unnest(x.indkey::pg_catalog.int2[])::pg_catalog.int4
      UNION SELECT d.refobjsubid FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.indexrelid
        AND d.refclassid = d.classid AND d.refobjid = x.indrelid)
    SELECT u.attnum FROM used u UNION SELECT d.refobjsubid FROM pg_catalog.pg_attrdef g
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = g.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = g.adrelid
    WHERE g.adrelid = x.indrelid AND g.adnum IN (SELECT u.attnum FROM used u))
FROM pg_catalog.pg_index x
LEFT JOIN pg_catalog.pg_constraint e
  ON e.conindid = x.indexrelid AND e.conrelid = x.indrelid AND e.contype IN ('p', 'u', 'x')
WHERE x.indexrelid = ANY ($1::pg_catalog.oid[])
"""
"""The query of what the indexes of these OIDs compare, and how."""


@frozen
class Compared:
    """What an index compares.

    Attributes:
        oid: its OID.
        nulls_alike: whether two NULLs are equal to it.
        predicate: the condition on the rows that are in it, or None.
        values: the expressions of its values, under the names of after the step.
        operators: those by which two values of each are held against one another.
        excludes: whether these need not be equality.
        used: the numbers of the columns that any of it depends on, of generated ones also of those that they come from.
    """

    oid: int
    nulls_alike: bool
    predicate: str | None
    values: tuple[str, ...]
    operators: tuple[str, ...]
    excludes: bool
    used: tuple[int, ...]

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Self:
        """Build it from a row of `INDEXES`."""
        oid, nulls_alike, predicate, values, operators, excludes, used = row
        return cls(oid, nulls_alike, predicate, tuple(values), tuple(operators), excludes, tuple(used))

    def may_differ(self, table: Captured) -> bool:
        """Whether rows that stayed may be in the index with other values than before."""
        return any(not column.kept for column in table.lasting if column.attnum in self.used)

    def pairs_all(self, table: Captured) -> bool:
        """Whether a look at the rows would have to compare too many of them with all others."""
        return self.excludes and table.staying > MOST_PAIRED


def colliding(table: Captured, index: Compared, generated: Iterable[Column]) -> str:
    """Return the query whether rows of the table may collide in an index while they go back one by one."""
    if index.nulls_alike:
        # As records, that two NULLs are equal in; sorted, not each with each.
        passed = "x.v OPERATOR(pg_catalog.=) y.v"
    else:
        passed = every(f"x.v{nth} {operator} y.v{nth}" for nth, operator in enumerate(index.operators))
    # count(*), not EXISTS: that would be planned for its first row, and mostly there is none.
    return (
        f"{_rows(table, index, generated)}SELECT pg_catalog.count(*) > 0 FROM x JOIN y ON {passed} AND x.nth <> y.nth"
    )


def changing(table: Captured, index: Compared, generated: Iterable[Column]) -> str:
    """Return the query whether some row has other values in an index than it had, or came into it."""
    values = ["v"] if index.nulls_alike else [f"v{nth}" for nth in range(len(index.values))]
    differs = some(f"pg_catalog.record_image_ne(ROW(x.{value}), ROW(y.{value}))" for value in values)
    return (
        f"{_rows(table, index, generated)}"
        f"SELECT EXISTS (SELECT FROM x LEFT JOIN y USING (nth) WHERE y.nth IS NULL OR {differs})"
    )


def _rows(table: Captured, index: Compared, generated: Iterable[Column]) -> str:
    """Return the queries of what an index holds of the updated rows: x of before the step, y of after it."""
    listed = ", ".join(f"({value}) AS v{nth}" for nth, value in enumerate(index.values))
    if index.nulls_alike:
        listed = f"ROW({', '.join(index.values)}) AS v"
    which = f"({index.predicate})" if index.predicate else "true"

    def image(side: str) -> str:
        row = row_of(table, side, generated)
        return f"SELECT n.nth, v.* FROM n CROSS JOIN LATERAL (SELECT {listed} FROM {row} WHERE {which}) v"

    return (
        "WITH n AS MATERIALIZED (SELECT pg_catalog.row_number() OVER () AS nth, n.*"
        f" FROM ({net(table)}) n WHERE n.op = 'u'),\nx AS ({image('b')}),\ny AS ({image('a')})\n"
    )


def row_of(table: Captured, side: str, generated: Iterable[Column]) -> str:
    """Return what reads an image of a row `n` of the net table under the names of after the step.

    Args:
        table: the table.
        side: b, what the row was, or a, what it became.
        generated: its generated columns, whose values are computed where there is no image of them.
    """
    values = ", ".join(f"{typed(f'n.{side}{c.attnum}', c, after=True)} AS {quoted(c.after)}" for c in table.lasting)
    known = {column.attnum for column in table.lasting}
    computed = "".join(f", ({c.default}) AS {quoted(c.name)}" for c in generated if c.attnum not in known)
    return f"(SELECT t.*{computed} FROM (SELECT {values}) t) t" if computed else f"(SELECT {values}) t"
