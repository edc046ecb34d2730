"""Keeps what the server forgets of indexes and statistics that it makes anew, since a column got its type back.

That is the statistics targets of both, and whose the statistics are. What the step made or altered goes before and
comes after; this is about what the application made since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.quoting import do, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.catalog import Catalog

_SETTING = "planrun.targets"


def rebuilt(before: Catalog, after: Catalog) -> dict[str, tuple[int, ...]]:
    """Return the columns that get their type or expression back, as their numbers, by table."""
    found = {}
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if now is not None and was.kind in {"r", "p"}:
            numbers = (
                column.attnum
                for column in was.columns
                if (other := now.column(column.attnum)) is not None
                and (column.kind != other.kind or (column.generated and column.body != other.body))
            )
            found[was.qualified] = tuple(numbers)
    return {name: numbers for name, numbers in found.items() if numbers}


def remembered(tables: Mapping[str, tuple[int, ...]]) -> str:
    """Return the statement that remembers it, of what `rebuilt` returned."""
    rows = ", ".join(f"({literal(name)}, {literal(numbers)}::int2[])" for name, numbers in tables.items())
    named = "n.nspname, x.stxname"
    # DESC: SET STATISTICS before OWNER TO.
    listed = "coalesce(pg_catalog.string_agg(s.sql, '; ' ORDER BY s.sql DESC), '')"
    return f"""SELECT pg_catalog.set_config('{_SETTING}', {listed}, true)
FROM (VALUES {rows}) v (name, columns) CROSS JOIN LATERAL (
  SELECT pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.indexrelid::pg_catalog.regclass,
    a.attnum, a.attstattarget)
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid
  WHERE i.indrelid = pg_catalog.to_regclass(v.name) AND a.attstattarget > -1
  UNION ALL SELECT u.sql FROM pg_catalog.pg_statistic_ext x JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace
  CROSS JOIN LATERAL (
    SELECT pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', {named}, x.stxstattarget)
      WHERE x.stxstattarget > -1
    UNION ALL SELECT pg_catalog.format('ALTER STATISTICS %I.%I OWNER TO %I', {named}, r.rolname)
      FROM pg_catalog.pg_roles r WHERE r.oid = x.stxowner AND r.rolname <> current_user) u (sql)
  WHERE x.stxrelid = pg_catalog.to_regclass(v.name) AND EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objid = x.oid
    AND d.refobjid = x.stxrelid AND d.refobjsubid = ANY (v.columns))) s (sql)"""


SET_AGAIN = do(f"BEGIN EXECUTE pg_catalog.current_setting('{_SETTING}'); END")
"""The statement that sets again what was remembered."""
