"""The content hash of rows: one word for all of them, the same wherever and in whatever order they stand.

It is that of `planrun.core.content`, so the hash of an export, of the table that it came from and of its restored copy
are equal exactly if their rows are. The settings are fixed, the same as in exports, so that no default of a role or
database shows in it. Against somebody who makes rows to fit are the SHA-256 of the files and the seal of the manifest.

Two limits: the texts are in the encoding of the database, so a copy to be compared needs the same one; and the hash
functions give other results on big-endian machines.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.pq import TransactionStatus

from planrun.core.catalog import quoted
from planrun.core.content import as_text, hashed
from planrun.core.manifest import TableContent, TableName
from planrun.core.quoting import literal
from planrun.edges.postgres.connection import FIXED
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from planrun.edges.postgres.connection import Connection

_OF_THE_QUERY = frozenset({"search_path", "row_security"})
"""Settings that a query keeps from its session, since they decide what it means."""

_TABLES = """
SELECT n.nspname, c.relname, coalesce((
  SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '{}')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'planrun')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""

_AT_ONCE = 100
"""How many tables are asked for in one round trip."""


@frozen
class Content:
    """Rows as a value: how many they are, and their content hash (32 hexadecimal digits)."""

    rows: int
    hash: str


def table(connection: Connection, name: TableName, columns: Iterable[str]) -> Content:
    """Return the content of some columns of a table itself, without its partitions and children.

    Runs in the transaction that is open, or in one of its own, and leaves nothing of it behind.

    Raises:
        psycopg.Error: the server refuses to read them; a row security that would hide rows is a reason.
    """
    with _reading(connection, FIXED):
        return _content(connection.execute(_of_table(name, columns).encode()).fetchone())


def query(connection: Connection, sql: str) -> Content:
    """Return the content of the rows of a query, which runs under the search_path of its session.

    Values of the reg* types are names under that path, as in an export of the query.

    Args:
        connection: as for `table`.
        sql: one SELECT, VALUES or TABLE, without a closing semicolon.

    Raises:
        psycopg.Error: the server refuses the query.
    """
    settings = {name: value for name, value in FIXED.items() if name not in _OF_THE_QUERY}
    with _reading(connection, settings):
        return _content(connection.execute(hashed(f"({sql}\n) t").encode()).fetchone())


def tables_of(connection: Connection, wanted: Callable[[TableName], bool] = lambda _: True) -> tuple[TableContent, ...]:
    """Return the content of every table whose rows pg_dump writes, at one instant, in the order of their names.

    Partitions stand one by one; what belongs to an extension or to planrun does not count, nor do generated columns,
    whose values no dump holds.

    Args:
        connection: as for `table`.
        wanted: which tables; all, if it is not said.

    Raises:
        psycopg.Error: the server refuses to read one of them, as it would refuse pg_dump.
    """
    with _reading(connection, FIXED):
        rows = connection.execute(_TABLES.encode()).fetchall()
        found = [(name, columns) for schema, table, columns in rows if wanted(name := TableName(schema, table))]
        groups = (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))
        return tuple(content for group in groups for content in _several(connection, group))


def _several(connection: Connection, found: list[tuple[TableName, list[str]]]) -> list[TableContent]:
    with connection.pipeline():
        asked = [connection.execute(_of_table(name, columns).encode()) for name, columns in found]
        contents = [_content(cursor.fetchone()) for cursor in asked]
    return [TableContent(n.schema, n.name, c.rows, c.hash) for (n, _), c in zip(found, contents, strict=True)]


def _of_table(name: TableName, columns: Iterable[str]) -> str:
    listed = ", ".join(f"t.{quoted(column)}" for column in columns)
    return hashed(f"ONLY {name.qualified} t", listed)


def _content(row: tuple[Any, ...] | None) -> Content:
    rows, first, second = row or (0, 0, 0)
    return Content(rows, as_text(int(first), int(second)))


@contextmanager
def _reading(connection: Connection, settings: Mapping[str, str]) -> Iterator[None]:
    """Hold what runs inside under these settings, at one instant, and take them back."""
    alone = connection.info.transaction_status is TransactionStatus.IDLE
    with connection.transaction(force_rollback=True):
        if alone:
            connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        assigned = (
            f"pg_catalog.set_config({literal(name)}, {literal(value)}, true)" for name, value in settings.items()
        )
        connection.execute(f"SELECT {', '.join(assigned)}".encode())
        yield
