"""Tells whether the values of enums have other labels than when the step wrote them.

An undo log, and a definition that comes back, hold them by their labels. Where the application renamed one since, such
a label is none any more, or that of another value. What it added since is in none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.conflicts import RUN
from planrun.core.quoting import NAME, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from planrun.core.catalog import Catalog
    from planrun.core.undo import Captured, Enum, Tracked


_CAST = re.compile(rf"::({NAME}\.{NAME})")
"""What the server writes behind a constant of a type that it does not bring itself."""

_TYPE = "CROSS JOIN LATERAL (SELECT y.* FROM pg_catalog.pg_type y WHERE y.oid = t.oid OFFSET 0) y"
# OFFSET 0: there may be thousands of types, and the planner, who takes a tree for large, would read all of them.
LOOK = f"""WITH RECURSIVE t (oid) AS (
  SELECT pg_catalog.unnest($1::pg_catalog.oid[])
  UNION SELECT pg_catalog.to_regtype(u.name) FROM pg_catalog.unnest($2::text[]) u (name)
  UNION SELECT u.oid FROM t {_TYPE} CROSS JOIN LATERAL (
    VALUES (y.typbasetype), (y.typelem)
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE y.oid IN (r.rngtypid, r.rngmultitypid)) u (oid)
  WHERE u.oid <> 0)
SELECT n.nspname, y.typname, pg_catalog.array_agg(e.oid ORDER BY e.enumsortorder),
  pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM t {_TYPE} JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
CROSS JOIN LATERAL (SELECT e.* FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid OFFSET 0) e
GROUP BY y.oid, n.nspname, y.typname ORDER BY n.nspname, y.typname"""
"""The query of the enums that types are made of: schema, name, and the OIDs and labels of their values.

$1 oid[]: the types. $2 text[]: the names of more, of which some may be gone.
"""


def types(tables: Iterable[Tracked], captured: Iterable[Captured], before: Catalog, after: Catalog) -> set[int]:
    """Return the OIDs of the users' types, of before and after, of what the side tables of tables hold values of.

    Args:
        tables: of which every value is compared or put back.
        captured: of which rows were written.
        before: what was read before the step.
        after: what was read after it.
    """
    held = {table.oid: {column.attnum for column in (*table.key, *table.columns)} for table in tables}
    for table in captured:
        written = (column for column in table.columns if not (table.only_updated and column.kept))
        held.setdefault(table.oid, set()).update(column.attnum for column in (*table.key, *written))
    return {number for view in (before, after) for number in _types(view, held)}


def _types(view: Catalog, held: Mapping[int, Collection[int]]) -> Iterator[int]:
    for oid, numbers in held.items():
        if (relation := view.relations.get(oid)) is not None:
            for column in relation.columns:
                if column.attnum in numbers and not column.builtin:
                    yield int(column.type_id.split()[0])


def named(statements: Iterable[str]) -> set[str]:
    """Return the names of the users' types of which the server wrote constants into statements."""
    return {name for statement in statements for name in _CAST.findall(statement)}


def renamed_since(step_id: str, enums: Iterable[Enum]) -> str:
    """Return the statement that lists the enums of which values were renamed; neither word settles that.

    An enum that a later step dropped has come back with other OIDs, and with the labels that it had.
    """
    rows = ",\n".join(
        f"({literal(f'values of type {enum.name}')}, {literal(enum.oids)}::oid[], {literal(enum.labels)}::text[])"
        for enum in enums
    )
    return (
        "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, after, now, kind)\n"
        f"SELECT {RUN}, {literal(step_id)}, 0, v.name, '',\n"
        "  pg_catalog.string_agg(k.label, ', ' ORDER BY e.enumsortorder),\n"
        "  pg_catalog.string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder), 'renamed'\n"
        f"FROM (VALUES\n{rows}) v (name, oids, labels)\n"
        "CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(v.oids), pg_catalog.unnest(v.labels)) k (oid, label)\n"
        "JOIN pg_catalog.pg_enum e ON e.oid = k.oid AND e.enumlabel::text <> k.label\nGROUP BY v.name"
    )
