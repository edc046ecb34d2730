"""Reads all rows of all tables of a database as texts, for a proof of equality on small databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.proof import Row, Table
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.unit import unit

if TYPE_CHECKING:
    from planrun.edges.postgres.connection import Connection

_TABLES = """
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
  (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum)
   FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
   WHERE x.indrelid = c.oid AND x.indisprimary)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'planrun')
ORDER BY 1
"""


def tables(connection: Connection) -> dict[str, Table]:
    """Return every table of the users' schemas by its qualified name; one without a primary key is its own key."""
    with unit(connection):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(fixed_settings())
        return {
            name: _table(connection, name, tuple(columns), tuple(key or columns))
            for name, columns, key in connection.execute(_TABLES).fetchall()
        }


def _table(connection: Connection, name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> Table:
    positions = tuple(columns.index(column) for column in key)
    rows: dict[Row, Row] = {}
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT".encode()) as copy:
        for row in copy.rows():
            texts: Row = tuple(row)
            rows[tuple(texts[position] for position in positions)] = texts
    return Table(columns, positions, rows)
