"""Whether a database is free to be restored into: who else is connected to it, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planrun.edges.postgres.connection import Connection

_SHOWN = 5

_SESSIONS = """
SELECT pg_catalog.format('%s as %s (pid %s)', coalesce(nullif(a.application_name, ''), 'a session'), a.usename, a.pid)
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
  AND coalesce(a.backend_type, 'client backend') = 'client backend' ORDER BY a.pid
"""

_OBJECTS = """
WITH home AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'planrun')),
found(classid, oid, label) AS (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, pg_catalog.format(
    '%s %I.%I', CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
      WHEN 'c' THEN 'type' ELSE 'table' END, h.nspname, c.relname)
  FROM pg_catalog.pg_class c JOIN home h ON h.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  UNION ALL
  SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, pg_catalog.format('function %I.%I', h.nspname, p.proname)
  FROM pg_catalog.pg_proc p JOIN home h ON h.oid = p.pronamespace
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, pg_catalog.format('type %I.%I', h.nspname, t.typname)
  FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r')
  UNION ALL
  SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, h.oid, pg_catalog.format('schema %I', h.nspname)
  FROM home h WHERE h.nspname <> 'public')
SELECT f.label FROM found f
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = f.classid AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY f.label
"""


def sessions(connection: Connection) -> tuple[str, ...]:
    """Return the other sessions of the database, for people; of many the first, and how many more."""
    return _some([text for (text,) in connection.execute(_SESSIONS)])


def objects(connection: Connection) -> tuple[str, ...]:
    """Return what is in the database, for people, extensions and planrun's own apart; of many the first."""
    return _some([text for (text,) in connection.execute(_OBJECTS)])


def _some(found: list[str]) -> tuple[str, ...]:
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *((f"{more} more",) if more > 0 else ()))
